//! The body: 33 landmarks in the picture and in metres.

mod clothing;
mod heat_map;
mod landmarker;
mod paced;
mod probe;
mod reader;
mod tracker;

pub(crate) use landmarker::{PoseLandmarker, PoseModel, PoseReading, Segmentation};
pub use paced::{PacedPoseTracker, Posed};
pub use probe::PoseProbe;
pub(crate) use reader::BodyReader;
pub use tracker::{PoseSeen, PoseTracker, TrackerOptions};
pub(crate) use tracker::{most_prominent, roi_of};
