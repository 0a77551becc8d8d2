//! Making an MP4.

mod encoder;
mod muxer;
mod partial;

use std::path::Path;

use ffmpeg_next::{Packet, Rational};
use frame::{FrameRate, Image, Size};

use crate::{MediaError, SoundTrack, libav};
use encoder::Encoder;
use muxer::Muxer;

pub use encoder::{EncodeSettings, Preset};

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

/// Writes an MP4: H.264 in 4:2:0, BT.709, fast start, one constant frame rate, AAC sound.
///
/// The file appears under its name, whole, when [`finish`](Self::finish) returns; until then it has another name in the same
/// folder, which is removed if the writer is dropped.
pub struct VideoWriter {
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
        libav::init();
        if !size.width.is_multiple_of(2)
            || !size.height.is_multiple_of(2)
            || size.short_side() < LEAST_SIDE_PX
        {
            return Err(MediaError::UnencodableSize { found: size, least_side_px: LEAST_SIDE_PX });
        }
        let mut muxer = Muxer::create(path)?;
        let encoder = Encoder::open(size, frame_rate, settings)?;
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

    /// Appends a frame.
    ///
    /// Errors: a frame of another size, a full disk and other failures to write.
    pub fn write(&mut self, image: &Image) -> Result<(), MediaError> {
        if image.size() != self.size {
            return Err(MediaError::FrameSizeMismatch { expected: self.size, found: image.size() });
        }
        self.encoder.send(image, self.frames)?;
        self.frames += 1;
        self.write_encoded()?;
        self.write_sound(false)
    }

    /// Ends the video and gives it its name.
    ///
    /// Errors: no frames, a full disk and other failures to write; then nothing is left behind.
    pub fn finish(mut self) -> Result<VideoSummary, MediaError> {
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
