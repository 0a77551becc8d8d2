use frame::{BodyLandmark, BodyLandmarks, body};
use glam::{Vec2, Vec3};

use super::branch::Branch;
use super::limbs::Limbs;
use super::plan::Plan;
use super::silhouette::Silhouette;
use crate::parts::distance_to_polyline;
use crate::{Limb, Side};

/// The likelihood of a landmark that the outline shows; of one that the figure does not have it is nought.
const SEEN: f32 = 0.9;
/// The height that a figure is taken to have, whatever it is.
const HEIGHT_M: f32 = 1.7;

/// The 33 landmarks of a body that faces us flat in the picture.
pub(super) fn body_landmarks(silhouette: &Silhouette, plan: &Plan, limbs: &Limbs) -> BodyLandmarks {
    let mut places = [(Vec2::ZERO, SEEN); body::COUNT];
    for (index, offset) in HEAD {
        let seen = if plan.has_neck || index == body::NOSE { SEEN } else { 0.0 };
        places[index] = (plan.head + Vec2::from(offset) * plan.head_radius, seen);
    }
    for (i, side) in Side::BOTH.into_iter().enumerate() {
        let at = |left: usize| left + i;
        let (shoulder, hip) = (plan.shoulders[i], plan.hips[i]);
        let (arm, arm_seen) = match &limbs.branches[Limb::Arm(side)] {
            Some(branch) => (arm_chain(branch), SEEN),
            None => (hanging(shoulder, hip), 0.0),
        };
        let [elbow, wrist, tip] = arm;
        let across = 0.2 * (tip - wrist).perp();
        let (leg, leg_seen) = match &limbs.branches[Limb::Leg(side)] {
            Some(branch) => (leg_chain(branch), SEEN),
            None => (hanging(hip, standing_place(silhouette, plan, hip)), 0.0),
        };
        let [knee, ankle, toe] = leg;
        let knuckles = wrist.lerp(tip, 0.6);
        for (left, place, seen) in [
            (body::LEFT_SHOULDER, shoulder, SEEN),
            (body::LEFT_ELBOW, elbow, arm_seen),
            (body::LEFT_WRIST, wrist, arm_seen),
            (body::LEFT_PINKY, knuckles + across, arm_seen),
            (body::LEFT_INDEX, knuckles - across, arm_seen),
            (body::LEFT_THUMB, wrist.lerp(tip, 0.4) - 1.5 * across, arm_seen),
            (body::LEFT_HIP, hip, SEEN),
            (body::LEFT_KNEE, knee, leg_seen),
            (body::LEFT_ANKLE, ankle, leg_seen),
            (body::LEFT_HEEL, ankle - 0.3 * (toe - ankle), leg_seen),
            (body::LEFT_TOE, toe, leg_seen),
        ] {
            places[at(left)] = (place, seen);
        }
    }
    in_space(silhouette, plan, &places)
}

/// Where the head's landmarks lie about the middle of the ears, in half widths of the head.
const HEAD: [(usize, [f32; 2]); 11] = [
    (body::NOSE, [0.0, 0.0]),
    (1, [0.2, -0.2]),
    (body::LEFT_EYE, [0.3, -0.2]),
    (3, [0.4, -0.2]),
    (4, [-0.2, -0.2]),
    (body::RIGHT_EYE, [-0.3, -0.2]),
    (6, [-0.4, -0.2]),
    (body::LEFT_EAR, [0.8, 0.0]),
    (body::RIGHT_EAR, [-0.8, 0.0]),
    (body::MOUTH_LEFT, [0.2, 0.35]),
    (body::MOUTH_RIGHT, [-0.2, 0.35]),
];

