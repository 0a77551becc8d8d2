//! The driving clip's sound, for the result.

mod copy;
mod resample;
mod transcode;

use std::path::Path;

use ffmpeg_next::codec::{self, Id};
use ffmpeg_next::{Packet, Rational};

use crate::demux::Demuxer;
use crate::probe::Layout;
use crate::{Limits, MediaError};
use copy::Copy;
use transcode::Transcode;

/// The sound of a driving clip, from its first shown picture on, for [`VideoWriter`](crate::VideoWriter).
///
/// AAC is copied bit for bit; anything else becomes AAC, mono or stereo. The writer cuts it to the length of the pictures. Where the
/// sound begins later than the pictures, or earlier, it stays in step with them.
pub struct SoundTrack {
    source: Source,
}

enum Source {
    Copy(Copy),
    Transcode(Box<Transcode>),
}

impl SoundTrack {
    /// The clip's sound, or `None` if it has none that can be used.
    ///
    /// Errors: as [`probe`](crate::probe), and a missing AAC encoder.
    pub fn open(path: &Path, limits: &Limits) -> Result<Option<Self>, MediaError> {
        let layout = Layout::read(path, limits)?;
        let mut demuxer = Demuxer::open(path, limits)?;
        let Some(stream) = demuxer.audio_stream() else { return Ok(None) };
        let (index, codec) = (stream.index(), stream.parameters().id());
        demuxer.keep_only(index);
        let source = if codec == Id::AAC && Copy::is_possible(&demuxer, index) {
            Some(Source::Copy(Copy::new(demuxer, index, &layout.timeline)))
        } else {
            Transcode::open(demuxer, index, &layout.timeline, limits)?
                .map(|track| Source::Transcode(Box::new(track)))
        };
        Ok(source.map(|source| Self { source }))
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
        match &self.source {
            Source::Copy(track) => track.time_base(),
            Source::Transcode(track) => track.time_base(),
        }
    }

    /// The next packet; time 0 is the first shown picture's. `None` at the end.
    pub(crate) fn next_packet(&mut self) -> Result<Option<Packet>, MediaError> {
        match &mut self.source {
            Source::Copy(track) => Ok(track.next_packet()),
            Source::Transcode(track) => track.next_packet(),
        }
    }
}
