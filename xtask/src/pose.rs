//! What a choreographer sets: turns of the torso, directions of the limbs, places of the feet, the face.

use glam::{Vec2, Vec3};

/// One of the subject's two sides. In a frontal view the left one is on the right of the picture, at positive x.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// The subject's left, +x.
    Left,
    /// The subject's right, −x.
    Right,
}

impl Side {
    /// Both, in the order of every two-element array here.
    pub(crate) const BOTH: [Self; 2] = [Self::Left, Self::Right];

    /// +1 on the left, −1 on the right: the sign of x when facing the camera.
    pub(crate) const fn sign(self) -> f32 {
        match self {
            Self::Left => 1.0,
            Self::Right => -1.0,
        }
    }

    /// Turns (out, up, forward) into (x, up, forward), so that one number describes both sides.
    pub(crate) fn mirrored(self, v: Vec3) -> Vec3 {
        Vec3::new(v.x * self.sign(), v.y, v.z)
    }
}

/// Turn of a torso segment: yaw turns to the subject's left, pitch bows forward, roll leans to the subject's left.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Turn {
    /// About the vertical, radians.
    pub(crate) yaw_rad: f32,
    /// About the axis from right to left, radians.
    pub(crate) pitch_rad: f32,
    /// About the axis towards the viewer, radians.
    pub(crate) roll_rad: f32,
}

impl Turn {
    /// The turn as a rotation of the rest pose.
    pub(crate) fn rotation(self) -> glam::Quat {
        glam::Quat::from_rotation_y(self.yaw_rad)
            * glam::Quat::from_rotation_z(-self.roll_rad)
            * glam::Quat::from_rotation_x(self.pitch_rad)
    }
}

/// An arm by the directions of its bones in the chest's (out, up, forward); lengths do not matter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct ArmPose {
    /// Shoulder to elbow.
    pub(crate) upper: Vec3,
    /// Elbow to wrist.
    pub(crate) fore: Vec3,
    /// Wrist to the knuckles.
    pub(crate) hand: Vec3,
    /// Where the palm looks; only the part across the hand counts.
    pub(crate) palm: Vec3,
    /// 0 fingers straight … 1 a loose fist.
    pub(crate) curl: f32,
    /// 0 fingers together … 1 spread.
    pub(crate) spread: f32,
    /// How far the shoulder is lifted, metres.
    pub(crate) shrug: f32,
}

/// A foot by its ball, the point that stays when the heel lifts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct FootPose {
    /// The ball of the foot in the world, metres; y is its height over the floor.
    pub(crate) ball: Vec3,
    /// Toes turned to the subject's left, radians.
    pub(crate) yaw_rad: f32,
    /// Heel lifted about the ball, radians.
    pub(crate) heel_rad: f32,
}

/// The face.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct FacePose {
    /// 0 open … 1 shut.
    pub(crate) blink: f32,
    /// 0 neutral … 1 a broad smile.
    pub(crate) smile: f32,
    /// 0 lips closed … 1 wide open.
    pub(crate) mouth_open: f32,
    /// −1 frown … 1 raised.
    pub(crate) brows: f32,
    /// Of the irises from their rest, as a share of what the eye allows; x to the subject's left, y up.
    pub(crate) gaze: Vec2,
}

/// A whole pose.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Pose {
    /// Middle of the hips on the floor plan: x and z, metres.
    pub(crate) pelvis: Vec2,
    /// How far the hips sink below the highest that the legs allow, metres.
    pub(crate) sink: f32,
    /// The pelvis in the world.
    pub(crate) hips: Turn,
    /// The chest in the world.
    pub(crate) chest: Turn,
    /// The head in the world.
    pub(crate) head: Turn,
    /// Left, right.
    pub(crate) arms: [ArmPose; 2],
    /// Left, right.
    pub(crate) feet: [FootPose; 2],
    /// The face.
    pub(crate) face: FacePose,
}
