use std::ffi::CStr;
use std::path::Path;
use std::ptr;

use ffmpeg_next as ffmpeg;
use ffmpeg_next::format::context::Output;
use ffmpeg_next::{Dictionary, Packet, Rational, codec, ffi};

use super::encoder::Encoder;
use super::partial::PartialFile;
use crate::{MediaError, libav};

/// A kind of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Container {
    Mp4,
    Mov,
    WebM,
}

impl Container {
    /// libav's name for it, which is how such files' names end as well.
    const fn name(self) -> &'static CStr {
        match self {
            Self::Mp4 => c"mp4",
            Self::Mov => c"mov",
            Self::WebM => c"webm",
        }
    }
}

/// A file being written.
pub(super) struct Muxer {
    container: Container,
    // In this order: libav closes its file before it is removed.
    output: Output,
    file: Option<PartialFile>,
}

impl Muxer {
    pub(super) fn create(path: &Path, container: Container) -> Result<Self, MediaError> {
        let unwritable = |error| MediaError::of_writing(path, error);
        let file = PartialFile::create(path, &container.name().to_string_lossy()).map_err(unwritable)?;
        // Fast start moves the header to the front by opening the file a second time: it needs a name, custom I/O would not do.
        let url = libav::file_url(file.partial()).map_err(unwritable)?;
        let mut context = ptr::null_mut();
        // SAFETY: the strings outlive the calls; `context` is libav's to allocate, and on success owned by the `Output` alone, which
        // closes what is in `pb`.
        let output = unsafe {
            let made = ffi::avformat_alloc_output_context2(
                &raw mut context,
                ptr::null(),
                container.name().as_ptr(),
                url.as_ptr(),
            );
            libav::check(made).map_err(|error| MediaError::Encoder { reason: error.to_string() })?;
            let output = Output::wrap(context);
            let opened = ffi::avio_open(&raw mut (*context).pb, url.as_ptr(), ffi::AVIO_FLAG_WRITE);
            libav::check(opened).map_err(|error| unwritable(libav::io_error(error)))?;
            output
        };
        Ok(Self { container, output, file: Some(file) })
    }

    pub(super) fn add_video(&mut self, encoder: &Encoder) -> Result<usize, MediaError> {
        let mut stream = self.output.add_stream_with(encoder.context()).map_err(failed)?;
        stream.set_time_base(encoder.time_base());
        stream.set_avg_frame_rate(encoder.frame_rate());
        stream.set_rate(encoder.frame_rate());
        Ok(stream.index())
    }

    pub(super) fn add_sound(
        &mut self,
        parameters: codec::Parameters,
        time_base: Rational,
    ) -> Result<usize, MediaError> {
        let mut stream = self.output.add_stream(ffmpeg::encoder::find(codec::Id::None)).map_err(failed)?;
        stream.set_parameters(parameters);
        stream.set_time_base(time_base);
        // SAFETY: the stream is this file's. Another container's tag for the codec means nothing here, or something else.
        unsafe { (*(*stream.as_mut_ptr()).codecpar).codec_tag = 0 };
        Ok(stream.index())
    }

    pub(super) fn write_header(&mut self) -> Result<(), MediaError> {
        let mut options = Dictionary::new();
        if self.container != Container::WebM {
            options.set("movflags", "+faststart");
        }
        self.output.write_header_with(options).map(|_| ()).map_err(|error| self.failure(error))
    }

    /// Writes a packet whose times are in ticks of `time_base`.
    pub(super) fn write(
        &mut self,
        mut packet: Packet,
        stream: usize,
        time_base: Rational,
    ) -> Result<(), MediaError> {
        let ticks = self.output.stream(stream).map(|stream| stream.time_base()).unwrap_or(time_base);
        packet.set_stream(stream);
        packet.set_position(-1);
        packet.rescale_ts(time_base, ticks);
        packet.write_interleaved(&mut self.output).map_err(|error| self.failure(error))
    }

    /// Completes the file and gives it its name. Returns its bytes.
    pub(super) fn finish(&mut self) -> Result<u64, MediaError> {
        self.output.write_trailer().map_err(|error| self.failure(error))?;
        // SAFETY: the context is alive; closing leaves a null pointer, which is not closed again. An earlier error to write
        // that nothing has noticed comes out here.
        let closed = unsafe {
            let io = &raw mut (*self.output.as_mut_ptr()).pb;
            let latched = if (*io).is_null() { 0 } else { (**io).error };
            libav::check(latched).and(libav::check(ffi::avio_closep(io)))
        };
        closed.map_err(|error| self.failure(error))?;
        let Some(file) = self.file.take() else { return Err(MediaError::NothingWritten) };
        let path = file.path().to_owned();
        file.keep().map_err(|error| MediaError::of_writing(&path, error))
    }

    fn failure(&self, error: ffmpeg::Error) -> MediaError {
        match (error, &self.file) {
            (ffmpeg::Error::Other { errno }, Some(file))
                if errno != ffmpeg::error::EINVAL && errno != ffmpeg::error::ENOMEM =>
            {
                MediaError::of_writing(file.path(), libav::io_error(error))
            }
            _ => failed(error),
        }
    }
}

fn failed(error: ffmpeg::Error) -> MediaError {
    MediaError::Encoder { reason: error.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_named() {
        let full = libav::io_error(ffmpeg::Error::Other { errno: ffmpeg::error::ENOSPC });
        assert!(matches!(MediaError::of_writing(Path::new("out.mp4"), full), MediaError::DiskFull { .. }));
        let fault = libav::io_error(ffmpeg::Error::Other { errno: ffmpeg::error::EIO });
        assert!(matches!(MediaError::of_writing(Path::new("out.mp4"), fault), MediaError::Unwritable { .. }));
    }
}
