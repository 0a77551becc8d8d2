use std::str::FromStr;

use ffmpeg_next as ffmpeg;
use ffmpeg_next::codec::{self, threading};
use ffmpeg_next::format::Pixel;
use ffmpeg_next::{Dictionary, Packet, Rational, color, encoder, ffi, frame as av};
use frame::{FrameRate, Size};

use crate::{MediaError, libav};

/// x264's presets that are worth their time here. A dance as this engine draws it, 288 frames of 720x1280, CRF 20, on one core:
///
/// | preset | ms a frame | MB | PSNR, dB |
/// |---|---|---|---|
/// | ultrafast | 4.8 | 3.8 | 46.7 |
/// | superfast, with trees | 7.0 | 1.4 | 47.5 |
/// | veryfast | 13.6 | 1.2 | 48.0 |
/// | faster | 19.8 | 1.3 | 48.5 |
/// | medium | 29.5 | 1.3 | 48.6 |
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Preset {
    /// Least work, largest file.
    Ultrafast,
    /// Little work; the default. x264's own has no macroblock trees, without which its files are twice as large.
    #[default]
    Superfast,
    /// Some work.
    Veryfast,
    /// More work.
    Faster,
    /// x264's own default.
    Medium,
}

impl Preset {
    /// x264's name for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ultrafast => "ultrafast",
            Self::Superfast => "superfast",
            Self::Veryfast => "veryfast",
            Self::Faster => "faster",
            Self::Medium => "medium",
        }
    }
}

impl FromStr for Preset {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let all = [Self::Ultrafast, Self::Superfast, Self::Veryfast, Self::Faster, Self::Medium];
        all.into_iter()
            .find(|preset| preset.name() == name)
            .ok_or_else(|| format!("`{name}` is no preset; there are {}", all.map(Self::name).join(", ")))
    }
}

/// How a video is encoded.
#[derive(Clone, Debug, PartialEq)]
pub struct EncodeSettings {
    /// Constant rate factor, 0 (lossless) … 51 (worst).
    pub crf: f32,
    /// Time against size.
    pub preset: Preset,
}

impl Default for EncodeSettings {
    fn default() -> Self {
        Self { crf: 20.0, preset: Preset::default() }
    }
}

/// Threads of an encoder's own. A constant, for what encoders make depends on it: the same frames must give the same file on every machine.
const THREADS: usize = 2;
const X264_PARAMS: &str = "lookahead-threads=1";
const X264_TREES: &str = ":mbtree=1:rc-lookahead=10";
/// x264's AVX-512 functions (build 164) read memory that nobody wrote: what they make differs from run to run, by single
/// pixels, and from what all its other functions make. Those for AVX2 are as fast.
const X264_WITHOUT_AVX512: &str = ":asm=AVX2";

fn x264_params(preset: Preset) -> String {
    let mut params = X264_PARAMS.to_owned();
    if preset == Preset::Superfast {
        params.push_str(X264_TREES);
    }
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx2") {
        params.push_str(X264_WITHOUT_AVX512);
    }
    params
}

/// An encoder by way of libav.
pub(super) struct Encoder {
    context: encoder::video::Encoder,
    frame: av::Video,
    time_base: Rational,
    frame_rate: Rational,
}

/// What an encoder is opened with beside size and rate.
struct Setup<'a> {
    name: &'static str,
    format: Pixel,
    threading: threading::Type,
    /// Parameter sets are kept in the file's header and not before every key frame.
    global_header: bool,
    /// Where chroma lies among the luma it was taken from.
    chroma: ffi::AVChromaLocation,
    options: &'a [(&'a str, &'a str)],
}

impl Encoder {
    /// x264.
    pub(super) fn x264(size: Size, rate: FrameRate, settings: &EncodeSettings) -> Result<Self, MediaError> {
        let (crf, params) = (settings.crf.to_string(), x264_params(settings.preset));
        Self::open(
            size,
            rate,
            &Setup {
                name: "libx264",
                format: Pixel::YUV420P,
                threading: threading::Type::Frame,
                global_header: true,
                // Chroma is the mean of four pixels, which lies between them.
                chroma: ffi::AVChromaLocation::AVCHROMA_LOC_CENTER,
                options: &[("preset", settings.preset.name()), ("crf", &crf), ("x264-params", &params)],
            },
        )
    }

    /// VP9 with alpha, which is a second stream within the first.
    pub(super) fn vp9_with_alpha(size: Size, rate: FrameRate) -> Result<Self, MediaError> {
        let options = [
            ("crf", "24"),
            ("b", "0"),
            ("deadline", "good"),
            ("cpu-used", "5"),
            ("row-mt", "1"),
            // Alpha and its colours must show the same moment.
            ("auto-alt-ref", "0"),
        ];
        Self::open(
            size,
            rate,
            &Setup {
                name: "libvpx-vp9",
                format: Pixel::YUVA420P,
                threading: threading::Type::Frame,
                global_header: true,
                chroma: ffi::AVChromaLocation::AVCHROMA_LOC_CENTER,
                options: &options,
            },
        )
    }

