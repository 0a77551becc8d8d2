use std::collections::VecDeque;

use ffmpeg_next as ffmpeg;
use ffmpeg_next::codec::{self, Id, decoder, encoder};
use ffmpeg_next::format::Sample;
use ffmpeg_next::format::sample::Type;
use ffmpeg_next::{ChannelLayout, Packet, Rational, frame as av};

use super::SoundCodec;
use super::resample::{FORMAT, Resampler};
use crate::demux::{self, Demuxer};
use crate::timeline::Timeline;
use crate::{Limits, MediaError};

/// Rates that AAC knows (ISO/IEC 14496-3, table 1.18), but for the lowest.
const RATES: [u32; 9] = [96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000];
/// The usual rate, and the one that Opus is best at.
const USUAL_RATE: u32 = 48_000;

/// A good rate for the encoder in libav, which is weaker than the best.
const BITS_A_SECOND_A_CHANNEL: usize = 96_000;

/// Sound further off its place than this is moved there: 10 ms, half of what is noticed.
const MAX_DRIFT_SECS: f64 = 0.01;

/// Sound that is decoded and encoded again. Gaps become silence, so that what follows stays in step with the pictures.
pub(super) struct Transcode {
    demuxer: Demuxer,
    stream: usize,
    tick_secs: f64,
    /// Time of the first shown picture, in ticks of the source.
    start: i64,
    decoder: decoder::Audio,
    resampler: Resampler,
    encoder: encoder::audio::Encoder,
    rate: u32,
    /// Samples that wait for the encoder, one queue a channel.
    waiting: Vec<VecDeque<f32>>,
    /// Silence that comes before `late`.
    silence: u64,
    /// Samples that come after a gap.
    late: Vec<Vec<f32>>,
    /// Place behind the last sample that is waiting or was encoded.
    position: i64,
    encoded: i64,
    decoder_ended: bool,
    encoder_ended: bool,
}

impl Transcode {
    /// `None` if the sound cannot be decoded: the result is then silent.
    pub(super) fn open(
        demuxer: Demuxer,
        index: usize,
        timeline: &Timeline,
        limits: &Limits,
        wanted: SoundCodec,
    ) -> Result<Option<Self>, MediaError> {
        let stream = demuxer.stream(index);
        let time_base = stream.time_base();
        let parameters = stream.parameters();
        let Some(codec) = decoder::find(parameters.id()) else { return Ok(None) };
        let opened = codec::Context::from_parameters(parameters).and_then(|context| {
            let mut decoder = context.decoder();
            decoder.set_packet_time_base(time_base);
            decoder.open_as_with(codec, demux::decoder_options(limits)).and_then(decoder::Opened::audio)
        });
        let Ok(decoder) = opened else { return Ok(None) };
        if decoder.channels() == 0 || decoder.rate() == 0 {
            return Ok(None);
        }
        let channels = usize::from(decoder.channels().min(2));
        let keeps_rate = wanted == SoundCodec::Aac && RATES.contains(&decoder.rate());
        let rate = if keeps_rate { decoder.rate() } else { USUAL_RATE };
        Ok(Some(Self {
            encoder: open_encoder(wanted, rate, channels)?,
            resampler: Resampler::new(rate, channels),
            start: timeline.first_in(time_base),
            tick_secs: f64::from(time_base),
            demuxer,
            stream: index,
            decoder,
            rate,
            waiting: vec![VecDeque::new(); channels],
            silence: 0,
            late: vec![Vec::new(); channels],
            position: 0,
            encoded: 0,
            decoder_ended: false,
            encoder_ended: false,
        }))
    }

    pub(super) fn parameters(&self) -> codec::Parameters {
        codec::Parameters::from(&self.encoder)
    }

    pub(super) fn time_base(&self) -> Rational {
        Rational::new(1, self.rate as i32)
    }

    pub(super) fn next_packet(&mut self) -> Result<Option<Packet>, MediaError> {
        loop {
            let mut packet = Packet::empty();
            match self.encoder.receive_packet(&mut packet) {
                Ok(()) => return Ok(Some(packet)),
                Err(ffmpeg::Error::Eof) => return Ok(None),
                Err(ffmpeg::Error::Other { errno: ffmpeg::error::EAGAIN }) if !self.encoder_ended => {
                    self.encode()?
                }
                Err(error) => return Err(failed(error)),
            }
        }
    }

