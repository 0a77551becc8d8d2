use std::path::Path;

use ffmpeg_next::Rational;
use ffmpeg_next::codec::Id;
use ffmpeg_next::codec::packet::Packet;
use ffmpeg_next::codec::packet::side_data::Type;
use ffmpeg_next::format::stream::Stream;
use frame::{FrameRate, Size};

use crate::demux::{self, Demuxer};
use crate::orientation::Orientation;
use crate::timeline::{Fraction, Timeline};
use crate::{Limits, MediaError};

/// What a video file holds, on the constant-rate timeline that [`VideoReader`](crate::VideoReader) delivers.
#[derive(Clone, Debug, PartialEq)]
pub struct VideoInfo {
    /// Upright size in square pixels: rotation and pixel aspect are applied.
    pub size: Size,
    /// Frames a second, exactly.
    pub frame_rate: FrameRate,
    /// Frames on the timeline. A damaged file may yield fewer.
    pub frames: u64,
    /// `frames / frame_rate`, in seconds.
    pub duration_secs: f64,
    /// Whether there is a sound stream that can be used.
    pub has_audio: bool,
    /// The source's frames do not come at an even pace: some are repeated or left out on the timeline.
    pub variable_rate: bool,
    /// The file breaks off before the end that it announces; `frames` counts what is there.
    pub truncated: bool,
    /// libav's name of the video codec: `h264`, `hevc`, `vp9`, …
    pub codec: String,
    /// Bytes of the file.
    pub bytes: u64,
}

/// Reads a video's headers and the times of its packets, without decoding.
///
/// Errors: every limit on videos, unsupported and damaged files, files without a video stream.
pub fn probe(path: &Path, limits: &Limits) -> Result<VideoInfo, MediaError> {
    Ok(Layout::read(path, limits)?.info)
}

/// What a reader must know beyond what it tells.
pub(crate) struct Layout {
    pub(crate) info: VideoInfo,
    pub(crate) timeline: Timeline,
    pub(crate) orientation: Orientation,
}

impl Layout {
    pub(crate) fn read(path: &Path, limits: &Limits) -> Result<Self, MediaError> {
        let mut demuxer = Demuxer::open(path, limits)?;
        let stream = demuxer.video_stream()?;
        demux::video_decoder(&stream)?;
        let video = stream.index();
        let orientation = orientation(&stream);
        let size = orientation.turned(square_pixel_size(&stream));
        if size.long_side() > limits.video_greatest_side_px {
            return Err(MediaError::VideoTooLarge {
                found: format!("{size} pixels"),
                limit: format!("{} pixels a side", limits.video_greatest_side_px),
            });
        }
        if size.short_side() < limits.video_least_side_px {
            return Err(MediaError::VideoTooSmall { found: size, least_side_px: limits.video_least_side_px });
        }
        let codec = stream.parameters().id();
        let tick = fraction(stream.time_base()).ok_or_else(no_times)?;
        let rates: Vec<Fraction> =
            [stream.avg_frame_rate(), stream.rate()].into_iter().filter_map(fraction).collect();
        let announced_frames = u64::try_from(stream.frames()).unwrap_or(0);
        let has_audio = demuxer.audio_stream().is_some();

        let scan = Scan::of(&mut demuxer, video, codec);
        if scan.times.is_empty() {
            return Err(MediaError::DamagedVideo { reason: "it holds no frames".to_owned() });
        }
        let breaks_off = demuxer.announced_secs().is_some_and(|announced| scan.end_secs + 0.5 < announced);
        let truncated = scan.packets < announced_frames || breaks_off;
        let timeline = Timeline::plan(scan.times, scan.last_duration, tick, &rates).ok_or_else(no_times)?;
        let info = VideoInfo {
            size,
            frame_rate: timeline.rate,
            frames: timeline.frames,
            duration_secs: timeline.duration_secs(),
            has_audio,
            variable_rate: timeline.variable,
            truncated,
            codec: codec.name().to_owned(),
            bytes: demuxer.bytes(),
        };
        check_duration(&info, limits)?;
        Ok(Self { info, timeline, orientation })
    }
}

fn no_times() -> MediaError {
    MediaError::DamagedVideo { reason: "its frames have no sensible times".to_owned() }
}

