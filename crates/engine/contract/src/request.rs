use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::OutputSize;

/// What to make, of what.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TransferRequest {
    /// The character's still image, a local file.
    pub character: PathBuf,
    /// The driving video, a local file.
    pub driving: PathBuf,
    /// Where the video goes, a local file; replaced if it exists.
    pub output: PathBuf,
    /// Whether the output carries the driving video's sound; `false` gives no sound stream at all.
    pub keep_original_sound: bool,
    /// Whose facing the character takes.
    pub orientation: CharacterOrientation,
    /// How long a frame is exposed, in degrees: 360 from one frame to the next; 0 draws every frame sharp. As the driving video was
    /// where not given. Only for engines that draw with a camera of their own.
    #[serde(default)]
    pub shutter_deg: Option<f32>,
    /// A wish in words, for engines that follow one.
    pub prompt: Option<String>,
    /// Where the engine's random choices start.
    pub seed: u64,
    /// Size of the output.
    pub output_size: OutputSize,
    /// What input is accepted.
    pub limits: MediaLimits,
}

impl TransferRequest {
    /// A request with everything at its default: sound kept, orientation `video`, seed 0, 720p class.
    pub fn new(
        character: impl Into<PathBuf>,
        driving: impl Into<PathBuf>,
        output: impl Into<PathBuf>,
    ) -> Self {
        Self {
            character: character.into(),
            driving: driving.into(),
            output: output.into(),
            keep_original_sound: true,
            orientation: CharacterOrientation::Video,
            shutter_deg: None,
            prompt: None,
            seed: 0,
            output_size: OutputSize::Class720,
            limits: MediaLimits::default(),
        }
    }
}

/// Whose facing the character takes. The scene is the still's in both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CharacterOrientation {
    /// The character faces as the driver faces, turns included.
    #[default]
    Video,
    /// The character keeps the still's facing and follows the motion.
    Image,
}

/// A text that names no [`CharacterOrientation`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an orientation: use video or image")]
pub struct UnknownOrientation(String);

impl FromStr for CharacterOrientation {
    type Err = UnknownOrientation;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "video" => Ok(Self::Video),
            "image" => Ok(Self::Image),
            other => Err(UnknownOrientation(other.to_owned())),
        }
    }
}

/// What input is accepted; beyond it the request is rejected before the work begins.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MediaLimits {
    /// Greatest size of the image file, in bytes.
    pub image_bytes: u64,
    /// Sides of the image, in pixels.
    pub image_side_px: RangeInclusive<u32>,
    /// Greatest number of pixels of the image.
    pub image_pixels: u64,
    /// Greatest size of the video file, in bytes.
    pub video_bytes: u64,
    /// Sides of the video, in pixels.
    pub video_side_px: RangeInclusive<u32>,
    /// Length of the video, in seconds.
    pub video_secs: RangeInclusive<f64>,
}

impl Default for MediaLimits {
    fn default() -> Self {
        Self {
            image_bytes: 50_000_000,
            image_side_px: 64..=8192,
            image_pixels: 40_000_000,
            video_bytes: 100_000_000,
            video_side_px: 32..=3850,
            video_secs: 0.2..=180.0,
        }
    }
}
