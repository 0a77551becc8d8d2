//! What is worth keeping of a run, in the work folder, and what an earlier run kept there.

use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Read, Take, Write as _};
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

/// Bytes of `motion.json` for a frame, at most; a person with both hands and a face takes some 12,000.
const FRAME_BYTES: u64 = 32 << 10;

/// Bytes of `track.json`, and of what `motion.json` holds beside its frames, at most.
const HEAD_BYTES: u64 = 4 << 10;

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
    most_others: usize,
    damaged_packets: u64,
}

/// Writes the tracked motion as `motion.json`, and beside it what it was made of.
pub(crate) fn store(folder: &Path, video: &Path, driving: &Driving) -> Result<(), EngineError> {
    let hash_of = |path: &Path| File::open(path).and_then(fingerprint).map_err(EngineError::internal);
    write(folder, MOTION, &driving.clip)?;
    let track = Track {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        driving: hash_of(video)?,
        motion: hash_of(&folder.join(MOTION))?,
        times_found_anew: driving.times_found_anew,
        most_others: driving.most_others,
        damaged_packets: driving.damaged_packets,
    };
    write(folder, TRACK, &track)
}

/// What an earlier run with this program tracked in this very video. Anything else in the folder, damaged or foreign, is passed
/// over: tracking again is always right.
pub(crate) fn recall(folder: &Path, video: &Path, info: &VideoInfo) -> Option<Driving> {
    let track: Track = serde_json::from_reader(bounded(&folder.join(TRACK), HEAD_BYTES)?).ok()?;
    if track.version != env!("CARGO_PKG_VERSION")
        || fingerprint(File::open(video).ok()?).ok()? != track.driving
    {
        return None;
    }
    let motion = || bounded(&folder.join(MOTION), HEAD_BYTES + FRAME_BYTES.saturating_mul(info.frames));
    if fingerprint(motion()?).ok()? != track.motion {
        return None;
    }
    let clip: MotionClip = serde_json::from_reader(motion()?).ok()?;
    let fits = clip.size == info.size
        && clip.frame_rate == info.frame_rate
        && (1..=info.frames).contains(&(clip.people.len() as u64));
    fits.then_some(Driving {
        clip,
        times_found_anew: track.times_found_anew,
        most_others: track.most_others,
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

/// A file to read, if it is one (a pipe would be waited for) and holds no more than `most` bytes.
fn bounded(path: &Path, most: u64) -> Option<BufReader<Take<File>>> {
    let found = fs::metadata(path).ok()?;
    (found.is_file() && found.len() <= most).then_some(())?;
    Some(BufReader::new(File::open(path).ok()?.take(most)))
}

/// The SHA-256 of all that `file` holds, in hexadecimal.
fn fingerprint(mut file: impl Read) -> io::Result<String> {
    let (mut hash, mut chunk) = (Sha256::new(), [0; 1 << 16]);
    loop {
        match file.read(&mut chunk)? {
            0 => return Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()),
            bytes => hash.update(&chunk[..bytes]),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use frame::{BodyLandmark, BodyLandmarks, FrameRate, Person, Size, body};
    use tempfile::TempDir;

    use super::*;

    /// A work folder in which the track of `video` is kept.
    struct Kept {
        folder: TempDir,
        video: PathBuf,
        info: VideoInfo,
        driving: Driving,
    }

    impl Kept {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let video = folder.path().join("driving.mp4");
            fs::write(&video, "a dance").unwrap();
            let info = VideoInfo {
                size: Size::new(540, 960),
                frame_rate: FrameRate::new(30_000, 1001).unwrap(),
                frames: 3,
                duration_secs: 0.1,
                has_audio: false,
                variable_rate: false,
                truncated: false,
                codec: "h264".to_owned(),
                bytes: 7,
            };
            let landmark = |i: usize| BodyLandmark { visibility: 1.0 / (i + 3) as f32, ..Default::default() };
            let body = BodyLandmarks::new((0..body::COUNT).map(landmark).collect()).unwrap();
            let person = Person { body, left_hand: None, right_hand: None, face: None };
            let people = vec![Some(person.clone()), None, Some(person)];
            let clip = MotionClip {
                size: info.size,
                frame_rate: info.frame_rate,
                people,
                views: Vec::new(),
                shutter_deg: None,
            };
            let driving =
                Driving { clip: clip.as_stored(), times_found_anew: 1, most_others: 3, damaged_packets: 2 };
            store(folder.path(), &video, &driving).unwrap();
            Self { folder, video, info, driving }
        }

        fn recall(&self) -> Option<Driving> {
            recall(self.folder.path(), &self.video, &self.info)
        }

        fn change(&self, name: &str, change: impl FnOnce(String) -> String) {
            let path = self.folder.path().join(name);
            let text = fs::read_to_string(&path).unwrap();
            fs::write(path, change(text)).unwrap();
        }
    }

    #[test]
    fn a_track_comes_back_as_it_was_kept() {
        let kept = Kept::new();
        let found = kept.recall().unwrap();
        assert_eq!(found.clip, kept.driving.clip);
        assert_eq!((found.times_found_anew, found.most_others, found.damaged_packets), (1, 3, 2));
    }

    #[test]
    fn another_videos_or_versions_track_is_passed_over() {
        let kept = Kept::new();
        fs::write(&kept.video, "another").unwrap();
        assert!(kept.recall().is_none(), "another video under the same name");

        let kept = Kept::new();
        kept.change(TRACK, |text| text.replace(env!("CARGO_PKG_VERSION"), "0.0.0-other"));
        assert!(kept.recall().is_none(), "another version's");

        let mut kept = Kept::new();
        kept.info.size = Size::new(960, 540);
        assert!(kept.recall().is_none(), "the same video, but read otherwise");
    }

    #[test]
    fn what_is_damaged_or_foreign_is_passed_over() {
        type Change = fn(String) -> String;
        let changes: [(&str, Change); 8] = [
            (TRACK, |_| String::new()),
            (TRACK, |text| text[..text.len() / 2].to_owned()),
            (TRACK, |_| "[[[".repeat(1000)),
            (TRACK, |text| text.replace("\"damaged_packets\":2", "\"damaged_packets\":-2")),
            (TRACK, |text| format!("{text}{}", " ".repeat(HEAD_BYTES as usize))),
            (MOTION, |text| text[..text.len() / 2].to_owned()),
            (MOTION, |text| text.replacen("0.333", "0.334", 1)),
            (MOTION, |text| format!("{text}{}", " ".repeat((HEAD_BYTES + 3 * FRAME_BYTES) as usize))),
        ];
        for (index, (name, change)) in changes.into_iter().enumerate() {
            let kept = Kept::new();
            kept.change(name, change);
            assert!(kept.recall().is_none(), "change {index}, of {name}");
        }
        for name in [TRACK, MOTION] {
            let kept = Kept::new();
            let path = kept.folder.path().join(name);
            fs::remove_file(&path).unwrap();
            assert!(kept.recall().is_none(), "{name} is missing");
            fs::create_dir(&path).unwrap();
            assert!(kept.recall().is_none(), "{name} is a folder");
        }
    }
}
