use frame::{BodyLandmarks, Person, Size};
use glam::Vec2;

use super::{median, torso_px};
use crate::retarget::Pose;
use crate::{Joint, Joints, Side, lift};

/// Limbs whose ends are nearer than this in the picture, in lengths of the trunk, point at the viewer: their direction is noise.
const SHORTEST: f32 = 0.3;

/// A landmark of the driver that is less likely to be seen than this is a guess, by which nothing is judged.
const SEEN: f32 = 0.6;

/// How far the limbs that are seen in what was drawn point from where they were to point.
#[derive(Clone, Debug, Default)]
pub struct PoseErrors {
    degrees: Vec<f32>,
}

/// Where a posed character is in its picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Surroundings {
    /// The middle of the hips, in pixels.
    pub hips: Vec2,
    /// From the hips to the middle of the shoulders.
    pub up: Vec2,
    /// From the hips to the furthest joint, in pixels.
    pub radius_px: f32,
}

impl Surroundings {
    /// Of a pose.
    pub fn of(pose: &Pose) -> Self {
        let hips = pose.joints[Joint::Pelvis].truncate();
        let reach = Joint::ALL.iter().map(|&joint| pose.joints[joint].truncate().distance(hips));
        Self { hips, up: pose.joints[Joint::Chest].truncate() - hips, radius_px: reach.fold(1.0, f32::max) }
    }
}

/// The limbs by which a pose in a picture of `size` can be judged: upper and lower arms, thighs, shins and the sides of the trunk
/// that lie in it and are at least 0.3 of the trunk long there.
pub fn shown_limbs(pose: &Pose, size: Size) -> impl Iterator<Item = [Joint; 2]> {
    let shortest = (SHORTEST * torso_px(&pose.joints)).max(1.0);
    limbs()
        .filter(move |limb| limb.iter().all(|&joint| size.contains(pose.joints[joint].truncate())))
        .filter(move |&limb| direction(&pose.joints, limb).length() >= shortest)
}

/// The [`shown_limbs`] of a drawn pose that are seen in its driver, whose pictures have `driver_size`.
pub fn known_limbs(pose: &Pose, size: Size, driver: &Person, driver_size: Size) -> Vec<[Joint; 2]> {
    let is_seen = |joint: Joint| {
        joint.landmarks().into_iter().all(|i| {
            let landmark = driver.body[i];
            landmark.visibility >= SEEN && driver_size.contains(landmark.xy())
        })
    };
    shown_limbs(pose, size).filter(|limb| limb.iter().all(|&joint| is_seen(joint))).collect()
}

impl PoseErrors {
    /// Adds the limbs of a pose, as they are seen in what was drawn.
    pub fn compare(&mut self, pose: &Pose, limbs: &[[Joint; 2]], seen: &BodyLandmarks) {
        let seen = Joints::from_body_points(&lift(seen).0);
        let angles = limbs
            .iter()
            .map(|&limb| direction(&pose.joints, limb).angle_to(direction(&seen, limb)).abs().to_degrees());
        self.degrees.extend(angles);
    }

    /// The median angle in the picture, in degrees; `None` without limbs.
    pub fn median_deg(&self) -> Option<f64> {
        median(self.degrees.clone()).map(f64::from)
    }

    /// The share of the limbs that are less than `degrees` off; `None` without limbs.
    pub fn share_within(&self, degrees: f32) -> Option<f64> {
        let within = self.degrees.iter().filter(|&&error| error < degrees).count();
        (!self.degrees.is_empty()).then(|| within as f64 / self.degrees.len() as f64)
    }
}

fn limbs() -> impl Iterator<Item = [Joint; 2]> {
    use Joint::{Ankle, Elbow, Hip, Knee, Shoulder, Wrist};
    let of = |s: Side| {
        [
            [Shoulder(s), Elbow(s)],
            [Elbow(s), Wrist(s)],
            [Hip(s), Knee(s)],
            [Knee(s), Ankle(s)],
            [Shoulder(s), Hip(s)],
        ]
    };
    Side::BOTH.into_iter().flat_map(of)
}

fn direction(joints: &Joints, [from, to]: [Joint; 2]) -> Vec2 {
    joints[to].truncate() - joints[from].truncate()
}

#[cfg(test)]
mod tests {
    use frame::body;
    use glam::Vec3;

    use super::super::fixture::{SIZE, standing};
    use super::*;
    use crate::retarget::CharacterRest;

    fn errors(seen: &BodyLandmarks) -> PoseErrors {
        let driver = standing();
        let pose = Pose::at_rest(&CharacterRest::new(SIZE, &driver));
        let mut errors = PoseErrors::default();
        errors.compare(&pose, &known_limbs(&pose, SIZE, &driver, SIZE), seen);
        errors
    }

    #[test]
    fn what_is_drawn_as_asked_has_no_error_and_spoiled_arms_have() {
        let seen = standing().body;
        let exact = errors(&seen);
        assert!(exact.median_deg().unwrap() < 0.01);
        assert_eq!(exact.share_within(15.0), Some(1.0));

        let mut spoiled = seen;
        for wrist in [body::LEFT_WRIST, body::RIGHT_WRIST] {
            spoiled.points_mut()[wrist].image.y += 30.0;
        }
        assert_eq!(errors(&spoiled).share_within(15.0), Some(0.8), "two forearms of ten limbs are off");
        for point in spoiled.points_mut() {
            point.image = Vec3::new(130.0 - point.image.y, point.image.x, 0.0);
        }
        assert!(errors(&spoiled).median_deg().unwrap() > 85.0, "lying down");
    }

    #[test]
    fn a_limb_that_the_driver_hides_or_the_picture_cuts_judges_nothing() {
        let mut driver = standing();
        let pose = Pose::at_rest(&CharacterRest::new(SIZE, &driver));
        assert_eq!(known_limbs(&pose, SIZE, &driver, SIZE).len(), 10);
        assert_eq!(
            known_limbs(&pose, Size::new(200, 200), &driver, SIZE).len(),
            8,
            "both ankles are cut off"
        );
        driver.body.points_mut()[body::LEFT_ELBOW].visibility = 0.1;
        assert_eq!(known_limbs(&pose, SIZE, &driver, SIZE).len(), 8, "upper arm and forearm");
    }
}
