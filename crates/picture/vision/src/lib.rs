//! What is in a picture: the body, the hands and the face of a person, and which pixels are the subject.
//!
//! The only crate that knows which networks there are ([`networks`]).

pub mod networks;

mod agreement;
mod detect;
mod error;
mod face;
mod hand;
mod matte;
mod people;
mod picture_network;
mod pose;
mod pyramid;
mod roi;
mod sample;
mod still;
mod tracker;

pub use error::{Result, VisionError};
pub use face::FaceTracker;
pub use hand::{Hands, HandsTracker};
pub use matte::find_matte;
pub use networks::Networks;
pub use people::PeopleFinder;
pub use pose::{PacedPoseTracker, PoseProbe, PoseSeen, PoseTracker, Posed, TrackerOptions};
pub use still::{Look, StillAnalyzer, StillPerson};
pub use tracker::{DetailTracker, Tracker};

/// The instruction set that the tracking networks use on this processor.
pub fn kernels() -> &'static str {
    tflite::Kernels::detect().name()
}
