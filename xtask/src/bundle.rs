//! The files of the bundled pair.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use frame::{FrameRate, Size};
use media::{EncodeSettings, Preset, VideoWriter, encode_png};

use crate::dance::{Dance, FPS, FRAMES, FRAMES_PER_BEAT};
use crate::figure::Figure;
use crate::skeleton::Skeleton;
use crate::studio::Studio;
use crate::{character, dancer, music};

/// The still.
pub(crate) const CHARACTER: &str = "character.png";
/// The driving clip.
pub(crate) const DANCE: &str = "dance.mp4";

const CHARACTER_SIZE: Size = Size::new(720, 1080);
const DANCE_SIZE: Size = Size::new(576, 864);

/// Draws the character into `out`.
pub(crate) fn write_character(out: &Path) -> Result<()> {
    let file = out.join(CHARACTER);
    let png = encode_png(&character::picture(CHARACTER_SIZE))?;
    std::fs::write(&file, png).with_context(|| format!("writing {}", file.display()))
}

/// Films the dance into `out`, with its music.
pub(crate) fn write_dance(out: &Path) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let silent = folder.path().join("silent.mp4");
    film(&silent)?;
    let song = folder.path().join("song.wav");
    std::fs::write(&song, music::wav(&music::song()))?;
    add_sound(&silent, &song, &out.join(DANCE))
}

/// Renders every frame of the dance into a video without sound.
fn film(file: &Path) -> Result<()> {
    let studio = Studio::new(DANCE_SIZE);
    let (dance, look) = (Dance::new(), dancer::look());
    let settings = EncodeSettings { crf: 23.0, preset: Preset::Medium };
    let mut writer = VideoWriter::create(file, DANCE_SIZE, FrameRate::new(FPS, 1)?, &settings, None)?;
    for index in 0..FRAMES {
        let pose = dance.pose(beat_of(index));
        let bones = Skeleton::new(&look.body, &pose);
        writer.write(&studio.picture(&Figure::new(&bones, &look, &pose.face)))?;
    }
    writer.finish()?;
    Ok(())
}

/// Puts `song` to `silent`'s pictures, which are copied as they are.
fn add_sound(silent: &Path, song: &Path, file: &Path) -> Result<()> {
    // The media crate takes sound from videos alone, as its users need; a bare WAV goes through the command.
    let status = Command::new("ffmpeg")
        .args(["-v", "error", "-y", "-fflags", "+bitexact", "-i"])
        .arg(silent)
        .arg("-i")
        .arg(song)
        .args(["-map", "0:v", "-map", "1:a", "-c:v", "copy", "-c:a", "aac", "-b:a", "112k"])
        .args(["-flags:a", "+bitexact", "-map_metadata", "-1", "-movflags", "+faststart"])
        .arg(file)
        .status()
        .context("starting the ffmpeg command")?;
    ensure!(status.success(), "ffmpeg could not put the music to {}", file.display());
    Ok(())
}

/// The twelve joints of the limbs in every frame, as CSV: where the dancer's joints truly are in the picture, for
/// measuring trackers. Pixels, y down, (0, 0) the corner of the top-left pixel.
pub(crate) fn joints_csv() -> String {
    const NAMES: [&str; 6] = ["shoulder", "elbow", "wrist", "hip", "knee", "ankle"];
    let mut csv = String::from("frame");
    for side in ["left", "right"] {
        for name in NAMES {
            let _ = write!(csv, ",{side}_{name}_x,{side}_{name}_y");
        }
    }
    let studio = Studio::new(DANCE_SIZE);
    let (dance, look) = (Dance::new(), dancer::look());
    for index in 0..FRAMES {
        let bones = Skeleton::new(&look.body, &dance.pose(beat_of(index)));
        let _ = write!(csv, "\n{index}");
        for (arm, leg) in bones.arms.iter().zip(&bones.legs) {
            let arm = [arm.upper.origin, arm.fore.origin, arm.hand.origin];
            let leg = [leg.thigh.origin, leg.shin.origin, leg.foot.origin];
            for joint in arm.into_iter().chain(leg) {
                let p = studio.camera().project(joint);
                let _ = write!(csv, ",{:.2},{:.2}", p.x, p.y);
            }
        }
    }
    csv.push('\n');
    csv
}

fn beat_of(frame: u32) -> f32 {
    frame as f32 / FRAMES_PER_BEAT as f32
}
