use ffmpeg_next::codec;
use ffmpeg_next::packet::Flags;
use ffmpeg_next::{Packet, Rational};

use crate::demux::Demuxer;
use crate::timeline::Timeline;

/// Packets before the first sounding one that are kept, hidden by an edit list: an AAC packet needs the one before it to
/// sound right, HE-AAC some more.
const PRE_ROLL_PACKETS: i64 = 3;

/// AAC packets as they are, with times that start with the pictures.
pub(super) struct Copy {
    demuxer: Demuxer,
    stream: usize,
    time_base: Rational,
    start: i64,
    last_dts: i64,
}

impl Copy {
    /// Whether the stream has what an MP4 needs: the decoder's configuration, rate and packet length.
    pub(super) fn is_possible(demuxer: &Demuxer, stream: usize) -> bool {
        let parameters = demuxer.stream(stream).parameters();
        // SAFETY: the parameters live as long as the demuxer.
        unsafe {
            let parameters = &*parameters.as_ptr();
            parameters.extradata_size >= 2 && parameters.sample_rate > 0 && parameters.frame_size > 0
        }
    }

    pub(super) fn new(demuxer: Demuxer, stream: usize, timeline: &Timeline) -> Self {
        let time_base = demuxer.stream(stream).time_base();
        let start = timeline.first_in(time_base);
        Self { demuxer, stream, time_base, start, last_dts: i64::MIN }
    }

    pub(super) fn parameters(&self) -> codec::Parameters {
        self.demuxer.stream(self.stream).parameters()
    }

    pub(super) const fn time_base(&self) -> Rational {
        self.time_base
    }

    pub(super) fn next_packet(&mut self) -> Option<Packet> {
        loop {
            let mut packet = self.demuxer.next_packet()?;
            let Some(time) = packet.pts().or(packet.dts()) else { continue };
            let time = time.saturating_sub(self.start);
            let useful = time.saturating_add(packet.duration().saturating_mul(PRE_ROLL_PACKETS + 1)) > 0;
            // A muxer refuses times that do not rise; a source in which they do not is broken there.
            if packet.stream() != self.stream || packet.is_corrupt() || !useful || time <= self.last_dts {
                continue;
            }
            self.last_dts = time;
            packet.set_pts(Some(time));
            packet.set_dts(Some(time));
            packet.set_flags(Flags::KEY);
            return Some(packet);
        }
    }
}
