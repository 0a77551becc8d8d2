//! The crate's face, over clips made by the `ffmpeg` command and, where they are, real ones.

#![allow(clippy::unwrap_used)]

mod bad_video;
mod clips;
mod reading;
mod real;
mod sound;
mod stills;
mod writing;