fn check_duration(info: &VideoInfo, limits: &Limits) -> Result<(), MediaError> {
    let found_secs = info.duration_secs;
    // A frame's grace: thirty seconds of NTSC video last 30.03 s.
    let frame_secs = 1.0 / info.frame_rate.as_f64();
    if let Some(limit_secs) = limits.max_duration_secs.filter(|limit| found_secs > limit + frame_secs) {
        return Err(MediaError::VideoTooLong { found_secs, limit_secs });
    }
    if found_secs < limits.min_duration_secs {
        return Err(MediaError::VideoTooShort { found_secs, limit_secs: limits.min_duration_secs });
    }
    Ok(())
}

/// What one pass over a file's packets finds.
#[derive(Default)]
struct Scan {
    /// Times of the pictures that are shown, in the stream's ticks.
    times: Vec<i64>,
    /// Packets of the video stream, shown or not.
    packets: u64,
    /// Length of the picture that is shown last, in ticks; 0 if unknown.
    last_duration: i64,
    /// Where the last packet of any stream ends.
    end_secs: f64,
}

impl Scan {
    fn of(demuxer: &mut Demuxer, video: usize, codec: Id) -> Self {
        let ticks: Vec<f64> = (0..demuxer.stream_count())
            .map(|index| {
                fraction(demuxer.stream(index).time_base()).map_or(0.0, |t| t.num as f64 / t.den as f64)
            })
            .collect();
        let mut scan = Self::default();
        let mut last = i64::MIN;
        while let Some(packet) = demuxer.next_packet() {
            let Some(time) = packet.pts().or(packet.dts()) else { continue };
            let end = time.saturating_add(packet.duration().max(0));
            scan.end_secs =
                scan.end_secs.max(end as f64 * ticks.get(packet.stream()).copied().unwrap_or(0.0));
            if packet.stream() != video || packet.is_corrupt() {
                continue;
            }
            scan.packets += 1;
            if is_shown(&packet, codec) {
                scan.times.push(time);
                if time >= last {
                    (last, scan.last_duration) = (time, packet.duration());
                }
            }
        }
        scan
    }
}

/// Whether a packet makes a picture that is seen: not one that an edit list cuts away, nor a reference that VP8 keeps to itself.
fn is_shown(packet: &Packet, codec: Id) -> bool {
    const DISCARD: i32 = ffmpeg_next::ffi::AV_PKT_FLAG_DISCARD;
    /// `show_frame` in the frame tag (RFC 6386, 9.1).
    const VP8_SHOW_FRAME: u8 = 0x10;
    // SAFETY: the packet is alive. The wrapper's flags lack this one.
    let discarded = unsafe { (*ffmpeg_next::packet::Ref::as_ptr(packet)).flags & DISCARD != 0 };
    let hidden = |data: &[u8]| data.is_empty() || (codec == Id::VP8 && data[0] & VP8_SHOW_FRAME == 0);
    !discarded && !packet.data().is_none_or(hidden)
}

fn orientation(stream: &Stream<'_>) -> Orientation {
    stream
        .side_data()
        .find(|data| data.kind() == Type::DisplayMatrix)
        .and_then(|data| Orientation::from_display_matrix(data.data()))
        .unwrap_or_default()
}

/// The size at which stored pictures have square pixels; wide pixels widen it and tall ones heighten it, so that nothing is lost.
fn square_pixel_size(stream: &Stream<'_>) -> Size {
    let size = demux::coded_size(stream);
    let parameters = stream.parameters();
    // SAFETY: the parameters live as long as the stream's file.
    let aspect = unsafe { (*parameters.as_ptr()).sample_aspect_ratio };
    let aspect = f64::from(aspect.num) / f64::from(aspect.den);
    // Beyond this it is a corrupt header, not a lens.
    if !(0.25..=4.0).contains(&aspect) {
        return size;
    }
    let stretched = |side: u32, factor: f64| (f64::from(side) * factor).round() as u32;
    if aspect >= 1.0 {
        Size::new(stretched(size.width, aspect), size.height)
    } else {
        Size::new(size.width, stretched(size.height, 1.0 / aspect))
    }
}

pub(crate) fn fraction(rational: Rational) -> Option<Fraction> {
    let (num, den) = (i64::from(rational.numerator()), i64::from(rational.denominator()));
    (num > 0 && den > 0).then_some(Fraction { num, den })
}
