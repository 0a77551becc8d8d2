//! What a person did over a clip: the landmarks of every frame, and the smooth track that drives a character.

mod clip;
mod filter;
mod head;
mod segment;
mod stored;
mod track;

pub(crate) use filter::percentile;

pub use clip::{ClipQuality, MotionClip};
pub use head::head_from_canonical;
pub use segment::{PerSegment, Segment};
pub use track::DrivingTrack;
