//! What a person did over a clip: the landmarks of every frame, and the smooth track that drives a character.

pub mod bvh;
mod camera;
mod clip;
mod filter;
mod head;
mod leaving;
mod named;
mod segment;
mod shutter;
mod sides;
mod sketch;
mod steady;
mod stored;
mod track;
mod view;

pub(crate) use filter::{fill_gaps, gaussian, percentile};
pub(crate) use head::place_of_face;

pub use camera::CameraTracker;
pub use clip::{ClipQuality, MotionClip};
pub use head::head_from_canonical;
pub use named::{NamedClip, NamedPerson, NamedPersonError};
pub use segment::{PerSegment, Segment};
pub use shutter::ShutterMeter;
pub use sketch::sketch;
pub use steady::Steadied;
pub use track::DrivingTrack;
pub use view::View;
