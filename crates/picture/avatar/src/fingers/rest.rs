use std::f32::consts::{PI, TAU};

use frame::hand::WRIST;
use glam::{Quat, Vec2, Vec3};

use super::palm::{HandPoints, Palm, bone_of_body};
use super::track::HandSeen;
use super::{BONES, FINGERS, HandShape, HandTrack, PerBone, THICKNESS, ends, per_bone};
use crate::parts::distance_to_segment;
use crate::retarget::Pose;
use crate::{Joint, Side, smoothstep};

/// How far a bone may turn from where it is in the still, from the knuckle outwards: fingers bend that much, and what would
/// turn further is not in the texture.
const MOST_RAD: [f32; BONES] = [1.0, 1.3, 1.5];
/// The shortest and the longest that a bone gets in the picture, in its length in the still.
const LENGTHS: std::ops::Range<f32> = 0.5..1.2;
/// The furthest that it leans over, in that length.
const LEAN: f32 = 0.6;
/// A bone that is seen shorter than this, in its length in space, shows too little of itself to be moved.
const FLAT: f32 = 0.45;
/// A finger that is folded further back over its palm, as the cosine of the turn between them in the picture, covers it.
const LEAST_COSINE: f32 = 0.2;
/// The furthest that a finger is off the mean of all, and the thumb off its own place, in its length: between it and its neighbour
/// the skin stretches, or folds.
const SPREAD: f32 = 0.3;
/// Fingers nearer to each other than this, in their thickness, cover each other.
const COVERED: f32 = 0.55;
/// How far fingers go along with those of a driver who shows the other side of his hand.
const OTHER_SIDE: f32 = 0.5;
/// A driver's hand that is believed less than this moves nothing.
const LEAST_SHARE: f32 = 1e-3;
/// The fewest fingers that can be told of a hand of which any is moved.
const LEAST_FINGERS: usize = 3;
/// The narrowest that a palm is seen of which they are, in its length: from its edge its fingers lie behind each other.
const LEAST_WIDTH: f32 = 0.33;
/// The furthest that a hand bends at the wrist after its own landmarks rather than after the body's.
const MOST_BEND_RAD: f32 = 0.6;
/// Landmarks of the hand and the body that are further at odds about where the still's hand points are not of one hand.
const MOST_TURN_RAD: f32 = 0.9;

/// What becomes of a finger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// It does what the driver's does.
    Moved,
    /// It lies over or under one that is moved, and goes with it.
    Covered,
    /// It stays with the palm: too little of it is seen.
    Stiff,
}

/// A hand of the still whose fingers can be told, in the pixels of its sheet's texture.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct HandRest {
    points: HandPoints,
    palm: Palm,
    roles: [Role; FINGERS],
    /// How far each finger is apart from those beside it: 0 where they touch, their landmarks a thickness apart or less, … 1.
    apart: [f32; FINGERS],
    /// The turn in the picture from the rig's own bone of the hand to where the landmarks have it, radians.
    turn_rad: f32,
}

impl HandRest {
    /// The hand at these landmarks, its bone in the rig being `bone`; none if the two are at odds. Of one that shows too little
    /// of its fingers all are stiff, and it bends at the wrist alone.
    pub(crate) fn new(points: HandPoints, bone: Vec2) -> Option<Self> {
        let palm = Palm::of(&points)?;
        let turn_rad = bone.angle_to(bone_of_body(&points));
        let mut roles = roles(&points, &palm);
        let is = |role: Role| roles.iter().filter(move |&&other| other == role).count();
        let are_seen = is(Role::Moved) >= 2 && is(Role::Moved) + is(Role::Covered) >= LEAST_FINGERS;
        if !are_seen || palm.width * palm.image_from_palm.z_axis.z.abs() < LEAST_WIDTH {
            roles = [Role::Stiff; FINGERS];
        }
        let apart = std::array::from_fn(|finger| {
            let beside = (0..FINGERS).filter(|&other| other != finger && roles[other] == Role::Moved);
            let gap = beside.map(|other| gap(&points, finger, other)).fold(f32::INFINITY, f32::min);
            smoothstep((gap / (2.0 * THICKNESS * palm.length) - 0.6) / 1.25)
        });
        (turn_rad.abs() < MOST_TURN_RAD).then_some(Self { points, palm, roles, apart, turn_rad })
    }

    /// The landmarks in the texture.
    pub(super) fn point(&self, landmark: usize) -> Vec2 {
        self.points[landmark].truncate()
    }

    /// The joints of each finger in the texture, knuckle to tip.
    pub(super) fn fingers(&self) -> [[Vec2; BONES + 1]; FINGERS] {
        std::array::from_fn(|f| std::array::from_fn(|i| self.point(ends(f, 0)[0] + i)))
    }

    /// Everything `factor` times as large.
    pub(super) fn scale(&mut self, factor: f32) {
        self.points.iter_mut().for_each(|p| *p *= factor);
        self.palm.length *= factor;
    }

    /// From the wrist to the middle knuckle in space, pixels.
    pub(super) const fn palm_length(&self) -> f32 {
        self.palm.length
    }

    /// Whether a place is on a finger or so near to one that its skin is stretched.
    pub(crate) fn is_near_fingers(&self, place: Vec2) -> bool {
        const REACH: f32 = 2.0 * THICKNESS;
        let near = |finger: usize, bone: usize| {
            let [from, to] = ends(finger, bone).map(|i| self.point(i));
            distance_to_segment(place, from, to) < REACH * self.palm.length
        };
        (0..FINGERS)
            .any(|finger| self.roles[finger] != Role::Stiff && (0..BONES).any(|bone| near(finger, bone)))
    }

    pub(super) fn role(&self, finger: usize) -> Role {
        self.roles[finger]
    }

