//! What a person did over a clip: the landmarks of every frame, and the smooth track that drives a character.

mod clip;
mod filter;
mod head;
mod segment;
mod stored;
mod track;

pub(crate) use filter::{fill_gaps, gaussian, percentile};
pub(crate) use head::place_of_face;

pub use clip::{ClipQuality, MotionClip};
pub use head::head_from_canonical;
pub use segment::{PerSegment, Segment};
pub use track::DrivingTrack;
