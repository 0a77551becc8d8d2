//! What the project ships and does not write by hand.
//!
//! `cargo run --release -p xtask -- bundled-pair` makes `demo/character.png` and `demo/dance.mp4` from code alone: the drawn
//! character, and the clip of a dance whose dancer, moves, studio and music all come from this crate. The same code gives
//! the same pictures on every run.
//!
//! `cargo run -p xtask -- test-motion` makes `demo/wave.bvh` ([`wave`]).
//!
//! The way through the code, in the order of the making:
//! * [`pose`], [`curve`], [`footwork`], [`choreography`], [`dance`]: what is danced, in beats;
//! * [`skeleton`]: where that puts the bones;
//! * [`sdf`], [`figure`]: a body of signed distance fields around them, with [`dancer`]'s or [`character`]'s looks;
//! * [`trace`], [`floor`]: rays against that body and the shadow that it casts;
//! * [`studio`]: the shaded picture of the clip; [`cartoon`], [`park`]: the inked one of the still;
//! * [`music`]: the song; [`bundle`]: the files.

mod bundle;
mod cartoon;
mod character;
mod choreography;
mod colour;
mod curve;
mod dance;
mod dancer;
mod figure;
mod floor;
mod footwork;
mod music;
mod noise;
mod park;
mod pose;
mod rigid;
mod sdf;
mod skeleton;
mod studio;
#[cfg(test)]
mod tests;
mod trace;
mod wave;

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::{Parser, Subcommand, ValueEnum};

/// Builds what the project ships.
#[derive(Parser)]
#[command(name = "xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Draws the bundled character and films the bundled dance.
    BundledPair {
        /// Folder to write into.
        #[arg(long, default_value = "demo")]
        out: PathBuf,
        /// Only one of the two.
        #[arg(long)]
        only: Option<Half>,
        /// Also write the true places of the dancer's joints in every frame, as CSV.
        #[arg(long)]
        joints: Option<PathBuf>,
    },
    /// Writes the motion by which a character is tried out.
    TestMotion {
        /// Folder to write into.
        #[arg(long, default_value = "demo")]
        out: PathBuf,
    },
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Half {
    Character,
    Dance,
}

fn main() -> Result<()> {
    match Arguments::parse().task {
        Task::TestMotion { out } => {
            let file = out.join("wave.bvh");
            std::fs::write(&file, wave::bvh()).with_context(|| format!("writing {}", file.display()))?;
        }
        Task::BundledPair { out, only, joints } => {
            std::fs::create_dir_all(&out).with_context(|| format!("making {}", out.display()))?;
            if only != Some(Half::Dance) {
                bundle::write_character(&out)?;
            }
            if only != Some(Half::Character) {
                bundle::write_dance(&out)?;
            }
            if let Some(file) = joints {
                std::fs::write(&file, bundle::joints_csv())
                    .with_context(|| format!("writing {}", file.display()))?;
            }
        }
    }
    Ok(())
}
