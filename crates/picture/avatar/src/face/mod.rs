//! The face: the driver's expression, carried from his mesh to the still's own.
//!
//! Both meshes are brought into one upright frame ([`CanonicalFace`]). An [`Expression`] is what the driver's mesh differs by
//! from his own face at ease; a [`FaceShape`] is what that makes of the character's. The head's turn is no part of either.

mod canonical;
mod expression;
mod mesh;
pub(crate) mod mouth;
mod points;
mod region;
mod shape;
#[cfg(test)]
mod tests;

pub use canonical::CanonicalFace;
pub use expression::{Ease, Expression, ExpressionTrack};
pub use shape::FaceShape;

pub(crate) use mesh::{FaceMesh, FaceOnRig};
pub(crate) use points::{BEFORE_EARS, CHIN, MESH};
pub(crate) use region::FaceRegion;
pub(crate) use shape::FaceRest;