    /// Gives the encoder one frame, or word that there is none.
    fn encode(&mut self) -> Result<(), MediaError> {
        let frame_samples = self.encoder.frame_size().max(1) as usize;
        while self.waiting[0].len() < frame_samples && self.refill(frame_samples) {}
        let length = self.waiting[0].len().min(frame_samples);
        if length == 0 {
            self.encoder_ended = true;
            return self.encoder.send_eof().map_err(failed);
        }
        let (format, channels) = (self.encoder.format(), self.waiting.len());
        let mut sound = av::Audio::new(format, length, ChannelLayout::default(channels as i32));
        sound.set_rate(self.rate);
        sound.set_pts(Some(self.encoded));
        for (i, queue) in self.waiting.iter_mut().enumerate() {
            let samples = queue.drain(..length);
            if format.is_planar() {
                sound.plane_mut::<f32>(i).iter_mut().zip(samples).for_each(|(to, from)| *to = from);
            } else {
                let places = sound.data_mut(0).chunks_exact_mut(size_of::<f32>()).skip(i).step_by(channels);
                places.zip(samples).for_each(|(to, from)| to.copy_from_slice(&from.to_ne_bytes()));
            }
        }
        self.encoded += length as i64;
        self.encoder.send_frame(&sound).map_err(failed)
    }

    /// Adds to what is waiting: silence that is due, or the next decoded sound. False at the end.
    fn refill(&mut self, frame_samples: usize) -> bool {
        if self.silence > 0 {
            let length = self.silence.min(frame_samples as u64);
            self.silence -= length;
            self.waiting.iter_mut().for_each(|queue| queue.extend(std::iter::repeat_n(0.0, length as usize)));
            return true;
        }
        if !self.late[0].is_empty() {
            for (queue, samples) in self.waiting.iter_mut().zip(&mut self.late) {
                queue.extend(samples.drain(..));
            }
            return true;
        }
        let Some(sound) = self.decode() else { return false };
        let samples = self.resampler.convert(&sound);
        self.place(sound.timestamp(), samples);
        true
    }

    /// Puts decoded samples in their place: behind a gap, or without what overlaps.
    fn place(&mut self, timestamp: Option<i64>, mut samples: Vec<Vec<f32>>) {
        let length = samples[0].len() as i64;
        if length == 0 {
            return;
        }
        let due = timestamp.map_or(self.position, |time| {
            (time.saturating_sub(self.start) as f64 * self.tick_secs * f64::from(self.rate)).round() as i64
        });
        let off = due.saturating_sub(self.position);
        let first = self.position == 0 && self.encoded == 0;
        let moves = off.unsigned_abs() as f64 > MAX_DRIFT_SECS * f64::from(self.rate);
        if off > 0 && first {
            // The track begins here; the muxer's edit list keeps the pause before it.
            (self.position, self.encoded) = (due, due);
        } else if off > 0 && moves {
            self.silence = off.unsigned_abs();
            self.position = due;
        } else if off < 0 && (moves || first) {
            let overlap = off.unsigned_abs().min(length.unsigned_abs()) as usize;
            samples.iter_mut().for_each(|channel| drop(channel.drain(..overlap)));
        }
        self.position = self.position.saturating_add(samples[0].len() as i64);
        self.late = samples;
    }

    /// The next decoded sound. Packets that cannot be decoded are gaps.
    fn decode(&mut self) -> Option<av::Audio> {
        let mut sound = av::Audio::empty();
        loop {
            match self.decoder.receive_frame(&mut sound) {
                Ok(()) => return Some(sound),
                Err(ffmpeg::Error::Other { errno: ffmpeg::error::EAGAIN }) if !self.decoder_ended => {}
                Err(ffmpeg::Error::InvalidData) => continue,
                Err(_) => return None,
            }
            match self.demuxer.next_packet() {
                Some(packet) if packet.stream() == self.stream => drop(self.decoder.send_packet(&packet)),
                Some(_) => {}
                None => {
                    self.decoder_ended = true;
                    let _ = self.decoder.send_eof();
                }
            }
        }
    }
}

fn open_encoder(
    wanted: SoundCodec,
    rate: u32,
    channels: usize,
) -> Result<encoder::audio::Encoder, MediaError> {
    // libav's own encoder for Opus is not finished; the other takes its channels in turns.
    let (name, found, format) = match wanted {
        SoundCodec::Aac => ("AAC", encoder::find(Id::AAC), FORMAT),
        SoundCodec::Opus => ("Opus", encoder::find_by_name("libopus"), Sample::F32(Type::Packed)),
    };
    let codec =
        found.ok_or_else(|| MediaError::Encoder { reason: format!("the {name} encoder is missing") })?;
    let mut context = codec::Context::new_with_codec(codec);
    context.set_flags(codec::Flags::GLOBAL_HEADER);
    context.set_time_base((1, rate as i32));
    let mut encoder = context.encoder().audio().map_err(failed)?;
    encoder.set_rate(rate as i32);
    encoder.set_format(format);
    encoder.set_channel_layout(ChannelLayout::default(channels as i32));
    encoder.set_bit_rate(BITS_A_SECOND_A_CHANNEL * channels);
    encoder.open().map_err(failed)
}

fn failed(error: ffmpeg::Error) -> MediaError {
    MediaError::Encoder { reason: format!("sound: {error}") }
}
