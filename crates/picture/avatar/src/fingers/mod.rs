//! Fingers: those of a hand that the still shows do what the driver's do.
//!
//! A finger's bone takes the direction that the driver's has in the frame of its own palm, as seen from where the still sees
//! *its* palm: so a fist closes whichever way either hand is turned. A billboard's texture can shorten and bend but shows no
//! other side, and hands are small and often blurred: every bone is held to what a picture of it bears, and to the still's own
//! where the driver's is not surely seen. Landmarks are those of Zhang et al., "MediaPipe Hands" (2020).

mod palm;
mod rest;
mod skin;
#[cfg(test)]
mod tests;
mod track;

use frame::hand;
use glam::Vec2;

pub(crate) use palm::HandPoints;
use rest::Role;
pub(crate) use rest::{HandRest, follow};
pub(crate) use skin::HandSkin;
pub(crate) use track::HandTrack;

use crate::Side;

/// Fingers of a hand, the thumb first.
const FINGERS: usize = 5;
/// Bones of a finger, from its knuckle outwards.
const BONES: usize = 3;
/// Half a finger's thickness, in lengths of the palm from the wrist to the middle knuckle.
const THICKNESS: f32 = 0.1;

/// A value for each bone of each finger.
type PerBone<T> = [[T; BONES]; FINGERS];

/// The landmarks at both ends of a bone of a finger.
const fn ends(finger: usize, bone: usize) -> [usize; 2] {
    let knuckle = hand::THUMB_CMC + 4 * finger + bone;
    [knuckle, knuckle + 1]
}

/// A value of every bone.
fn per_bone<T>(mut value: impl FnMut(usize, usize) -> T) -> PerBone<T> {
    std::array::from_fn(|finger| std::array::from_fn(|bone| value(finger, bone)))
}

/// What the fingers of one hand do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HandShape {
    /// Each bone in the frame of the same bone at rest, thumb first, knuckle to tip: x along it and y across it, which is 90°
    /// from along x to along y of the picture, both in its length at rest.
    bones: PerBone<Vec2>,
}

impl Default for HandShape {
    /// The still's own.
    fn default() -> Self {
        Self { bones: [[Vec2::X; BONES]; FINGERS] }
    }
}

impl HandShape {
    /// The shape on the way from this one to `other`, of which `share`, 0 … 1, is done.
    pub(crate) fn between(&self, other: &Self, share: f32) -> Self {
        Self { bones: per_bone(|f, b| self.bones[f][b].lerp(other.bones[f][b], share)) }
    }
}

/// What the fingers of both hands do.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Hands {
    /// The subject's left.
    pub left: HandShape,
    /// The subject's right.
    pub right: HandShape,
}

impl Hands {
    /// The hands on the way from these to `other`, of which `share`, 0 … 1, is done.
    pub(crate) fn between(&self, other: &Self, share: f32) -> Self {
        Self { left: self.left.between(&other.left, share), right: self.right.between(&other.right, share) }
    }
}

impl std::ops::Index<Side> for Hands {
    type Output = HandShape;

    fn index(&self, side: Side) -> &HandShape {
        match side {
            Side::Left => &self.left,
            Side::Right => &self.right,
        }
    }
}

impl std::ops::IndexMut<Side> for Hands {
    fn index_mut(&mut self, side: Side) -> &mut HandShape {
        match side {
            Side::Left => &mut self.left,
            Side::Right => &mut self.right,
        }
    }
}
