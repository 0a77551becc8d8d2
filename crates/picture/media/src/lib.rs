//! Pictures, video and sound in and out: the only crate that knows libav.
//!
//! In: [`read_still`] and [`VideoReader`] take a stranger's file and give upright sRGB pictures, a video's on one constant-rate
//! timeline. Out: [`VideoWriter`] makes an H.264 MP4 and [`LayerWriter`] a video with alpha, with a [`SoundTrack`] from the
//! driving clip if there is one.
//!
//! What is accepted is decided by magic bytes, never by names, and checked against [`Limits`] before anything large is
//! allocated. libav still answers some hostile files with `abort()` or by taking all memory: a server runs this crate in a
//! child process with its own limits.

// This crate calls C.
#![allow(unsafe_code)]

mod demux;
mod error;
mod installed;
mod libav;
mod limits;
mod orientation;
mod pixels;
mod probe;
mod read;
mod resize;
mod sniff;
mod sound;
mod still;
mod timeline;
mod write;

pub use error::MediaError;
pub use installed::{Installed, installed};
pub use limits::Limits;
pub use probe::{VideoInfo, probe};
pub use read::{ReadSettings, VideoReader};
pub use resize::{resize, resize_plane};
pub use sniff::{CHARACTER_ENTRIES, FileKind};
pub use sound::{SoundCodec, SoundTrack, sound_offset_secs};
pub use still::{StillImage, decode_still, encode_grey_png, encode_jpeg, encode_png, read_still};
pub use write::{EncodeSettings, LayerFormat, LayerWriter, Preset, VideoSummary, VideoWriter};
