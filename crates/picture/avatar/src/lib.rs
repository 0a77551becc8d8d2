//! The character: a layered 2.5-D textured avatar, made from one still and moved by landmarks. Pure mathematics: no
//! files, no video, no networks.
//!
//! A still becomes a [`Character`] once: part labels, [`layers`] with what was hidden invented, a mesh with skinning
//! weights, a background plate. A [`motion`] of landmarks becomes poses of that character by retargeting, and every pose
//! renders on its own, in any order.

mod character;
pub mod deform;
mod error;
pub mod face;
pub mod figure;
pub mod filter;
pub mod fingers;
pub mod layers;
pub mod matte;
mod maxflow;
pub mod measure;
pub mod motion;
pub mod parts;
pub mod plate;
pub mod render;
pub mod retarget;
pub mod rig;
mod rotation;
mod skeleton;
mod textures;
mod trial;

pub use character::{Character, CharacterSource, CharacterWarning, build_sheets};
pub use error::AvatarError;
pub use skeleton::{Joint, Joints, Limb, PerLimb, Side, lift};

/// Hermite ramp: 0 below 0, 1 above 1, `x²(3 − 2x)` between.
pub fn smoothstep(x: f32) -> f32 {
    let x = x.clamp(0.0, 1.0);
    x * x * (3.0 - 2.0 * x)
}
