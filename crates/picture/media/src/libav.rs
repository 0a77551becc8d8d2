//! What libav's C face needs everywhere: start-up, names of files, error numbers.

use std::ffi::CString;
use std::io;
use std::path::Path;
use std::sync::Once;

use ffmpeg_next as ffmpeg;

/// Loads libav's error texts and stops it from writing to standard error: what matters comes back as a [`MediaError`](crate::MediaError).
pub(crate) fn init() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // It only fails where libav is missing, and then the program would not have started.
        let _ = ffmpeg::init();
        ffmpeg::log::set_level(ffmpeg::log::Level::Quiet);
    });
}

/// A path as libav wants it. The scheme keeps a name like `concat:a|b` or `http://…` from being more than a name.
pub(crate) fn file_url(path: &Path) -> io::Result<CString> {
    #[cfg(unix)]
    let name = std::os::unix::ffi::OsStrExt::as_bytes(path.as_os_str());
    #[cfg(not(unix))]
    let name = path
        .to_str()
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "its name is not Unicode"))?
        .as_bytes();
    CString::new([b"file:", name].concat())
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidInput, "its name holds a zero byte"))
}

/// libav's error as the system's, where it is one.
pub(crate) fn io_error(error: ffmpeg::Error) -> io::Error {
    match error {
        ffmpeg::Error::Other { errno } => io::Error::from_raw_os_error(errno),
        other => io::Error::other(other.to_string()),
    }
}

/// A return code of libav's: negative is an error.
pub(crate) fn check(code: i32) -> Result<i32, ffmpeg::Error> {
    if code < 0 { Err(ffmpeg::Error::from(code)) } else { Ok(code) }
}
