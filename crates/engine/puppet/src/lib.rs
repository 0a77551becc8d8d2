//! The CPU engine: a layered avatar made from the still, moved by landmarks tracked in the video.
//!
//! Two passes. The first follows the driving person and keeps landmarks alone, while the character is made from the
//! still beside it. The second draws every frame on its own and encodes in order. Memory does not grow with the length of
//! the clip but for the landmarks.

mod ahead;
mod analyse;
mod check;
mod engine;
mod keep;
mod limits;
mod ordered_map;
mod rejection;
mod render;
mod rig;
mod stopwatch;
mod warnings;

pub use engine::{NAME, PuppetEngine, capabilities};
pub use media::{Installed, installed as libav};
pub use vision::{VisionError, kernels, networks};
