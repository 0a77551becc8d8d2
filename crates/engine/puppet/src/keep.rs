//! What is worth keeping of a run, in the work folder, and what an earlier run kept there.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read as _, Write as _};
use std::path::Path;

use avatar::motion::MotionClip;
use contract::EngineError;
use media::VideoInfo;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use tempfile::NamedTempFile;

use crate::analyse::Driving;

/// The tracked motion.
const MOTION: &str = "motion.json";

/// What the motion was made of.
const TRACK: &str = "track.json";

/// Bytes of a file that is read back: three minutes at sixty frames a second take a sixth of this.
const LARGEST_BYTES: u64 = 256 << 20;

/// What the kept motion was made of, and what else the first pass found.
#[derive(PartialEq, Serialize, Deserialize)]
struct Track {
    /// The program's version: another may track otherwise.
    version: String,
    /// SHA-256 of the driving video, in hexadecimal.
    driving: String,
    /// SHA-256 of the motion's file, in hexadecimal: a file that was edited or cut short is no longer what was tracked.
    motion: String,
    times_found_anew: usize,
    damaged_packets: u64,
}

/// Writes the tracked motion as `motion.json`, and beside it what it was made of.
pub(crate) fn store(folder: &Path, video: &Path, driving: &Driving) -> Result<(), EngineError> {
    write(folder, MOTION, &driving.clip)?;
    let track = Track {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        driving: fingerprint(video).map_err(EngineError::internal)?,
        motion: fingerprint(&folder.join(MOTION)).map_err(EngineError::internal)?,
        times_found_anew: driving.times_found_anew,
        damaged_packets: driving.damaged_packets,
    };
    write(folder, TRACK, &track)
}

/// What an earlier run with this program tracked in this very video. Anything else in the folder, damaged or foreign, is passed
/// over: tracking again is always right.
pub(crate) fn recall(folder: &Path, video: &Path, info: &VideoInfo) -> Option<Driving> {
    let track: Track = read(&folder.join(TRACK))?;
    let same = track.version == env!("CARGO_PKG_VERSION")
        && fingerprint(&folder.join(MOTION)).is_ok_and(|found| found == track.motion)
        && fingerprint(video).is_ok_and(|found| found == track.driving);
    let clip: MotionClip = same.then(|| read(&folder.join(MOTION))).flatten()?;
    let fits = clip.size == info.size && clip.frame_rate == info.frame_rate && !clip.people.is_empty();
    fits.then_some(Driving {
        clip,
        times_found_anew: track.times_found_anew,
        damaged_packets: track.damaged_packets,
    })
}

fn write(folder: &Path, name: &str, value: &impl Serialize) -> Result<(), EngineError> {
    let mut file = NamedTempFile::new_in(folder).map_err(EngineError::internal)?;
    let mut text = BufWriter::new(file.as_file_mut());
    serde_json::to_writer(&mut text, value).map_err(EngineError::internal)?;
    text.flush().map_err(EngineError::internal)?;
    drop(text);
    file.persist(folder.join(name)).map_err(EngineError::internal)?;
    Ok(())
}

fn read<T: for<'a> Deserialize<'a>>(path: &Path) -> Option<T> {
    let file = File::open(path).ok()?;
    serde_json::from_reader(BufReader::new(file.take(LARGEST_BYTES))).ok()
}

fn fingerprint(path: &Path) -> io::Result<String> {
    let (mut hash, mut file, mut chunk) = (Sha256::new(), File::open(path)?, [0; 1 << 16]);
    loop {
        match file.read(&mut chunk)? {
            0 => break,
            bytes => hash.update(&chunk[..bytes]),
        }
    }
    Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}
