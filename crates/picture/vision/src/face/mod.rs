//! The face: the canonical mesh with refined lips, eyes and irises.

mod landmarker;
mod refinement;
mod tracker;

pub(crate) use tracker::FaceFinder;
pub use tracker::FaceTracker;
