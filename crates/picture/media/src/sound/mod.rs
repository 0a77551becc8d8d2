//! The driving clip's sound, for the result.

mod copy;
mod offset;
mod resample;
mod transcode;

use std::path::Path;

use ffmpeg_next::codec::{self, Id};
use ffmpeg_next::{Packet, Rational};

use crate::demux::Demuxer;
use crate::probe::Layout;
use crate::{Limits, MediaError};
pub use offset::sound_offset_secs;

use copy::Copy;
use transcode::Transcode;

/// The sound of a driving clip, from its first shown picture on, for [`VideoWriter`](crate::VideoWriter).
///
/// AAC is copied bit for bit where AAC is wanted; anything else is encoded, mono or stereo. The writer cuts it to the length of the pictures. Where the
/// sound begins later than the pictures, or earlier, it stays in step with them.
pub struct SoundTrack {
    source: Source,
    /// The first packet, read ahead: a track without any would be an empty stream.
    first: Option<Packet>,
}

enum Source {
    Copy(Copy),
    Transcode(Box<Transcode>),
}

/// What a sound track's packets are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SoundCodec {
    /// AAC, for MP4 and MOV.
    Aac,
    /// Opus, for WebM.
    Opus,
}

impl SoundTrack {
    /// The clip's sound as AAC, or `None` if it has none that can be used, or none while its pictures are shown.
    ///
    /// Errors: as [`probe`](crate::probe), and a missing encoder.
    pub fn open(path: &Path, limits: &Limits) -> Result<Option<Self>, MediaError> {
        Self::open_as(path, limits, SoundCodec::Aac)
    }

    /// The clip's sound in this codec; see [`open`](Self::open).
    pub fn open_as(path: &Path, limits: &Limits, wanted: SoundCodec) -> Result<Option<Self>, MediaError> {
        let layout = Layout::read(path, limits)?;
        let mut demuxer = Demuxer::open(path, limits)?;
        let Some(stream) = demuxer.audio_stream() else { return Ok(None) };
        let (index, codec) = (stream.index(), stream.parameters().id());
        demuxer.keep_only(index);
        let mut source =
            if (codec, wanted) == (Id::AAC, SoundCodec::Aac) && Copy::is_possible(&demuxer, index) {
                Source::Copy(Copy::new(demuxer, index, &layout.timeline))
            } else {
                match Transcode::open(demuxer, index, &layout.timeline, limits, wanted)? {
                    Some(track) => Source::Transcode(Box::new(track)),
                    None => return Ok(None),
                }
            };
        let time_base = source.time_base();
        let first = source.next_packet()?.filter(|packet| {
            packet.pts().is_some_and(|time| time as f64 * f64::from(time_base) < layout.info.duration_secs)
        });
        Ok(first.is_some().then_some(Self { source, first }))
    }

    /// Whether the packets of the source are kept as they are.
    pub fn is_copied(&self) -> bool {
        matches!(self.source, Source::Copy(_))
    }

    pub(crate) fn parameters(&self) -> codec::Parameters {
        match &self.source {
            Source::Copy(track) => track.parameters(),
            Source::Transcode(track) => track.parameters(),
        }
    }

    /// Ticks of the packets.
    pub(crate) fn time_base(&self) -> Rational {
        self.source.time_base()
    }

    /// The next packet; time 0 is the first shown picture's. `None` at the end.
    pub(crate) fn next_packet(&mut self) -> Result<Option<Packet>, MediaError> {
        match self.first.take() {
            Some(packet) => Ok(Some(packet)),
            None => self.source.next_packet(),
        }
    }
}

impl Source {
    fn time_base(&self) -> Rational {
        match self {
            Self::Copy(track) => track.time_base(),
            Self::Transcode(track) => track.time_base(),
        }
    }

    fn next_packet(&mut self) -> Result<Option<Packet>, MediaError> {
        match self {
            Self::Copy(track) => Ok(track.next_packet()),
            Self::Transcode(track) => track.next_packet(),
        }
    }
}