fn in_space(silhouette: &Silhouette, plan: &Plan, places: &[(Vec2, f32); body::COUNT]) -> BodyLandmarks {
    let px_per_metre = (silhouette.height() * silhouette.px_per_cell / HEIGHT_M).max(1e-3);
    let pelvis = silhouette.in_picture(0.5 * (plan.hips[0] + plan.hips[1]));
    let landmark = |index: usize| {
        let (place, seen) = places[index];
        let image = silhouette.in_picture(place);
        // The nose is nearer than the ears, or the head would face nowhere.
        let depth_px =
            if index == body::NOSE { -0.5 * plan.head_radius.max(2.0) * silhouette.px_per_cell } else { 0.0 };
        let world: Vec3 = ((image - pelvis) / px_per_metre).extend(depth_px / px_per_metre);
        BodyLandmark { image: image.extend(depth_px), world, visibility: seen, presence: seen }
    };
    BodyLandmarks::new((0..body::COUNT).map(landmark).collect()).expect("a landmark for every index")
}

/// Elbow, wrist and finger tips of an arm: where a chain of three bones stays nearest to the middle of the branch, which may be
/// bent like a sickle, but in doubt where a straight arm has them.
fn arm_chain(arm: &Branch) -> [Vec2; 3] {
    const ELBOWS: std::ops::RangeInclusive<usize> = 30..=62;
    const STRAIGHT: f32 = 0.45;
    /// What an elbow elsewhere must gain, in lengths of the branch per length that it is away.
    const GAIN: f32 = 0.05;
    let chain = |elbow: f32| [arm.at(elbow), arm.at(elbow + 0.68 * (1.0 - elbow)), arm.tip()];
    let cost = |elbow: f32| {
        let [joint, wrist, tip] = chain(elbow);
        let off = |&place: &Vec2| distance_to_polyline(place, &[arm.root(), joint, wrist, tip]);
        let farthest = arm.line.iter().map(off).fold(0.0, f32::max);
        farthest + GAIN * arm.length() * (elbow - STRAIGHT).abs()
    };
    let elbows = ELBOWS.map(|percent| 0.01 * percent as f32);
    chain(elbows.min_by(|&a, &b| cost(a).total_cmp(&cost(b))).unwrap_or(STRAIGHT))
}

/// Knee, ankle and toe of a leg.
fn leg_chain(leg: &Branch) -> [Vec2; 3] {
    let ankle = bend(leg, [0.0, 1.0], [0.55, 0.92], 0.08).unwrap_or(0.88);
    let knee = bend(leg, [0.0, ankle], [0.35 * ankle, 0.65 * ankle], 0.1).unwrap_or(0.5 * ankle);
    [leg.at(knee), leg.at(ankle), leg.tip()]
}

/// Where within `range` a branch is farthest from the straight line between its places at `ends`, if that is more than
/// `least` of its length: it has a joint there.
fn bend(branch: &Branch, ends: [f32; 2], range: [f32; 2], least: f32) -> Option<f32> {
    let [from, to] = ends.map(|share| branch.at(share));
    let across = (to - from).normalize_or(Vec2::Y).perp();
    let off = |share: f32| (branch.at(share) - from).dot(across).abs();
    let shares = (0..=40).map(|i| range[0] + (range[1] - range[0]) * i as f32 / 40.0);
    let farthest = shares.max_by(|&a, &b| off(a).total_cmp(&off(b)))?;
    (off(farthest) > least * branch.length()).then_some(farthest)
}

/// Where the joints of a limb would be that the figure does not have: half way down to `end`, nearly there, and there.
fn hanging(from: Vec2, end: Vec2) -> [Vec2; 3] {
    [from.lerp(end, 0.5), from.lerp(end, 0.92), end]
}

/// Where a foot would stand below a hip: at the end of the body, below the picture if the body is cut by it.
fn standing_place(silhouette: &Silhouette, plan: &Plan, hip: Vec2) -> Vec2 {
    let further = if silhouette.is_cut_below { 0.6 * silhouette.height() } else { 0.0 };
    Vec2::new(hip.x, plan.foot.y + further)
}
