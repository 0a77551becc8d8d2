//! The still without its subject: what is behind the character when it moves.

mod background;
mod cast_shadow;
mod completion;
mod membrane;
mod patch_field;
mod relight;
mod remoteness;
mod shadow_search;
mod vote;

pub use background::BackgroundPlate;
pub use cast_shadow::CastShadow;
pub use completion::{Completion, patchmatch_fill};
