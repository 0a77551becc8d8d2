//! Motion as BVH, the Biovision hierarchy: what motion capture, animation programs and their libraries exchange.
//!
//! A file is a hierarchy of joints with offsets, and for every frame the rotations of all of them. Reading one gives a
//! [`MotionClip`](super::MotionClip) as if its figure had been filmed from the front; a driving track is written as one.

mod error;
mod joints;
mod kinematics;
mod read;
mod view;
mod write;

pub use error::BvhError;
pub use read::Bvh;
pub use write::to_bvh;
