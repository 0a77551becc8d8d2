use std::io;
use std::path::{Path, PathBuf};

use frame::Size;

/// Why a picture, video or sound could not be read or written. Each message is one plain sentence: what was found and
/// what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum MediaError {
    /// The input cannot be opened or read: missing, forbidden, a folder, a failing disk.
    #[error("{} cannot be read ({source}); check the path and its permissions", path.display())]
    Unreadable {
        /// What was asked for.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },

    /// The bytes are no picture of a kind that is read.
    #[error("The image is {found}; send a JPEG, PNG or WebP image")]
    UnsupportedImage {
        /// What the bytes are, with its article.
        found: String,
    },
    /// The picture exceeds a limit on its sides, its area or its bytes.
    #[error("The image is {found}; send one of at most {limit}")]
    ImageTooLarge {
        /// What it measures, with the unit.
        found: String,
        /// The limit that it exceeds, with the unit.
        limit: String,
    },
    /// The picture is smaller than the least side.
    #[error("The image is {found} pixels; send one of at least {least_side_px} pixels a side")]
    ImageTooSmall {
        /// Its size.
        found: Size,
        /// The least side, in pixels.
        least_side_px: u32,
    },
    /// The picture breaks off or is corrupt.
    #[error("The image cannot be decoded ({reason}); save it again and send the new file")]
    DamagedImage {
        /// The decoder's reason.
        reason: String,
    },

    /// The bytes are no video of a kind that is read.
    #[error("The video is {found}; send an MP4, MOV or WebM file with H.264, HEVC, VP8, VP9 or AV1 video")]
    UnsupportedVideo {
        /// What the bytes are, with its article.
        found: String,
    },
    /// A container without pictures: sound alone, or cover art.
    #[error("The file has no video stream; send a video that shows a person")]
    NoVideoStream,
    /// The video exceeds a limit on its sides or its bytes.
    #[error("The video is {found}; send one of at most {limit}")]
    VideoTooLarge {
        /// What it measures, with the unit.
        found: String,
        /// The limit that it exceeds, with the unit.
        limit: String,
    },
    /// The video is smaller than the least side.
    #[error("The video is {found} pixels; send one of at least {least_side_px} pixels a side")]
    VideoTooSmall {
        /// Its upright size.
        found: Size,
        /// The least side, in pixels.
        least_side_px: u32,
    },
    /// The video lasts longer than it may.
    #[error("The video is {found_secs:.1} s; send one of at most {limit_secs} s")]
    VideoTooLong {
        /// Its length in seconds.
        found_secs: f64,
        /// The limit in seconds.
        limit_secs: f64,
    },
    /// The video is shorter than it must be.
    #[error("The video is {found_secs:.2} s; send one of at least {limit_secs} s")]
    VideoTooShort {
        /// Its length in seconds.
        found_secs: f64,
        /// The limit in seconds.
        limit_secs: f64,
    },
    /// The video breaks off or is corrupt beyond use.
    #[error("The video cannot be decoded ({reason}); export it again and send the new file")]
    DamagedVideo {
        /// What went wrong.
        reason: String,
    },

    /// The output cannot be created or written.
    #[error("{} cannot be written ({source}); choose a folder that exists and may be written to", path.display())]
    Unwritable {
        /// The final name of the output.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The file system has no room for the output.
    #[error("{} cannot be written: the disk is full; free some space and try again", path.display())]
    DiskFull {
        /// The final name of the output.
        path: PathBuf,
    },
    /// H.264 in 4:2:0 needs sides that divide by two.
    #[error(
        "A video of {found} pixels cannot be encoded; both sides must be even and at least {least_side_px}"
    )]
    UnencodableSize {
        /// The size asked for.
        found: Size,
        /// The least side, in pixels.
        least_side_px: u32,
    },
    /// A frame came whose size is not the video's.
    #[error("A frame of {found} pixels does not fit a video of {expected}")]
    FrameSizeMismatch {
        /// The video's size.
        expected: Size,
        /// The frame's size.
        found: Size,
    },
    /// A video without frames cannot be finished.
    #[error("No frame was written; a video needs at least one")]
    NothingWritten,
    /// An encoder or the muxer failed, or is missing from the installed libraries.
    #[error(
        "The video cannot be encoded ({reason}); check that FFmpeg's libraries are installed with libx264 and AAC"
    )]
    Encoder {
        /// What went wrong.
        reason: String,
    },
}

impl MediaError {
    /// What a file cannot be written for, by what the system says.
    pub fn of_writing(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull { path },
            _ => Self::Unwritable { path, source },
        }
    }
}
