//! What a request's files are, told by their content: a picture or a kept character, a video or a kept motion.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use avatar::measure::JointBias;
use avatar::motion::MotionClip;
use avatar::motion::bvh::Bvh;
use contract::{EngineError, MediaLimits, RejectionCode, TransferRequest};
use frame::{FrameRate, Matte, Person};
use media::{FileKind, MediaError, StillImage, VideoInfo};
use vision::Networks;
use vision::networks::{Network, NetworkWork};

use crate::character_file::CharacterFile;
use crate::limits::to_media;
use crate::rejection::{from_bvh, from_character_file, from_motion, from_opening, from_vision};

/// Frames a second of a motion, at most: as of the quickest cameras.
const GREATEST_RATE: f64 = 240.0;

/// Bytes of a BVH file, at most: some ten minutes of a skeleton with all fingers.
const BVH_BYTES: u64 = 50_000_000;

/// The networks, opened where they are first needed: a kept character and a kept motion need none.
#[derive(Clone, Debug)]
pub(crate) struct Models {
    directory: PathBuf,
    opened: OnceLock<Networks>,
}

impl Models {
    pub(crate) fn new(directory: &Path) -> Self {
        Self { directory: directory.to_owned(), opened: OnceLock::new() }
    }

    pub(crate) fn open(&self) -> Result<Networks, EngineError> {
        if let Some(networks) = self.opened.get() {
            return Ok(networks.clone());
        }
        let networks = Networks::open(&self.directory).map_err(from_vision)?;
        Ok(self.opened.get_or_init(|| networks).clone())
    }

    /// What each network has done so far.
    pub(crate) fn work(&self) -> BTreeMap<Network, NetworkWork> {
        self.opened.get().map(Networks::work).unwrap_or_default()
    }
}

/// Whether a transfer of these files needs networks. A file that cannot be read needs none: that will be said of it.
pub fn needs_networks(request: &TransferRequest) -> bool {
    let is =
        |path: &Path, kinds: &[FileKind]| FileKind::of_file(path).is_ok_and(|kind| !kinds.contains(&kind));
    is(&request.character, &[FileKind::Character]) || is(&request.driving, &[FileKind::Motion, FileKind::Bvh])
}

/// The character's still.
pub(crate) struct Still {
    pub(crate) picture: StillImage,
    /// What is known of it, if it came as a character's file.
    pub(crate) known: Option<Known>,
}

/// What networks would find in a still.
pub(crate) struct Known {
    pub(crate) matte: Matte,
    pub(crate) person: Person,
    pub(crate) joint_bias: Option<JointBias>,
}

impl Still {
    pub(crate) fn read(path: &Path, limits: &MediaLimits) -> Result<Self, EngineError> {
        let (limits, unreachable) = (to_media(limits), RejectionCode::ImageUnreachable);
        let opening = |error| from_opening(error, unreachable);
        if FileKind::of_file(path).map_err(opening)? != FileKind::Character {
            let picture = media::read_still(path, &limits).map_err(opening)?;
            return Ok(Self { picture, known: None });
        }
        let bytes =
            bounded(path, limits.image_bytes, |found, limit| MediaError::ImageTooLarge { found, limit });
        let file = CharacterFile::read(&bytes.map_err(opening)?, &limits).map_err(from_character_file)?;
        Ok(Self {
            picture: StillImage { image: file.image, alpha: None },
            known: Some(Known { matte: file.matte, person: file.person, joint_bias: file.joint_bias }),
        })
    }
}

/// What drives the character.
pub(crate) enum Driver {
    Video(VideoInfo),
    Motion(MotionClip),
}

impl Driver {
    pub(crate) fn read(path: &Path, limits: &MediaLimits) -> Result<Self, EngineError> {
        let opening = |error| from_opening(error, RejectionCode::VideoUnreachable);
        let too_large = |found, limit| MediaError::VideoTooLarge { found, limit };
        let clip = match FileKind::of_file(path).map_err(opening)? {
            FileKind::Motion => {
                let bytes = bounded(path, limits.video_bytes, too_large).map_err(opening)?;
                serde_json::from_slice(&bytes).map_err(|error| from_motion(&error))?
            }
            FileKind::Bvh => {
                let bytes = bounded(path, limits.video_bytes.min(BVH_BYTES), too_large).map_err(opening)?;
                let bvh = Bvh::parse(&String::from_utf8_lossy(&bytes)).map_err(from_bvh)?;
                check_length(bvh.duration_secs(), limits).map_err(opening)?;
                bvh.to_clip().map_err(from_bvh)?
            }
            _ => {
                let info = media::probe(path, &to_media(limits)).map_err(opening)?;
                return Ok(Self::Video(info));
            }
        };
        check_clip(&clip, limits).map_err(opening)?;
        Ok(Self::Motion(clip))
    }

    pub(crate) fn frame_rate(&self) -> FrameRate {
        match self {
            Self::Video(info) => info.frame_rate,
            Self::Motion(clip) => clip.frame_rate,
        }
    }

    pub(crate) fn size(&self) -> frame::Size {
        match self {
            Self::Video(info) => info.size,
            Self::Motion(clip) => clip.size,
        }
    }
}

