//! Opening a stranger's video file so that libav reads this one file, as this one kind, with these decoders.

use std::ffi::CStr;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::ptr;

use ffmpeg_next as ffmpeg;
use ffmpeg_next::codec::{Id, decoder};
use ffmpeg_next::format::context::Input;
use ffmpeg_next::format::stream::{Disposition, Stream};
use ffmpeg_next::{Codec, Dictionary, Packet, ffi, media};
use frame::Size;

use crate::sniff::{self, FileKind};
use crate::{Limits, MediaError, libav};

/// Video codecs that are decoded: what cameras, phones and browsers write into these containers. Every further one is one more
/// decoder for a hostile file to attack.
const VIDEO_CODECS: [Id; 8] =
    [Id::H264, Id::HEVC, Id::VP8, Id::VP9, Id::AV1, Id::MPEG4, Id::MJPEG, Id::PRORES];

/// Sound codecs that are decoded.
const AUDIO_CODECS: [Id; 15] = [
    Id::AAC,
    Id::MP3,
    Id::OPUS,
    Id::VORBIS,
    Id::FLAC,
    Id::ALAC,
    Id::AC3,
    Id::EAC3,
    Id::PCM_S16LE,
    Id::PCM_S16BE,
    Id::PCM_S24LE,
    Id::PCM_S24BE,
    Id::PCM_F32LE,
    Id::PCM_ALAW,
    Id::PCM_MULAW,
];

/// After so many broken packets in a row there is nothing more to come: libav may report the same one for ever.
const MAX_BROKEN_PACKETS: u32 = 1000;

/// A container that has been opened.
pub(crate) struct Demuxer {
    input: Input,
    bytes: u64,
}

impl Demuxer {
    /// Opens an MP4, MOV, WebM or Matroska file.
    pub(crate) fn open(path: &Path, limits: &Limits) -> Result<Self, MediaError> {
        libav::init();
        let unreadable = |source| MediaError::Unreadable { path: path.to_owned(), source };
        let bytes = sniff::regular_file_len(path).map_err(unreadable)?;
        if bytes > limits.video_bytes {
            return Err(MediaError::VideoTooLarge {
                found: sniff::megabytes(bytes),
                limit: sniff::megabytes(limits.video_bytes),
            });
        }
        let (demuxer, whitelist) = match kind_of(path).map_err(unreadable)? {
            FileKind::IsoMedia => (c"mov", "mov,mp4,m4a,3gp,3g2,mj2"),
            FileKind::Matroska => (c"matroska", "matroska,webm"),
            other => return Err(MediaError::UnsupportedVideo { found: other.to_string() }),
        };
        let mut input = open_input(path, demuxer, whitelist)?;
        // The header's word first, so that nothing is decoded at an absurd size; then what the stream itself says.
        check_streams(&input, limits)?;
        find_stream_info(&mut input, limits)?;
        check_streams(&input, limits)?;
        Ok(Self { input, bytes })
    }

    /// Bytes of the file.
    pub(crate) const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Length of the file by its header, in seconds, if it says.
    pub(crate) fn announced_secs(&self) -> Option<f64> {
        let duration = self.input.duration();
        (duration > 0).then(|| duration as f64 / f64::from(ffi::AV_TIME_BASE))
    }

    /// A stream by its index.
    pub(crate) fn stream(&self, index: usize) -> Stream<'_> {
        self.input.stream(index).expect("indices come from this file")
    }

    /// How many streams there are.
    pub(crate) fn stream_count(&self) -> usize {
        self.input.nb_streams() as usize
    }

    /// The moving pictures: cover art is none.
    pub(crate) fn video_stream(&self) -> Result<Stream<'_>, MediaError> {
        self.input
            .streams()
            .best(media::Type::Video)
            .filter(|stream| !stream.disposition().contains(Disposition::ATTACHED_PIC))
            .ok_or(MediaError::NoVideoStream)
    }

    /// The sound, if there is some that can be decoded.
    pub(crate) fn audio_stream(&self) -> Option<Stream<'_>> {
        self.input
            .streams()
            .best(media::Type::Audio)
            .filter(|stream| AUDIO_CODECS.contains(&stream.parameters().id()))
    }

    /// From now on only packets of this stream are read.
    pub(crate) fn keep_only(&mut self, index: usize) {
        for i in 0..self.stream_count() {
            if i != index {
                // SAFETY: `i` is below the number of streams of a context that is open, and nothing else refers to the stream.
                unsafe {
                    let stream = *(*self.input.as_mut_ptr()).streams.add(i);
                    (*stream).discard = ffi::AVDiscard::AVDISCARD_ALL;
                }
            }
        }
    }

    /// The next packet, or `None` at the end: of the file, or of what can be read of it.
    pub(crate) fn next_packet(&mut self) -> Option<Packet> {
        for _ in 0..MAX_BROKEN_PACKETS {
            let mut packet = Packet::empty();
            match packet.read(&mut self.input) {
                Ok(()) => return Some(packet),
                Err(ffmpeg::Error::InvalidData | ffmpeg::Error::Other { errno: ffmpeg::error::EAGAIN }) => {}
                Err(_) => return None,
            }
        }
        None
    }
}

