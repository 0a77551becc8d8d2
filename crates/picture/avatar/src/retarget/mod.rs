//! A driver's motion carried over to a character of other proportions: joints as targets, no forward kinematics of angles.
//!
//! A new bone is the driver's own vector in the picture times a ratio of lengths. That keeps the driver's direction,
//! foreshortening and distance from the camera, all of which are seen far better in the picture than in estimated depth.

mod contact;
mod fit;
mod proportions;
mod reference;
mod rest;
mod root;
mod sway;
mod travel;

use glam::{Mat3, Vec3};

use crate::face::FaceShape;
use crate::fingers::{self, Hands};
use crate::motion::{DrivingTrack, Segment};
use crate::rotation::nearest_rotation;
use crate::{Joint, Joints, Side};

pub use rest::CharacterRest;
pub use sway::Sway;

use proportions::Proportions;
use reference::Reference;
use travel::Travel;

/// Whose facing the character takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Orientation {
    /// The driving video's: the character faces wherever the driver faces.
    #[default]
    Video,
    /// The still's: the driver's motion is turned about the vertical until, in the median, it faces as the still does.
    Image,
}

/// Where a character is in one frame.
#[derive(Clone, Debug, PartialEq)]
pub struct Pose {
    /// The joints in the character's picture.
    pub joints: Joints,
    /// Thickness of limbs, trunk and head relative to the still: the camera's distance.
    pub scale: f32,
    /// Turn of the head since the still, about the middle of the ears.
    pub head_rotation: Mat3,
    /// What the face does; `None` leaves it as the still has it.
    pub face: Option<FaceShape>,
    /// What the fingers do.
    pub hands: Hands,
    /// What hair and skirt do after it.
    pub sway: Sway,
}

impl Pose {
    /// The still itself.
    pub fn at_rest(rest: &CharacterRest) -> Self {
        Self {
            joints: rest.joints,
            scale: 1.0,
            head_rotation: Mat3::IDENTITY,
            face: None,
            hands: Hands::default(),
            sway: Sway::default(),
        }
    }

    /// The pose on the way from this one to `other`, of which `share`, 0 … 1, is done.
    pub fn between(&self, other: &Self, share: f32) -> Self {
        let face = match (&self.face, &other.face) {
            (Some(face), Some(other)) => Some(face.between(other, share)),
            (face, _) => face.clone(),
        };
        let turned = self.head_rotation * (1.0 - share) + other.head_rotation * share;
        Self {
            joints: self.joints.map(|joint, place| place.lerp(other.joints[joint], share)),
            scale: self.scale + (other.scale - self.scale) * share,
            head_rotation: nearest_rotation(turned),
            face,
            hands: self.hands.between(&other.hands, share),
            sway: self.sway.between(other.sway, share),
        }
    }
}

/// What a character does otherwise than its driver, for one of the two pictures shows less of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Adaptation {
    /// The driver's legs are not seen: the character stands on its own, as in the still.
    LegsAtRest,
    /// The driver sits: the character stands, as in the still, for it has nothing to sit on.
    StandsWhereDriverSits,
    /// The still is cut below: the driver's legs move nothing, and the cut stays at or below the picture's edge.
    CutEdgeKept,
}

impl Adaptation {
    /// The one that [`retarget`] makes for this pair, if it makes any.
    pub fn of(rest: &CharacterRest, track: &DrivingTrack) -> Option<Self> {
        let seen = Seen::of(rest, track);
        match (seen.whole_character, seen.driver_legs) {
            (true, false) if track.is_seated => Some(Self::StandsWhereDriverSits),
            (true, false) => Some(Self::LegsAtRest),
            (false, true) => Some(Self::CutEdgeKept),
            _ => None,
        }
    }
}

/// The character's pose in every frame of the track.
pub fn retarget(rest: &CharacterRest, track: &DrivingTrack, orientation: Orientation) -> Vec<Pose> {
    let turn = match orientation {
        Orientation::Video => Mat3::IDENTITY,
        Orientation::Image => turn_to_face_as(rest, track),
    };
    let driver: Vec<Joints> = track.joints.iter().map(|joints| turned(joints, turn)).collect();
    let Some(reference) = Reference::choose(rest, track, &driver) else {
        return Vec::new();
    };
    let proportions = Proportions::measure(rest, track, &driver, &reference);
    let seen = Seen::of(rest, track);
    let travel = Travel::of(rest, track, &driver, (&reference, &proportions), &seen);
    let proportions =
        proportions.at_size(travel.px_per_metre / track.px_per_metre[reference.frame].max(1e-6));
    let mut poses: Vec<Pose> = (0..driver.len())
        .map(|t| {
            let scale = seen.scale(travel.size(t));
            // What the character does not follow of the camera's distance is no motion of the body either.
            let driver = driver[t].map(|_, p| p * (scale / travel.nearer(t)));
            Pose {
                joints: shape(rest, &driver, &proportions, &seen, scale),
                scale,
                head_rotation: turn * track.head_from_canonical[t] * rest.head_from_canonical.transpose(),
                face: face(rest, track, t),
                hands: Hands::default(),
                sway: Sway::default(),
            }
        })
        .collect();
    for side in Side::BOTH.into_iter().filter(|_| seen.driver_arms) {
        if let (Some(hand), Some(track)) = (&rest.hands[side.index()], &track.hands[side.index()]) {
            fingers::follow(&mut poses, side, hand, track);
        }
    }
    root::place(&mut poses, rest, &driver, &proportions, (&reference, &travel), &seen);
    fit::into_picture(&mut poses, rest, &seen, reference.is_the_still());
    if seen.ground() {
        contact::hold_feet(&mut poses, &driver, track, &proportions, &travel);
    }
    sway::hang(&mut poses, rest, track.frame_rate.as_f64() as f32);
    poses
}

