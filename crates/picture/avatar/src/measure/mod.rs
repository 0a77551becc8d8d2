//! How well drawn pictures show what they were to show: mathematics over the pictures, the poses they were drawn in, and what
//! was seen in them again.

mod flicker;
mod identity;
mod jitter;
mod joint_bias;
mod pose_errors;

pub use flicker::Flicker;
pub use identity::Identity;
pub use jitter::jitter_ratio;
pub use joint_bias::{JointBias, JointSightings};
pub use pose_errors::{PoseErrors, Surroundings, known_limbs, shown_limbs};

use crate::{Joint, Joints};

/// The length of the trunk in the picture.
fn torso_px(joints: &Joints) -> f32 {
    joints[Joint::Chest].truncate().distance(joints[Joint::Pelvis].truncate())
}

/// The value in the middle; `None` of none.
fn median(mut values: Vec<f32>) -> Option<f32> {
    let middle = values.len() / 2;
    (!values.is_empty()).then(|| *values.select_nth_unstable_by(middle, f32::total_cmp).1)
}

#[cfg(test)]
mod fixture {
    use frame::{BodyLandmark, BodyLandmarks, Person, Size, body};
    use glam::Vec3;

    /// A figure 200 pixels high in the middle of a picture of 200 × 240, its arms held out, all of it seen.
    pub(super) const SIZE: Size = Size::new(200, 240);

    pub(super) fn standing() -> Person {
        let metres = |i: usize| {
            let side = if i % 2 == 1 { 1.0 } else { -1.0 };
            match i {
                body::LEFT_SHOULDER | body::RIGHT_SHOULDER => Vec3::new(0.2 * side, -0.5, 0.0),
                body::LEFT_ELBOW | body::RIGHT_ELBOW => Vec3::new(0.5 * side, -0.4, 0.0),
                body::LEFT_WRIST | body::RIGHT_WRIST => Vec3::new(0.75 * side, -0.3, 0.0),
                13..=22 => Vec3::new(0.8 * side, -0.3, 0.0),
                body::LEFT_HIP | body::RIGHT_HIP => Vec3::new(0.12 * side, 0.0, 0.0),
                body::LEFT_KNEE | body::RIGHT_KNEE => Vec3::new(0.13 * side, 0.45, 0.0),
                25.. => Vec3::new(0.14 * side, 0.85, 0.0),
                body::NOSE => Vec3::new(0.0, -0.72, -0.1),
                _ => Vec3::new(0.08 * side, -0.75, 0.0),
            }
        };
        let landmark = |i: usize| BodyLandmark {
            image: (metres(i) * 100.0).truncate().extend(0.0) + Vec3::new(100.0, 130.0, 0.0),
            world: metres(i),
            visibility: 1.0,
            presence: 1.0,
        };
        let body = BodyLandmarks::new((0..body::COUNT).map(landmark).collect()).unwrap();
        Person { body, left_hand: None, right_hand: None, face: None }
    }
}