/// A file's bytes, if it is a regular one with no more than `most`; else what `too_large` makes of both, for people.
fn bounded(
    path: &Path,
    most: u64,
    too_large: impl FnOnce(String, String) -> MediaError,
) -> Result<Vec<u8>, MediaError> {
    let unreadable = |source| MediaError::Unreadable { path: path.to_owned(), source };
    let bytes = fs::metadata(path).map_err(unreadable)?.len();
    if bytes > most {
        let megabytes = |bytes: u64| format!("{:.1} MB", bytes as f64 / 1e6);
        return Err(too_large(megabytes(bytes), megabytes(most)));
    }
    fs::read(path).map_err(unreadable)
}

/// A motion is held to what a video is held to.
fn check_clip(clip: &MotionClip, limits: &MediaLimits) -> Result<(), MediaError> {
    let (rate, size) = (clip.frame_rate.as_f64(), clip.size);
    if !(1.0..=GREATEST_RATE).contains(&rate) {
        let found =
            format!("a motion at {} frames a second, which are not 1 to {GREATEST_RATE}", clip.frame_rate);
        return Err(MediaError::UnsupportedVideo { found });
    }
    if size.long_side() > *limits.video_side_px.end() {
        let (found, limit) =
            (format!("{size} pixels"), format!("{} pixels a side", limits.video_side_px.end()));
        return Err(MediaError::VideoTooLarge { found, limit });
    }
    if size.short_side() < *limits.video_side_px.start() {
        return Err(MediaError::VideoTooSmall { found: size, least_side_px: *limits.video_side_px.start() });
    }
    check_length(clip.people.len() as f64 / rate, limits)
}

fn check_length(found_secs: f64, limits: &MediaLimits) -> Result<(), MediaError> {
    let (least, most) = (*limits.video_secs.start(), *limits.video_secs.end());
    // A frame's grace at the least usual rate, as for videos.
    if found_secs > most + 0.05 {
        return Err(MediaError::VideoTooLong { found_secs, limit_secs: most });
    }
    if found_secs < least {
        return Err(MediaError::VideoTooShort { found_secs, limit_secs: least });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use frame::Size;

    use super::*;

    fn rejected(name: &str, text: &[u8]) -> (RejectionCode, String) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        match Driver::read(&path, &MediaLimits::default()) {
            Err(EngineError::Rejected(rejection)) => (rejection.code, rejection.message),
            Err(other) => panic!("{other:?}"),
            Ok(_) => panic!("{name} was taken"),
        }
    }

    fn motion(size: Size, rate: FrameRate, frames: usize) -> Vec<u8> {
        serde_json::to_vec(&MotionClip {
            size,
            frame_rate: rate,
            people: vec![None; frames],
            views: Vec::new(),
            shutter_deg: None,
        })
        .unwrap()
    }

    #[test]
    fn a_motion_is_held_to_the_limits_of_a_video() {
        let (size, rate) = (Size::new(540, 960), FrameRate::new(30, 1).unwrap());
        let told = |size, rate, frames| rejected("m.motion", &motion(size, rate, frames));
        assert_eq!(told(size, rate, 3).0, RejectionCode::VideoTooShort);
        assert_eq!(told(size, rate, 9000).0, RejectionCode::VideoTooLong);
        assert_eq!(told(Size::new(4, 960), rate, 300).0, RejectionCode::VideoUnsupported);
        assert_eq!(told(Size::new(40_000, 960), rate, 300).0, RejectionCode::VideoTooLarge);
        let (code, message) = told(size, FrameRate::new(u32::MAX, 1).unwrap(), 300);
        assert_eq!(code, RejectionCode::VideoUnsupported);
        assert!(message.starts_with("The video is a motion at 4294967295/1 frames a second"), "{message}");
    }

    #[test]
    fn what_cannot_be_read_is_told_with_its_line() {
        let (code, message) = rejected("a.bvh", b"HIERARCHY\nRUUT");
        assert_eq!(code, RejectionCode::DecodeError);
        assert!(message.starts_with("The BVH motion cannot be read (line 2: found `RUUT`"), "{message}");
        let (code, message) = rejected("a.motion", br#"{"format":"pantomime-motion-1","size":[1]}"#);
        assert_eq!(code, RejectionCode::DecodeError);
        assert!(message.starts_with("The motion cannot be read ("), "{message}");
        assert!(message.contains("line 1"), "{message}");
    }

    #[test]
    fn what_a_file_is_decides_and_not_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let (size, rate) = (Size::new(540, 960), FrameRate::new(30, 1).unwrap());
        fs::write(at("dance.mp4"), motion(size, rate, 30)).unwrap();
        let driver = Driver::read(&at("dance.mp4"), &MediaLimits::default()).unwrap();
        assert!(matches!(driver, Driver::Motion(clip) if clip.people.len() == 30));
        fs::write(at("a.png"), "a picture, perhaps").unwrap();
        let request = |character: &str, driving: &str| TransferRequest::new(at(character), at(driving), "");
        assert!(needs_networks(&request("a.png", "dance.mp4")));
        assert!(!needs_networks(&request("none", "dance.mp4")));
    }
}
