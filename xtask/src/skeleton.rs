//! From a pose to the places of the bones: torso by forward kinematics, legs by two-bone inverse kinematics.

use glam::{Quat, Vec2, Vec3};

use crate::pose::{ArmPose, FootPose, Pose, Side};
use crate::rigid::Rigid;

/// Lengths of a body, metres.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Proportions {
    /// Half the distance of the hip joints.
    pub(crate) hip_half_width: f32,
    /// Middle of the hips to middle of the shoulders.
    pub(crate) spine: f32,
    /// Half the distance of the shoulder joints.
    pub(crate) shoulder_half_width: f32,
    /// Middle of the shoulders to the base of the skull.
    pub(crate) neck: f32,
    /// Size of the head; 1 is 0.235 m from chin to crown.
    pub(crate) head_scale: f32,
    /// Shoulder to elbow.
    pub(crate) upper_arm: f32,
    /// Elbow to wrist.
    pub(crate) forearm: f32,
    /// Size of the hand; 1 is 0.18 m from wrist to fingertip.
    pub(crate) hand_scale: f32,
    /// Hip to knee.
    pub(crate) thigh: f32,
    /// Knee to ankle.
    pub(crate) shin: f32,
    /// Ankle over the sole.
    pub(crate) ankle_height: f32,
    /// Ankle to ball, along the floor.
    pub(crate) instep: f32,
}

/// A solved arm. Every frame's y axis runs along its bone.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arm {
    /// Which one.
    pub(crate) side: Side,
    /// At the shoulder; z points out of the elbow's crook.
    pub(crate) upper: Rigid,
    /// At the elbow; z as the palm's.
    pub(crate) fore: Rigid,
    /// At the wrist; y to the knuckles, z out of the palm.
    pub(crate) hand: Rigid,
    /// Of the fingers: 0 straight … 1 a loose fist.
    pub(crate) curl: f32,
    /// Of the fingers: 0 together … 1 fanned.
    pub(crate) spread: f32,
}

/// A solved leg. Every frame's y axis runs along its bone, z forward.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Leg {
    /// At the hip.
    pub(crate) thigh: Rigid,
    /// At the knee.
    pub(crate) shin: Rigid,
    /// At the ankle; y out of the instep, z to the toes.
    pub(crate) foot: Rigid,
}

/// A body in a pose.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Skeleton {
    /// Middle of the hips.
    pub(crate) pelvis: Rigid,
    /// Half-way up the spine.
    pub(crate) waist: Rigid,
    /// Middle of the shoulders.
    pub(crate) chest: Rigid,
    /// Base of the neck.
    pub(crate) neck: Rigid,
    /// Between the ears; z out of the face.
    pub(crate) head: Rigid,
    /// Left, right.
    pub(crate) arms: [Arm; 2],
    /// Left, right.
    pub(crate) legs: [Leg; 2],
}

/// Legs are never quite straight: the share of their length that the hip may stand from the ankle.
const LEG_REACH: f32 = 0.985;

impl Skeleton {
    /// The bones of a body of these proportions in `pose`.
    pub(crate) fn new(body: &Proportions, pose: &Pose) -> Self {
        let ankles = pose.feet.map(|foot| foot_frame(body, &foot));
        let hips = pose.hips.rotation();
        let hip_offsets =
            Side::BOTH.map(|side| hips * Vec3::new(side.sign() * body.hip_half_width, 0.0, 0.0));
        let ceiling = hip_ceiling(body, pose.pelvis, &hip_offsets, &[ankles[0].1.origin, ankles[1].1.origin]);
        let pelvis = Rigid::new(Vec3::new(pose.pelvis.x, ceiling - pose.sink, pose.pelvis.y), hips);

        let chest_turn = pose.chest.rotation();
        let middle = hips.slerp(chest_turn, 0.5);
        let lower = pelvis.world(Vec3::Y * body.spine * 0.22);
        let waist = Rigid::new(lower + middle * Vec3::Y * (body.spine * 0.18), middle);
        let upper = waist.world(Vec3::Y * body.spine * 0.18);
        let chest = Rigid::new(upper + chest_turn * Vec3::Y * (body.spine * 0.42), chest_turn);

        let head_turn = pose.head.rotation();
        let neck_turn = chest_turn.slerp(head_turn, 0.5);
        let neck = Rigid::new(chest.world(Vec3::new(0.0, 0.015, -0.012)), neck_turn);
        let skull = neck.world(Vec3::new(0.0, body.neck, 0.01));
        let head =
            Rigid::new(skull + head_turn * (Vec3::new(0.0, 0.075, 0.012) * body.head_scale), head_turn);

        Self {
            pelvis,
            waist,
            chest,
            neck,
            head,
            arms: [0, 1].map(|i| arm(body, &chest, Side::BOTH[i], &pose.arms[i])),
            legs: [0, 1].map(|i| leg(body, pelvis.origin + hip_offsets[i], ankles[i])),
        }
    }
}

