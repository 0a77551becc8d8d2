use std::path::Path;

use ffmpeg_next as ffmpeg;
use ffmpeg_next::codec::{Context, decoder, threading};
use ffmpeg_next::frame as av;
use frame::{Frame, Size};

use crate::demux::{self, Demuxer};
use crate::probe::Layout;
use crate::{Limits, MediaError, VideoInfo, pixels};

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

/// The frames of a video, in order, upright, on one constant-rate timeline that starts with the first shown picture.
///
/// A few packets that cannot be decoded are borne: neighbours stand in for their pictures. A file that breaks off ends early. After an
/// error there is nothing more.
pub struct VideoReader {
    layout: Layout,
    demuxer: Demuxer,
    decoder: decoder::Video,
    stream: usize,
    /// Size of the delivered frames before they are turned upright.
    stored_size: Size,
    next_index: u64,
    current: Option<Shown>,
    upcoming: Option<Shown>,
    state: State,
    damaged_packets: u64,
}

/// A decoded picture and its time in ticks.
struct Shown {
    time: i64,
    picture: av::Video,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Reading,
    /// No more packets; the decoder still holds pictures.
    Draining,
    /// No more pictures.
    Drained,
    /// No more frames.
    Ended,
}

/// Of a file's packets at most this part may be damaged …
const MAX_DAMAGED_PART: f64 = 0.25;
/// … and so few always, for one packet of a short clip is already a large part.
const MAX_DAMAGED_ALWAYS: u64 = 3;

impl VideoReader {
    /// Opens a video. Errors as [`probe`](crate::probe), and where the installed FFmpeg lacks the decoder.
    pub fn open(path: &Path, limits: &Limits, settings: &ReadSettings) -> Result<Self, MediaError> {
        let layout = Layout::read(path, limits)?;
        let mut demuxer = Demuxer::open(path, limits)?;
        let stream = demuxer.video_stream()?.index();
        demuxer.keep_only(stream);
        let decoder = open_decoder(&demuxer, stream, limits, settings.threads)?;
        let upright_size = layout.info.size.fitted(settings.max_long_side_px.unwrap_or(u32::MAX));
        Ok(Self {
            stored_size: layout.orientation.turned(upright_size),
            layout,
            demuxer,
            decoder,
            stream,
            next_index: 0,
            current: None,
            upcoming: None,
            state: State::Reading,
            damaged_packets: 0,
        })
    }

    /// What the file holds. Its size is the full one, whatever the size of the delivered frames.
    pub fn info(&self) -> &VideoInfo {
        &self.layout.info
    }

    /// How many packets could not be decoded so far; earlier or later pictures stand in for theirs.
    pub fn damaged_packets(&self) -> u64 {
        self.damaged_packets
    }

    /// Goes past the next frame without making RGB of it; false if there is none.
    ///
    /// Errors as the frames themselves, and ends as they do.
    pub fn pass_over(&mut self) -> Result<bool, MediaError> {
        let passed = if self.state == State::Ended { Ok(false) } else { self.advance() };
        match passed {
            Ok(true) => self.next_index += 1,
            Ok(false) | Err(_) => self.state = State::Ended,
        }
        passed
    }

    /// Moves to the picture for the next frame; false if there is none.
    fn advance(&mut self) -> Result<bool, MediaError> {
        let timeline = &self.layout.timeline;
        if self.next_index >= timeline.frames {
            return Ok(false);
        }
        loop {
            if self.upcoming.is_none() && self.state != State::Drained {
                self.upcoming = self.decode()?;
            }
            let timeline = &self.layout.timeline;
            match (&self.current, &self.upcoming) {
                (None, None) => {
                    return Err(MediaError::DamagedVideo { reason: "no frame can be decoded".to_owned() });
                }
                (None, Some(_)) => self.current = self.upcoming.take(),
                (Some(current), Some(next))
                    if timeline.is_nearer_to_second(self.next_index, current.time, next.time) =>
                {
                    self.current = self.upcoming.take();
                }
                (Some(_), Some(_)) => return Ok(true),
                // The last picture lasts to the end; one before it does not stand in for a lost tail.
                (Some(current), None) => {
                    let whole = current.time >= timeline.last_tick;
                    return Ok(whole || !timeline.is_past(self.next_index, current.time));
                }
            }
        }
    }

