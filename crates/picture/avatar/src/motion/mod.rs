//! What a person did over a clip: the landmarks of every frame, and the smooth track that drives a character.

mod camera;
mod clip;
mod filter;
mod head;
mod leaving;
mod segment;
mod steady;
mod stored;
mod track;
mod view;

pub(crate) use filter::percentile;

pub use camera::CameraTracker;
pub use clip::{ClipQuality, MotionClip};
pub use head::head_from_canonical;
pub use segment::{PerSegment, Segment};
pub use steady::Steadied;
pub use track::DrivingTrack;
pub use view::View;
