use std::path::Path;

use frame::{FrameRate, Plane, PremulSrgba8, Size};

use super::encoder::Encoder;
use super::muxer::Container;
use super::planes::{Yuva420, Yuva444TenBit};
use super::writing::Writing;
use super::{VideoSummary, check_size};
use crate::{MediaError, SoundCodec, SoundTrack};

/// A kind of video with alpha.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LayerFormat {
    /// VP9 in WebM, 4:2:0, for browsers; takes [`SoundCodec::Opus`].
    WebM,
    /// ProRes 4444 in MOV, for editing; takes [`SoundCodec::Aac`].
    Mov,
}

impl LayerFormat {
    /// What its sound must be.
    pub const fn sound(self) -> SoundCodec {
        match self {
            Self::WebM => SoundCodec::Opus,
            Self::Mov => SoundCodec::Aac,
        }
    }
}

/// Writes a video whose pixels have alpha, straight, as both formats have it: BT.709, one constant frame rate, with sound.
///
/// The file appears under its name as [`VideoWriter`](super::VideoWriter)'s does.
pub struct LayerWriter {
    writing: Writing,
    room: Room,
}

enum Room {
    WebM(Yuva420),
    Mov(Yuva444TenBit),
}

impl LayerWriter {
    /// Begins a video of `size`, both sides even. An existing file of that name is replaced at the end.
    ///
    /// Errors: as [`VideoWriter::create`](super::VideoWriter::create).
    pub fn create(
        path: &Path,
        format: LayerFormat,
        size: Size,
        frame_rate: FrameRate,
        sound: Option<SoundTrack>,
    ) -> Result<Self, MediaError> {
        check_size(size)?;
        let (container, encoder, room) = match format {
            LayerFormat::WebM => {
                (Container::WebM, Encoder::vp9_with_alpha(size, frame_rate)?, Room::WebM(Yuva420::new(size)))
            }
            LayerFormat::Mov => {
                (Container::Mov, Encoder::prores_4444(size, frame_rate)?, Room::Mov(Yuva444TenBit::new(size)))
            }
        };
        Ok(Self { writing: Writing::begin(path, container, encoder, size, frame_rate, sound)?, room })
    }

    /// Appends a frame.
    ///
    /// Errors: a frame of another size, a full disk and other failures to write.
    pub fn write(&mut self, layer: &Plane<PremulSrgba8>) -> Result<(), MediaError> {
        self.writing.check(layer.size())?;
        match &mut self.room {
            Room::WebM(room) => self.writing.write(&room.of(layer)?),
            Room::Mov(room) => self.writing.write(&room.of(layer)?),
        }
    }

    /// Ends the video and gives it its name.
    ///
    /// Errors: as [`VideoWriter::finish`](super::VideoWriter::finish).
    pub fn finish(self) -> Result<VideoSummary, MediaError> {
        self.writing.finish()
    }
}
