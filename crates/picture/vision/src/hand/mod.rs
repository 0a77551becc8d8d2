//! Hands: 21 landmarks each, looked for where the body says they are.

mod landmarker;
mod tracker;

pub(crate) use tracker::HandFinder;
pub use tracker::{Hands, HandsTracker};