/// What the driver's expression makes of the character's face.
fn face(rest: &CharacterRest, track: &DrivingTrack, t: usize) -> Option<FaceShape> {
    let (rest, track) = (rest.face.as_ref()?, track.expressions.as_ref()?);
    Some(rest.shaped(track.frames.get(t)?, &track.ease))
}

/// Which parts of the body both pictures show.
struct Seen {
    /// The driver's hips: without them the trunk is guessed.
    driver_hips: bool,
    /// The driver's elbows and wrists: a speaker's arms below the picture's edge are guessed.
    driver_arms: bool,
    /// The driver's knees and ankles, and that he stands on them.
    driver_legs: bool,
    /// The character from head to ankles.
    whole_character: bool,
}

impl Seen {
    const ENOUGH: f32 = 0.5;

    fn of(rest: &CharacterRest, track: &DrivingTrack) -> Self {
        let seen = |segment| track.visibility[segment] > Self::ENOUGH;
        Self {
            driver_hips: seen(Segment::Hips),
            driver_arms: track.shows_arms(),
            driver_legs: seen(Segment::Thigh) && seen(Segment::Shin) && !track.is_seated,
            whole_character: rest.is_whole(),
        }
    }

    /// Both feet of both: heights can be measured from the ground.
    const fn ground(&self) -> bool {
        self.driver_legs && self.whole_character
    }

    /// The camera's distance, as far as the character can follow: one cut by the picture's lower edge must not shrink,
    /// or its cut would show.
    fn scale(&self, scale: f32) -> f32 {
        scale.clamp(if self.whole_character { 0.25 } else { 1.0 }, 4.0)
    }
}

/// The turn about the vertical from the driver's median facing to the still's.
fn turn_to_face_as(rest: &CharacterRest, track: &DrivingTrack) -> Mat3 {
    let across = |joints: &Joints| Segment::Shoulders.vector(joints, Side::Left);
    // The circular median is that of the angles about their circular mean.
    let headings = || track.joints.iter().map(across).map(|v| v.z.atan2(v.x));
    let mean = headings().map(f32::sin).sum::<f32>().atan2(headings().map(f32::cos).sum());
    let wrapped = headings()
        .map(|a| (a - mean + std::f32::consts::PI).rem_euclid(std::f32::consts::TAU) - std::f32::consts::PI);
    let median = mean + crate::motion::percentile(wrapped, 0.5);
    let v = across(&rest.joints);
    // glam turns z towards x for a positive angle about y; headings count from x towards z.
    Mat3::from_rotation_y(median - v.z.atan2(v.x))
}

fn turned(joints: &Joints, turn: Mat3) -> Joints {
    let pelvis = joints[Joint::Pelvis];
    joints.map(|_, p| pelvis + turn * (p - pelvis))
}

/// The longest a neck gets in the picture, in its length in the still: over whole clips people reach 1.05 … 1.16 of their
/// first frame. A still or a reference frame with a bowed head would lead to more.
const LONGEST_NECK: f32 = 1.15;

/// A segment's length in the still.
fn in_picture(rest: &CharacterRest, segment: Segment) -> f32 {
    segment.vector(&rest.joints, Side::Left).truncate().length()
}

/// The factor that makes a vector at most `length` long in the picture.
fn no_longer(vector: Vec3, length: f32) -> f32 {
    (length / vector.truncate().length().max(1e-3)).min(1.0)
}

/// The character's joints about a pelvis at the origin, at `scale` times its size in the still.
fn shape(
    rest: &CharacterRest,
    driver: &Joints,
    proportions: &Proportions,
    seen: &Seen,
    scale: f32,
) -> Joints {
    let mut joints = rest.joints;
    joints[Joint::Pelvis] = Vec3::ZERO;
    let vector =
        |segment: Segment, from: Joint, to: Joint| (driver[to] - driver[from]) * proportions.ratio[segment];
    joints[Joint::Chest] = match seen.driver_hips {
        true => vector(Segment::Spine, Joint::Pelvis, Joint::Chest),
        false => rest.joints[Joint::Chest] - rest.joints[Joint::Pelvis],
    };
    let (chest, pelvis) = (joints[Joint::Chest], joints[Joint::Pelvis]);
    let neck = vector(Segment::Neck, Joint::Chest, Joint::Head);
    joints[Joint::Head] =
        chest + neck * no_longer(neck, LONGEST_NECK * scale * in_picture(rest, Segment::Neck));
    for side in Side::BOTH {
        joints[Joint::Shoulder(side)] =
            chest + vector(Segment::Shoulders, Joint::Chest, Joint::Shoulder(side));
        joints[Joint::Hip(side)] = match seen.driver_hips {
            true => pelvis + vector(Segment::Hips, Joint::Pelvis, Joint::Hip(side)),
            false => rest.joints[Joint::Hip(side)] - rest.joints[Joint::Pelvis],
        };
        for segment in [Segment::UpperArm, Segment::Forearm, Segment::Hand] {
            let (from, to) = segment.ends(side);
            joints[to] = joints[from]
                + match seen.driver_arms {
                    true => vector(segment, from, to),
                    false => segment.vector(&rest.joints, side) * scale,
                };
        }
        for segment in [Segment::Thigh, Segment::Shin, Segment::Foot] {
            let (from, to) = segment.ends(side);
            joints[to] = joints[from]
                + match seen.ground() {
                    true => vector(segment, from, to),
                    false => segment.vector(&rest.joints, side) * scale,
                };
        }
    }
    joints
}