    /// The turn at the wrist from where the driver's body has its hand to where the hand's own landmarks have it, less that of
    /// the still.
    fn bend_rad(&self, driver: &HandSeen) -> f32 {
        let turn = (driver.turn.to_angle() - self.turn_rad + PI).rem_euclid(TAU) - PI;
        driver.turn_trust * turn.clamp(-MOST_BEND_RAD, MOST_BEND_RAD)
    }

    /// What the fingers do after a driver's.
    fn shape(&self, driver: &HandSeen) -> HandShape {
        let same_side = smoothstep(0.5 + driver.facing * self.palm.image_from_palm.z_axis.z);
        let share = driver.trust * (OTHER_SIDE + (1.0 - OTHER_SIDE) * same_side);
        let rest = self.palm.directions(&self.points);
        let bones = per_bone(|finger, bone| {
            if self.roles[finger] != Role::Moved || share < LEAST_SHARE {
                return Vec2::X;
            }
            let direction =
                turned(rest[finger][bone], driver.directions[finger][bone], share, MOST_RAD[bone]);
            let [from, to] = ends(finger, bone).map(|i| self.points[i]);
            let length = (to - from).length();
            let along = (to - from).truncate();
            let now = (self.palm.image_from_palm * direction).truncate() * length;
            held(Vec2::new(now.dot(along), along.perp_dot(now)) / along.length_squared().max(1e-3))
        });
        HandShape { bones: self.together(bones) }
    }

    /// Fingers that touch in the still move together: between them the texture has nothing to show. A thumb that touches stays.
    fn together(&self, bones: PerBone<Vec2>) -> PerBone<Vec2> {
        let fingers = || (1..FINGERS).filter(|&finger| self.roles[finger] == Role::Moved);
        let mean = |bone: usize| {
            fingers().map(|finger| bones[finger][bone]).sum::<Vec2>() / fingers().count().max(1) as f32
        };
        per_bone(|finger, bone| {
            let own = bones[finger][bone];
            match (self.roles[finger], finger) {
                (Role::Moved, 0) => Vec2::X + (own - Vec2::X).clamp_length_max(SPREAD) * self.apart[finger],
                (Role::Moved, _) => {
                    let off = (own - mean(bone)).clamp_length_max(SPREAD);
                    mean(bone) + off * self.apart[finger]
                }
                (Role::Covered | Role::Stiff, _) => Vec2::X,
            }
        })
    }
}

/// Lets one hand of every pose, and its fingers, do what the driver's do in the same frame.
pub(crate) fn follow(poses: &mut [Pose], side: Side, rest: &HandRest, track: &HandTrack) {
    for (pose, driver) in poses.iter_mut().zip(&track.frames) {
        pose.hands[side] = rest.shape(driver);
        let wrist = pose.joints[Joint::Wrist(side)];
        let hand = &mut pose.joints[Joint::Hand(side)];
        let bone = Vec2::from_angle(rest.bend_rad(driver)).rotate((*hand - wrist).truncate());
        *hand = (wrist.truncate() + bone).extend(hand.z);
    }
}

/// What each finger is to do, by how the still shows it.
fn roles(points: &HandPoints, palm: &Palm) -> [Role; FINGERS] {
    let between = |from: usize, to: usize| points[to] - points[from];
    let is_flat = |finger: usize, bone: usize| {
        let [from, to] = ends(finger, bone);
        between(from, to).truncate().length() > FLAT * between(from, to).length()
    };
    let is_unfolded = |finger: usize| {
        let [knuckle, tip] = [ends(finger, 0)[0], ends(finger, BONES - 1)[1]];
        let [palm, finger] = [between(WRIST, knuckle), between(knuckle, tip)].map(Vec3::truncate);
        palm.dot(finger) > LEAST_COSINE * palm.length() * finger.length()
    };
    let mut roles = [Role::Stiff; FINGERS];
    // The thumb last: before the others it stays.
    for finger in [1, 2, 3, 4, 0] {
        let covers = |other: usize| gap(points, finger, other) < COVERED * 2.0 * THICKNESS * palm.length;
        let is_covered = (0..FINGERS).any(|other| roles[other] == Role::Moved && covers(other));
        roles[finger] =
            match (is_unfolded(finger) && (0..BONES).all(|bone| is_flat(finger, bone)), is_covered) {
                (true, false) => Role::Moved,
                (true, true) if finger > 0 => Role::Covered,
                _ => Role::Stiff,
            };
    }
    roles
}

/// The distance between two fingers, from the first joint after the knuckle to the tip, pixels.
fn gap(points: &HandPoints, finger: usize, other: usize) -> f32 {
    let joints =
        |finger: usize| points[ends(finger, 0)[1]..=ends(finger, BONES - 1)[1]].iter().map(|p| p.truncate());
    let to_other = |place: Vec2| {
        let bones = joints(other).zip(joints(other).skip(1));
        bones.map(|(from, to)| distance_to_segment(place, from, to)).fold(f32::INFINITY, f32::min)
    };
    joints(finger).map(to_other).fold(f32::INFINITY, f32::min)
}

/// `from` turned towards `to` by a share of the way, at most so far.
fn turned(from: Vec3, to: Vec3, share: f32, most_rad: f32) -> Vec3 {
    let angle = from.angle_between(to);
    let whole = Quat::from_rotation_arc(from, to);
    let share = share * (most_rad / angle.max(1e-3)).min(1.0);
    Quat::IDENTITY.slerp(whole, share) * from
}

/// A bone as far as a picture of it can be bent: gently up to the bounds.
fn held(bone: Vec2) -> Vec2 {
    Vec2::new(bone.x.clamp(LENGTHS.start, LENGTHS.end), LEAN * (bone.y / LEAN).tanh())
}
