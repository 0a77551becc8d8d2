//! The still without its subject: what is behind the character when it moves.

mod background;
mod cast_shadow;
mod completion;
mod ground_shadow;
mod light;
mod patch_field;
mod relight;
mod remoteness;
mod screened;
mod shadow_search;
mod shift_map;
mod stand;
#[cfg(test)]
mod test_scene;
mod vote;

pub use background::BackgroundPlate;
pub use cast_shadow::CastShadow;
pub use completion::{Completion, patchmatch_fill};
pub(crate) use shift_map::shifted_fill;
