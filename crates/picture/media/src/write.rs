use std::path::Path;

use frame::{FrameRate, Image, Size};

use crate::{MediaError, SoundTrack};

/// x264's presets that are worth their time here: slower is smaller at the same quality.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Preset {
    /// Least work, largest file.
    Ultrafast,
    /// Little work.
    Superfast,
    /// The default.
    #[default]
    Veryfast,
    /// More work.
    Faster,
    /// Most work, smallest file.
    Medium,
}

/// How a video is encoded.
#[derive(Clone, Debug, PartialEq)]
pub struct EncodeSettings {
    /// Constant rate factor, 0 (lossless) … 51 (worst).
    pub crf: f32,
    /// Time against size.
    pub preset: Preset,
}

impl Default for EncodeSettings {
    fn default() -> Self {
        Self { crf: 20.0, preset: Preset::default() }
    }
}

/// What was written.
#[derive(Clone, Debug, PartialEq)]
pub struct VideoSummary {
    /// Frames of video.
    pub frames: u64,
    /// Their length in seconds.
    pub duration_secs: f64,
    /// Size of the frames.
    pub size: Size,
    /// Whether there is a sound stream.
    pub has_audio: bool,
    /// Bytes of the file.
    pub bytes: u64,
}

/// Writes an MP4: H.264 in 4:2:0, BT.709, fast start, one constant frame rate, AAC sound.
///
/// The file appears under its name, whole, when [`finish`](Self::finish) returns; until then it has another name beside it, which
/// is removed if the writer is dropped.
pub struct VideoWriter {}

impl VideoWriter {
    /// Begins a video of `size` (both sides even). An existing file of that name is replaced at the end.
    pub fn create(
        path: &Path,
        size: Size,
        frame_rate: FrameRate,
        settings: &EncodeSettings,
        sound: Option<SoundTrack>,
    ) -> Result<Self, MediaError> {
        let _ = (path, size, frame_rate, settings, sound);
        Err(MediaError::Encoder { reason: "not built yet".to_owned() })
    }

    /// Appends a frame.
    pub fn write(&mut self, image: &Image) -> Result<(), MediaError> {
        let _ = image;
        Ok(())
    }

    /// Ends the video and gives it its name.
    pub fn finish(self) -> Result<VideoSummary, MediaError> {
        Err(MediaError::NothingWritten)
    }
}
