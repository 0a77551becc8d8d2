//! Processor time of following a person, ours and another package's, over the same clip in one run.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;
use media::{Limits, ReadSettings, VideoReader};
use serde::{Deserialize, Serialize};
use vision::{DetailTracker, Networks, PacedPoseTracker, Posed, TrackerOptions};

use crate::measure::{cpu_secs, models_dir, said_last};

/// As the engine reads a driver of full HD.
const LONG_SIDE_PX: u32 = 960;

/// Processor time of a tracker over a clip, decoding not included.
#[derive(Serialize, Deserialize)]
pub(crate) struct Tracked {
    /// Pictures looked at.
    frames: u64,
    /// Pictures in which somebody was seen.
    seen: u64,
    cpu_secs: f64,
}

impl Tracked {
    fn add(&mut self, posed: Vec<Posed>, details: &mut DetailTracker) {
        for (image, seen) in posed {
            let person = seen.map(|seen| details.track(&image, &seen));
            self.frames += 1;
            self.seen += u64::from(person.is_some());
        }
    }
}

/// Follows the person of `video` in this process.
pub(crate) fn track_here(video: &Path) -> Result<Tracked> {
    let networks = Networks::open(&models_dir()?)?;
    let settings = ReadSettings { max_long_side_px: Some(LONG_SIDE_PX), threads: 1 };
    let rate = media::probe(video, &Limits::default())?.frame_rate;
    let mut pose = PacedPoseTracker::new(&networks, TrackerOptions::default(), rate)?;
    let mut details = DetailTracker::new(&networks)?;
    let mut tracked = Tracked { frames: 0, seen: 0, cpu_secs: 0.0 };
    for frame in VideoReader::open(video, &Limits::default(), &settings)? {
        let (image, before) = (frame?.image, cpu_secs()?);
        let posed = pose.push(image, false);
        tracked.add(posed, &mut details);
        tracked.cpu_secs += cpu_secs()? - before;
    }
    let before = cpu_secs()?;
    tracked.add(pose.finish(), &mut details);
    tracked.cpu_secs += cpu_secs()? - before;
    Ok(tracked)
}

/// Prints our tracking beside that of the Python package `mediapipe`, if `PANTOMIME_MEDIAPIPE_PYTHON` names a Python that has it.
pub(crate) fn compare(video: &Path) -> Result<()> {
    let mut ours = Command::new(env::current_exe()?);
    print("ours", &said_last(ours.arg("track-once").arg(video))?);
    match env::var_os("PANTOMIME_MEDIAPIPE_PYTHON").map(PathBuf::from) {
        Some(python) => {
            let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("mediapipe_tracking.py");
            print(
                "mediapipe",
                &said_last(Command::new(python).arg(script).arg(video).arg(LONG_SIDE_PX.to_string()))?,
            );
        }
        None => println!("  mediapipe  not measured: PANTOMIME_MEDIAPIPE_PYTHON names no Python that has it"),
    }
    Ok(())
}

fn print(who: &str, Tracked { frames, seen, cpu_secs }: &Tracked) {
    let ms = cpu_secs * 1e3 / (*frames).max(1) as f64;
    println!("  {who:10} {ms:6.1} processor ms a frame ({frames} frames, somebody seen in {seen})");
}
