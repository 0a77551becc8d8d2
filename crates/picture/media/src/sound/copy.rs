use ffmpeg_next::packet::Flags;
use ffmpeg_next::{Packet, Rational, codec};

use crate::demux::Demuxer;
use crate::timeline::Timeline;

/// Packets before the first sounding one that are kept, hidden by an edit list: an AAC packet needs the one before it to
/// sound right, HE-AAC some more.
const PRE_ROLL_PACKETS: i64 = 3;

/// AAC packets as they are, with times that start with the pictures.
pub(super) struct Copy {
    demuxer: Demuxer,
    stream: usize,
    /// Ticks of the source.
    source: Rational,
    /// Ticks of what comes out: samples.
    time_base: Rational,
    /// Time of the first shown picture, in samples.
    start: i64,
    /// Samples of a packet.
    packet_samples: i64,
    /// Where the last packet ends.
    end: i64,
}

impl Copy {
    /// Whether the stream has what an MP4 needs: the decoder's configuration, rate and packet length.
    pub(super) fn is_possible(demuxer: &Demuxer, stream: usize) -> bool {
        let (rate, packet_samples) = rate_and_packet_samples(demuxer, stream);
        let parameters = demuxer.stream(stream).parameters();
        // SAFETY: the parameters live as long as the demuxer.
        let configuration_bytes = unsafe { (*parameters.as_ptr()).extradata_size };
        configuration_bytes >= 2 && rate > 0 && packet_samples > 0
    }

    pub(super) fn new(demuxer: Demuxer, stream: usize, timeline: &Timeline) -> Self {
        let (rate, packet_samples) = rate_and_packet_samples(&demuxer, stream);
        let time_base = Rational::new(1, rate);
        Self {
            source: demuxer.stream(stream).time_base(),
            time_base,
            start: timeline.first_in(time_base),
            packet_samples: packet_samples.into(),
            end: i64::MIN,
            demuxer,
            stream,
        }
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
            if packet.stream() != self.stream || packet.is_corrupt() || packet.pts().is_none() {
                continue;
            }
            packet.rescale_ts(self.source, self.time_base);
            let (time, duration) =
                self.to_the_sample(packet.pts()?.saturating_sub(self.start), packet.duration());
            let useful = time.saturating_add(duration.saturating_mul(PRE_ROLL_PACKETS + 1)) > 0;
            // Packets that overlap are laid end to end, for a muxer refuses times that do not rise; one that lies wholly
            // before its place is of no use.
            if duration <= 0 || !useful || time.saturating_add(duration) <= self.end {
                continue;
            }
            let time = time.max(self.end);
            self.end = time.saturating_add(duration);
            packet.set_pts(Some(time));
            packet.set_dts(Some(time));
            packet.set_duration(duration);
            packet.set_flags(Flags::KEY);
            return Some(packet);
        }
    }

    /// A packet's time and length without the rounding to the source's ticks: Matroska's are milliseconds.
    fn to_the_sample(&self, time: i64, duration: i64) -> (i64, i64) {
        let samples_a_tick = f64::from(self.source) / f64::from(self.time_base);
        let is_rounded =
            |value: i64, exact: i64| (value.saturating_sub(exact)).unsigned_abs() as f64 <= samples_a_tick;
        let exact_length = is_rounded(duration, self.packet_samples);
        let follows = self.end != i64::MIN && is_rounded(time, self.end);
        (if follows { self.end } else { time }, if exact_length { self.packet_samples } else { duration })
    }
}

fn rate_and_packet_samples(demuxer: &Demuxer, stream: usize) -> (i32, i32) {
    let parameters = demuxer.stream(stream).parameters();
    // SAFETY: the parameters live as long as the demuxer.
    unsafe { ((*parameters.as_ptr()).sample_rate, (*parameters.as_ptr()).frame_size) }
}