    /// The next picture that is shown later than the current one.
    fn decode(&mut self) -> Result<Option<Shown>, MediaError> {
        loop {
            let mut picture = av::Video::empty();
            match self.decoder.receive_frame(&mut picture) {
                Ok(()) => {
                    let latest = self.current.as_ref().map(|shown| shown.time);
                    let time = picture.timestamp().or(latest.map(|time| time.saturating_add(1)));
                    let time = time.unwrap_or(self.layout.timeline.first_tick);
                    if latest.is_none_or(|latest| time > latest) {
                        return Ok(Some(Shown { time, picture }));
                    }
                }
                Err(ffmpeg::Error::Other { errno: ffmpeg::error::EAGAIN }) => self.feed()?,
                Err(ffmpeg::Error::Eof) => {
                    self.state = State::Drained;
                    return Ok(None);
                }
                Err(error) => self.bear_damage(error)?,
            }
        }
    }

    /// Gives the decoder the next packet, or word that there is none.
    fn feed(&mut self) -> Result<(), MediaError> {
        let packet = loop {
            match self.demuxer.next_packet() {
                Some(packet) if packet.stream() != self.stream || packet.is_corrupt() => {}
                packet => break packet,
            }
        };
        let sent = match packet {
            Some(packet) => self.decoder.send_packet(&packet),
            None if self.state == State::Reading => {
                self.state = State::Draining;
                self.decoder.send_eof()
            }
            None => Err(ffmpeg::Error::Bug),
        };
        sent.or_else(|error| self.bear_damage(error))
    }

    fn bear_damage(&mut self, error: ffmpeg::Error) -> Result<(), MediaError> {
        self.damaged_packets += 1;
        let bearable = (self.layout.info.frames as f64 * MAX_DAMAGED_PART) as u64;
        let hopeless = self.state == State::Draining && error == ffmpeg::Error::Bug;
        if hopeless || self.damaged_packets > bearable.max(MAX_DAMAGED_ALWAYS) {
            return Err(MediaError::DamagedVideo { reason: format!("too many broken packets: {error}") });
        }
        Ok(())
    }

    fn produce(&mut self) -> Result<Option<Frame>, MediaError> {
        if !self.advance()? {
            return Ok(None);
        }
        let Some(shown) = &self.current else { return Ok(None) };
        let image = self.layout.orientation.upright(pixels::to_rgb(&shown.picture, self.stored_size)?);
        let index = self.next_index;
        self.next_index += 1;
        Ok(Some(Frame { image, index }))
    }
}

impl Iterator for VideoReader {
    type Item = Result<Frame, MediaError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.state == State::Ended {
            return None;
        }
        let frame = self.produce().transpose();
        if !matches!(frame, Some(Ok(_))) {
            self.state = State::Ended;
        }
        frame
    }
}

fn open_decoder(
    demuxer: &Demuxer,
    stream: usize,
    limits: &Limits,
    threads: usize,
) -> Result<decoder::Video, MediaError> {
    let stream = demuxer.stream(stream);
    let codec = demux::video_decoder(&stream)?;
    let unusable = |error: ffmpeg::Error| MediaError::DamagedVideo {
        reason: format!("the decoder refuses it: {error}"),
    };
    let mut context = Context::from_parameters(stream.parameters()).map_err(unusable)?;
    context.set_threading(threading::Config {
        kind: threading::Type::Frame,
        count: threads.max(1),
        safe: false,
    });
    let mut decoder = context.decoder();
    decoder.set_packet_time_base(stream.time_base());
    decoder
        .open_as_with(codec, demux::decoder_options(limits))
        .and_then(decoder::Opened::video)
        .map_err(unusable)
}