/// The decoder for a video stream, if it is one that is decoded and libav has it.
pub(crate) fn video_decoder(stream: &Stream<'_>) -> Result<Codec, MediaError> {
    let id = stream.parameters().id();
    let unsupported = || MediaError::UnsupportedVideo { found: format!("in the codec {}", codec_name(id)) };
    if !VIDEO_CODECS.contains(&id) {
        return Err(unsupported());
    }
    decoder::find(id).ok_or_else(unsupported)
}

/// libav's short name of a codec.
pub(crate) fn codec_name(id: Id) -> &'static str {
    id.name()
}

/// Decoder options that hold for every stream: only decoders of the list, only pictures that are allowed.
pub(crate) fn decoder_options(limits: &Limits) -> Dictionary<'static> {
    let side = u64::from(limits.video_greatest_side_px);
    let mut options = Dictionary::new();
    options.set("codec_whitelist", &decoder_names());
    // Coded sides are whole blocks: a picture of the greatest size may be coded up to 128 pixels larger.
    options.set("max_pixels", &((side + 128) * (side + 128)).to_string());
    options
}

fn kind_of(path: &Path) -> io::Result<FileKind> {
    let mut head = Vec::with_capacity(FileKind::HEAD_BYTES);
    File::open(path)?.take(FileKind::HEAD_BYTES as u64).read_to_end(&mut head)?;
    Ok(FileKind::of(&head))
}

fn decoder_names() -> String {
    let names: Vec<String> = VIDEO_CODECS
        .iter()
        .chain(&AUDIO_CODECS)
        .filter_map(|&id| decoder::find(id))
        .map(|codec| codec.name().to_owned())
        .collect();
    names.join(",")
}

fn open_input(path: &Path, demuxer: &CStr, whitelist: &str) -> Result<Input, MediaError> {
    let url =
        libav::file_url(path).map_err(|source| MediaError::Unreadable { path: path.to_owned(), source })?;
    let mut options = Dictionary::new();
    // A playlist named `.mp4` would make libav open other files, and other hosts.
    options.set("format_whitelist", whitelist);
    options.set("protocol_whitelist", "file");
    options.set("codec_whitelist", &decoder_names());

    let mut context = ptr::null_mut();
    // SAFETY: the strings outlive the call; `context` is null on entry and libav's to allocate; the dictionary is handed over and
    // what is left of it freed after the call; on success the context is owned by the `Input` alone.
    unsafe {
        let format = ffi::av_find_input_format(demuxer.as_ptr());
        if format.is_null() {
            return Err(MediaError::UnsupportedVideo {
                found: "of a kind that the installed FFmpeg does not read".to_owned(),
            });
        }
        let mut options = options.disown();
        let opened = ffi::avformat_open_input(&raw mut context, url.as_ptr(), format, &raw mut options);
        drop(Dictionary::own(options));
        libav::check(opened).map_err(damaged_header)?;
        Ok(Input::wrap(context))
    }
}

fn find_stream_info(input: &mut Input, limits: &Limits) -> Result<(), MediaError> {
    // SAFETY: `find_stream_info` wants one dictionary a stream, and rewrites each; they are made and freed here. The number of
    // streams is read before the call, for these containers declare all of them in their header.
    unsafe {
        let context = input.as_mut_ptr();
        let streams = (*context).nb_streams as usize;
        let mut options: Vec<*mut ffi::AVDictionary> =
            (0..streams).map(|_| decoder_options(limits).disown()).collect();
        let found = ffi::avformat_find_stream_info(context, options.as_mut_ptr());
        options.into_iter().for_each(|left| drop(Dictionary::own(left)));
        libav::check(found).map_err(damaged_header).map(|_| ())
    }
}

fn damaged_header(error: ffmpeg::Error) -> MediaError {
    let reason = match error {
        ffmpeg::Error::InvalidData | ffmpeg::Error::Eof => "the file is cut off or corrupt".to_owned(),
        other => other.to_string(),
    };
    MediaError::DamagedVideo { reason }
}

fn check_streams(input: &Input, limits: &Limits) -> Result<(), MediaError> {
    let pictures = input.streams().filter(|stream| stream.parameters().medium() == media::Type::Video);
    for stream in pictures {
        let size = coded_size(&stream);
        if size.long_side() > limits.video_greatest_side_px {
            return Err(MediaError::VideoTooLarge {
                found: format!("{size} pixels"),
                limit: format!("{} pixels a side", limits.video_greatest_side_px),
            });
        }
    }
    Ok(())
}

/// Size of the pictures as they are stored, before rotation and pixel aspect.
pub(crate) fn coded_size(stream: &Stream<'_>) -> Size {
    let parameters = stream.parameters();
    // SAFETY: the parameters live as long as the stream's file.
    let (width, height) = unsafe { ((*parameters.as_ptr()).width, (*parameters.as_ptr()).height) };
    Size::new(width.max(0).unsigned_abs(), height.max(0).unsigned_abs())
}
