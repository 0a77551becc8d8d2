//! What a person did over a clip: the landmarks of every frame, and the smooth track that drives a character.

pub mod bvh;
mod clip;
mod filter;
mod head;
mod named;
mod segment;
mod sketch;
mod stored;
mod track;

pub(crate) use filter::percentile;

pub use clip::{ClipQuality, MotionClip};
pub use head::head_from_canonical;
pub use named::{NamedClip, NamedPerson, NamedPersonError};
pub use segment::{PerSegment, Segment};
pub use sketch::sketch;
pub use track::DrivingTrack;