    /// ProRes 4444.
    pub(super) fn prores_4444(size: Size, rate: FrameRate) -> Result<Self, MediaError> {
        Self::open(
            size,
            rate,
            &Setup {
                name: "prores_ks",
                format: Pixel::YUVA444P10,
                threading: threading::Type::Slice,
                global_header: false,
                chroma: ffi::AVChromaLocation::AVCHROMA_LOC_UNSPECIFIED,
                // Some programs read no ProRes but that of the vendor that made it first.
                options: &[("profile", "4444"), ("vendor", "apl0"), ("alpha_bits", "8")],
            },
        )
    }

    fn open(size: Size, rate: FrameRate, setup: &Setup<'_>) -> Result<Self, MediaError> {
        let codec = encoder::find_by_name(setup.name)
            .ok_or_else(|| MediaError::Encoder { reason: format!("{} is missing", setup.name) })?;
        let (Ok(num), Ok(den)) = (i32::try_from(rate.num()), i32::try_from(rate.den())) else {
            return Err(MediaError::Encoder { reason: format!("{rate} frames a second cannot be written") });
        };
        let mut context = codec::Context::new_with_codec(codec);
        context.set_threading(threading::Config { kind: setup.threading, count: THREADS, safe: false });
        if setup.global_header {
            context.set_flags(codec::Flags::GLOBAL_HEADER);
        }
        // One tick a frame. The stream's finer time base would make x264 believe in thousands of frames a second.
        let (time_base, frame_rate) = (Rational::new(den, num), Rational::new(num, den));
        context.set_time_base(time_base);
        context.set_frame_rate(Some(frame_rate));

        let mut context = context.encoder().video().map_err(failed)?;
        context.set_width(size.width);
        context.set_height(size.height);
        context.set_format(setup.format);
        context.set_aspect_ratio((1, 1));
        context.set_colorspace(color::Space::BT709);
        context.set_color_range(color::Range::MPEG);
        context.set_color_primaries(color::Primaries::BT709);
        context.set_color_transfer_characteristic(color::TransferCharacteristic::BT709);
        // SAFETY: the context is alive and not yet open.
        unsafe { (*context.as_mut_ptr()).chroma_sample_location = setup.chroma };

        let mut options = Dictionary::new();
        for (key, value) in setup.options {
            options.set(key, value);
        }
        Ok(Self {
            context: context.open_with(options).map_err(failed)?,
            frame: av::Video::new(setup.format, size.width, size.height),
            time_base,
            frame_rate,
        })
    }

    /// Ticks of the packets: one a frame.
    pub(super) const fn time_base(&self) -> Rational {
        self.time_base
    }

    pub(super) const fn frame_rate(&self) -> Rational {
        self.frame_rate
    }

    pub(super) fn context(&self) -> &codec::Context {
        self.context.as_ref()
    }

    /// Encodes frame `index` of these planes, in the order and with the bytes a sample of the encoder's format: each the bytes of
    /// its rows without padding, and the bytes of a row.
    pub(super) fn send(&mut self, planes: &[(&[u8], usize)], index: u64) -> Result<(), MediaError> {
        // SAFETY: the frame is alive; if the encoder still holds its buffers it gets new ones.
        let writable = unsafe { ffi::av_frame_make_writable(self.frame.as_mut_ptr()) };
        libav::check(writable).map_err(failed)?;
        for (i, (bytes, row)) in planes.iter().enumerate() {
            let stride = self.frame.stride(i);
            for (to, from) in self.frame.data_mut(i).chunks_mut(stride).zip(bytes.chunks_exact(*row)) {
                to[..*row].copy_from_slice(from);
            }
        }
        self.frame.set_pts(i64::try_from(index).ok());
        self.context.send_frame(&self.frame).map_err(failed)
    }

    /// No more frames.
    pub(super) fn send_end(&mut self) -> Result<(), MediaError> {
        self.context.send_eof().map_err(failed)
    }

    /// The next packet, if one is ready.
    pub(super) fn receive(&mut self) -> Result<Option<Packet>, MediaError> {
        let mut packet = Packet::empty();
        match self.context.receive_packet(&mut packet) {
            Ok(()) => {
                // Without it the last frame has no length and the file is a frame short.
                packet.set_duration(1);
                Ok(Some(packet))
            }
            Err(ffmpeg::Error::Eof | ffmpeg::Error::Other { errno: ffmpeg::error::EAGAIN }) => Ok(None),
            Err(error) => Err(failed(error)),
        }
    }
}

fn failed(error: ffmpeg::Error) -> MediaError {
    MediaError::Encoder { reason: error.to_string() }
}
