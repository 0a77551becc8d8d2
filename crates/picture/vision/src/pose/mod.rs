//! The body: 33 landmarks in the picture and in metres.

mod heat_map;
mod landmarker;
mod tracker;

pub use landmarker::PoseModel;
pub(crate) use landmarker::{PoseLandmarker, PoseReading, Segmentation};
pub use tracker::{PoseSeen, PoseTracker, TrackerOptions};
pub(crate) use tracker::{most_prominent, roi_of};