/// The greatest height of the hips' middle at which both legs still reach their ankles.
fn hip_ceiling(body: &Proportions, pelvis: Vec2, hip_offsets: &[Vec3; 2], ankles: &[Vec3; 2]) -> f32 {
    let reach = (body.thigh + body.shin) * LEG_REACH;
    let height = |i: usize| {
        let hip = Vec2::new(pelvis.x + hip_offsets[i].x, pelvis.y + hip_offsets[i].z);
        let across = hip.distance_squared(Vec2::new(ankles[i].x, ankles[i].z));
        ankles[i].y + (reach * reach - across).max(0.01).sqrt() - hip_offsets[i].y
    };
    // A soft minimum: when the lower leg changes, the hips must not jerk.
    const SOFTNESS: f32 = 0.02;
    let (a, b) = (height(0), height(1));
    a.min(b) - SOFTNESS * (1.0 + (-(a - b).abs() / SOFTNESS).exp()).ln()
}

fn arm(body: &Proportions, chest: &Rigid, side: Side, pose: &ArmPose) -> Arm {
    let direction = |v: Vec3| (chest.axes * side.mirrored(v)).normalize_or(Vec3::NEG_Y);
    let (upper, fore, hand) = (direction(pose.upper), direction(pose.fore), direction(pose.hand));
    let palm = chest.axes * side.mirrored(pose.palm);

    // The shoulder blade follows a raised arm: up, and a little inwards.
    let raised = pose.upper.normalize_or_zero().y.max(0.0);
    let lift = Vec3::new(-0.022 * raised, -0.012 + 0.045 * raised + pose.shrug, 0.0);
    let shoulder = chest.world(side.mirrored(Vec3::X * body.shoulder_half_width + lift));
    let elbow = shoulder + upper * body.upper_arm;
    let wrist = elbow + fore * body.forearm;
    Arm {
        side,
        upper: Rigid::looking(shoulder, upper, fore),
        fore: Rigid::looking(elbow, fore, palm),
        hand: Rigid::looking(wrist, hand, palm),
        curl: pose.curl,
        spread: pose.spread,
    }
}

/// The ball's frame and the ankle's.
fn foot_frame(body: &Proportions, foot: &FootPose) -> (Rigid, Rigid) {
    let turn = Quat::from_rotation_y(foot.yaw_rad) * Quat::from_rotation_x(foot.heel_rad);
    let ball = Rigid::new(foot.ball, turn);
    (ball, ball.shifted(Vec3::new(0.0, body.ankle_height, -body.instep)))
}

fn leg(body: &Proportions, hip: Vec3, (ball, ankle): (Rigid, Rigid)) -> Leg {
    let toes = ball.axes.z_axis;
    let knee = two_bone_middle(hip, ankle.origin, body.thigh, body.shin, toes + Vec3::Z * 0.3);
    Leg {
        thigh: Rigid::looking(hip, knee - hip, toes),
        shin: Rigid::looking(knee, ankle.origin - knee, toes),
        foot: ankle,
    }
}

/// The middle joint of a chain of two bones from `root` to `tip` that bends towards `pole`.
/// The law of cosines; a tip out of reach is approached as far as the bones go.
pub(crate) fn two_bone_middle(root: Vec3, tip: Vec3, first: f32, second: f32, pole: Vec3) -> Vec3 {
    let line = tip - root;
    let length = line.length().clamp((first - second).abs() + 1e-4, first + second - 1e-4);
    let along = line.normalize_or(Vec3::NEG_Y);
    let bend = pole.reject_from(along).normalize_or(Vec3::Z);
    let cos = (first * first + length * length - second * second) / (2.0 * first * length);
    root + first * (along * cos + bend * (1.0 - cos * cos).max(0.0).sqrt())
}
