//! The CPU engine: a layered avatar made from the still, moved by landmarks tracked in the video.
//!
//! Two passes. The first follows the driving person and keeps landmarks alone, while the character is made from the
//! still beside it. The second draws every frame on its own and encodes in order. Memory does not grow with the length of
//! the clip but for the landmarks.

mod ahead;
mod analyse;
mod archive;
mod bias;
mod character_file;
mod check;
mod engine;
mod export;
mod inputs;
mod keep;
mod keeping;
mod limits;
mod measure;
mod ordered_map;
mod rejection;
mod render;
mod rig;
mod stopwatch;
mod subject;
mod warnings;
mod watch;

pub use archive::ArchiveError;
pub use character_file::{CharacterFile, CharacterFileError};
pub use engine::{NAME, PuppetEngine, capabilities};
pub use inputs::needs_networks;
pub use media::{Installed, installed as libav};
pub use vision::{VisionError, kernels, networks};
