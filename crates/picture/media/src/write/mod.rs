//! Making a video.

mod encoder;
mod layer;
mod muxer;
mod partial;
mod planes;
mod straight;
mod writing;

use std::path::Path;

use frame::{FrameRate, Image, Size};

use crate::{MediaError, SoundTrack, libav};
use encoder::Encoder;
use muxer::Container;
use planes::Yuv420;
use writing::Writing;

pub use encoder::{EncodeSettings, Preset};
pub use layer::{LayerFormat, LayerWriter};

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

/// Shortest side that is encoded, in pixels: x264's smallest whole block.
const LEAST_SIDE_PX: u32 = 16;

/// Readies libav and refuses a size that cannot be encoded.
fn check_size(size: Size) -> Result<(), MediaError> {
    libav::init();
    if size.width.is_multiple_of(2) && size.height.is_multiple_of(2) && size.short_side() >= LEAST_SIDE_PX {
        return Ok(());
    }
    Err(MediaError::UnencodableSize { found: size, least_side_px: LEAST_SIDE_PX })
}

/// Writes an MP4: H.264 in 4:2:0, BT.709, fast start, one constant frame rate, AAC sound.
///
/// The file appears under its name, whole, when [`finish`](Self::finish) returns; until then it has another name in the same
/// folder, which is removed if the writer is dropped.
pub struct VideoWriter {
    writing: Writing,
    room: Yuv420,
}

impl VideoWriter {
    /// Begins a video of `size`, both sides even. An existing file of that name is replaced at the end.
    ///
    /// Errors: a size that cannot be encoded, a place that cannot be written to, a missing encoder.
    pub fn create(
        path: &Path,
        size: Size,
        frame_rate: FrameRate,
        settings: &EncodeSettings,
        sound: Option<SoundTrack>,
    ) -> Result<Self, MediaError> {
        check_size(size)?;
        let encoder = Encoder::x264(size, frame_rate, settings)?;
        let writing = Writing::begin(path, Container::Mp4, encoder, size, frame_rate, sound)?;
        Ok(Self { writing, room: Yuv420::new(size) })
    }

    /// Appends a frame.
    ///
    /// Errors: a frame of another size, a full disk and other failures to write.
    pub fn write(&mut self, image: &Image) -> Result<(), MediaError> {
        self.writing.check(image.size())?;
        self.writing.write(&self.room.of(image)?)
    }

    /// Ends the video and gives it its name.
    ///
    /// Errors: no frames, a full disk and other failures to write; then nothing is left behind.
    pub fn finish(self) -> Result<VideoSummary, MediaError> {
        self.writing.finish()
    }
}
