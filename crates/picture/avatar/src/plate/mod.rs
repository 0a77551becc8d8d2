//! The still without its subject: what is behind the character when it moves.

mod background;
mod completion;
mod membrane;
mod patch_field;
mod remoteness;
mod vote;

pub use background::BackgroundPlate;
pub use completion::{Completion, patchmatch_fill};
