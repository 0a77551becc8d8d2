use frame::Image;
use serde::{Deserialize, Serialize};

use crate::Warning;

/// A part of the work. Parts may overlap: an engine may track the driver while it builds the rig.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Looking at the inputs: kind, size, length, sound.
    Probe,
    /// Following the person through the driving video; counted in frames.
    Track,
    /// Finding the character in the still and building its layers, mesh and weights.
    Rig,
    /// Painting the scene behind the character.
    Plate,
    /// Drawing and encoding the frames; counted in frames.
    Render,
    /// Finishing the file: sound, index, name.
    Encode,
}

impl Stage {
    /// All stages, in the order in which a reader would tell them.
    pub const ALL: [Self; 6] = [Self::Probe, Self::Track, Self::Rig, Self::Plate, Self::Render, Self::Encode];

    /// The name as in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Probe => "probe",
            Self::Track => "track",
            Self::Rig => "rig",
            Self::Plate => "plate",
            Self::Render => "render",
            Self::Encode => "encode",
        }
    }
}

impl std::fmt::Display for Stage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

/// How far a stage is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// The stage that moved.
    pub stage: Stage,
    /// Steps done: frames in [`Stage::Track`] and [`Stage::Render`], anything steady elsewhere.
    pub done: u64,
    /// Steps in all; 0 where nobody can say yet.
    pub total: u64,
}

impl Progress {
    /// `done` of `total` steps of `stage`.
    pub const fn new(stage: Stage, done: u64, total: u64) -> Self {
        Self { stage, done, total }
    }

    /// The share of the stage that is done, 0 … 1.
    pub fn fraction(self) -> f64 {
        if self.total == 0 { 0.0 } else { (self.done as f64 / self.total as f64).min(1.0) }
    }
}

/// Hears how a run goes. An engine may call as often as it likes, from any thread; whoever listens thins it out.
pub trait Reporter: Send + Sync {
    /// A stage moved.
    fn progress(&self, progress: Progress);

    /// Something that the user should know and that does not stop the run; also part of the report.
    fn warn(&self, warning: &Warning);

    /// Frame `index` of the video was drawn so. Called for every frame; who shows none passes it over.
    fn frame(&self, index: u64, image: &Image) {
        let _ = (index, image);
    }
}

/// Listens to nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Reporter for Silent {
    fn progress(&self, _: Progress) {}

    fn warn(&self, _: &Warning) {}
}
