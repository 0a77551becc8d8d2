use std::path::Path;

use frame::Frame;

use crate::{Limits, MediaError, VideoInfo};

/// How a video is read.
#[derive(Clone, Debug, PartialEq)]
pub struct ReadSettings {
    /// Delivers frames whose long side is at most this many pixels, scaled down before they become RGB; `None` for full size.
    pub max_long_side_px: Option<u32>,
    /// Decoder threads. The frames do not depend on it.
    pub threads: usize,
}

impl Default for ReadSettings {
    fn default() -> Self {
        Self { max_long_side_px: None, threads: 1 }
    }
}

/// The frames of a video, in order, upright, on one constant-rate timeline that starts with the first shown frame.
pub struct VideoReader {
    info: VideoInfo,
}

impl VideoReader {
    /// Opens a video. Errors as [`probe`](crate::probe).
    pub fn open(path: &Path, limits: &Limits, settings: &ReadSettings) -> Result<Self, MediaError> {
        let _ = settings;
        Ok(Self { info: crate::probe(path, limits)? })
    }

    /// What the file holds. Its size is the full one, whatever the size of the delivered frames.
    pub fn info(&self) -> &VideoInfo {
        &self.info
    }

    /// How many packets could not be decoded so far; earlier frames stand in for theirs.
    pub fn damaged_packets(&self) -> u64 {
        0
    }
}

impl Iterator for VideoReader {
    type Item = Result<Frame, MediaError>;

    fn next(&mut self) -> Option<Self::Item> {
        None
    }
}
