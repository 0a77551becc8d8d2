use frame::hand::{INDEX_MCP, MIDDLE_MCP, PINKY_MCP, WRIST};
use glam::{Mat3, Vec2, Vec3};

use super::{PerBone, ends, per_bone};

/// A hand's landmarks: x, y in pixels of the picture, z in the same about the wrist, smaller is nearer.
pub(crate) type HandPoints = [Vec3; frame::hand::COUNT];

/// The frame of a palm in the picture's space.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Palm {
    /// Columns: from the index to the little finger, from the wrist to the fingers, and their cross product, which points out of a
    /// left palm and out of the back of a right hand.
    pub(super) image_from_palm: Mat3,
    /// From the wrist to the knuckle of the middle finger, pixels.
    pub(super) length: f32,
    /// From the knuckle of the index to that of the little finger across it, in its length.
    pub(super) width: f32,
}

impl Palm {
    /// The palm of these landmarks; none if they do not span one.
    pub(super) fn of(points: &HandPoints) -> Option<Self> {
        let along = points[MIDDLE_MCP] - points[WRIST];
        let (length, y) = (along.length(), along.try_normalize()?);
        let across = (points[PINKY_MCP] - points[INDEX_MCP]).reject_from_normalized(y);
        let x = across.try_normalize()?;
        (length.is_finite() && length > 1.0).then(|| Self {
            image_from_palm: Mat3::from_cols(x, y, x.cross(y)),
            length,
            width: across.length() / length,
        })
    }

    /// The directions of the fingers' bones in the palm's frame, unit vectors.
    pub(super) fn directions(&self, points: &HandPoints) -> PerBone<Vec3> {
        let palm_from_image = self.image_from_palm.transpose();
        per_bone(|finger, bone| {
            let [from, to] = ends(finger, bone);
            palm_from_image * (points[to] - points[from]).normalize_or(self.image_from_palm.y_axis)
        })
    }
}

/// From the wrist to the middle of the knuckles of the index and the little finger in the picture: what the body's landmarks call
/// a hand.
pub(super) fn bone_of_body(points: &HandPoints) -> Vec2 {
    (points[INDEX_MCP].midpoint(points[PINKY_MCP]) - points[WRIST]).truncate()
}
