use std::path::Path;

use ffmpeg_next::{Packet, Rational};
use frame::{FrameRate, Size};

use super::VideoSummary;
use super::encoder::Encoder;
use super::muxer::{Container, Muxer};
use crate::{MediaError, SoundTrack};

/// A file of one video stream, and perhaps one of sound, on its way.
pub(super) struct Writing {
    encoder: Encoder,
    muxer: Muxer,
    video: usize,
    sound: Option<SoundOut>,
    size: Size,
    frame_rate: FrameRate,
    frames: u64,
}

/// A sound track on its way into the file, never further than the pictures are.
struct SoundOut {
    track: SoundTrack,
    stream: usize,
    /// The first packet that is not yet due.
    pending: Option<Packet>,
}

impl Writing {
    /// Begins a file of these streams.
    pub(super) fn begin(
        path: &Path,
        container: Container,
        encoder: Encoder,
        size: Size,
        frame_rate: FrameRate,
        sound: Option<SoundTrack>,
    ) -> Result<Self, MediaError> {
        let mut muxer = Muxer::create(path, container)?;
        let video = muxer.add_video(&encoder)?;
        let sound = sound
            .map(|track| {
                let stream = muxer.add_sound(track.parameters(), track.time_base())?;
                Ok(SoundOut { track, stream, pending: None })
            })
            .transpose()?;
        muxer.write_header()?;
        Ok(Self { encoder, muxer, video, sound, size, frame_rate, frames: 0 })
    }

    /// Refuses a frame of another size.
    pub(super) fn check(&self, found: Size) -> Result<(), MediaError> {
        if found == self.size {
            return Ok(());
        }
        Err(MediaError::FrameSizeMismatch { expected: self.size, found })
    }

    /// Appends a frame of the encoder's planes, and the sound up to it.
    pub(super) fn write(&mut self, planes: &[(&[u8], usize)]) -> Result<(), MediaError> {
        self.encoder.send(planes, self.frames)?;
        self.frames += 1;
        self.write_encoded()?;
        self.write_sound(false)
    }

    /// Ends the file and gives it its name.
    pub(super) fn finish(mut self) -> Result<VideoSummary, MediaError> {
        if self.frames == 0 {
            return Err(MediaError::NothingWritten);
        }
        self.encoder.send_end()?;
        self.write_encoded()?;
        self.write_sound(true)?;
        Ok(VideoSummary {
            bytes: self.muxer.finish()?,
            frames: self.frames,
            duration_secs: self.frames as f64 / self.frame_rate.as_f64(),
            size: self.size,
            has_audio: self.sound.is_some(),
        })
    }

    fn write_encoded(&mut self) -> Result<(), MediaError> {
        while let Some(packet) = self.encoder.receive()? {
            self.muxer.write(packet, self.video, self.encoder.time_base())?;
        }
        Ok(())
    }

    /// Writes the sound that ends with the pictures so far; `all` also the packet that reaches beyond, cut to their end.
    fn write_sound(&mut self, all: bool) -> Result<(), MediaError> {
        let Some(SoundOut { track, stream, pending }) = &mut self.sound else { return Ok(()) };
        let time_base = track.time_base();
        let end = ticks_of(self.frames, self.frame_rate, time_base);
        loop {
            if pending.is_none() {
                *pending = track.next_packet()?;
            }
            let Some(mut packet) = pending.take() else { return Ok(()) };
            let start = packet.pts().unwrap_or(0);
            if start + packet.duration() > end {
                if !all {
                    *pending = Some(packet);
                    return Ok(());
                }
                if start >= end {
                    return Ok(());
                }
                packet.set_duration(end - start);
            }
            self.muxer.write(packet, *stream, time_base)?;
        }
    }
}

/// How many ticks `frames` frames last, rounded down.
fn ticks_of(frames: u64, rate: FrameRate, tick: Rational) -> i64 {
    let num = i128::from(frames) * i128::from(rate.den()) * i128::from(tick.denominator());
    let den = i128::from(rate.num()) * i128::from(tick.numerator().max(1));
    i64::try_from(num / den).unwrap_or(i64::MAX)
}
