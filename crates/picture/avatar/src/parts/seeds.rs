use frame::Plane;
use glam::Vec2;

use super::Part;
use super::anatomy::distance_to_segment;
use super::evidence::{Evidence, centre};
use super::hem::HemLine;
use crate::filter::{Mask, area, difference, fill_disc, fill_polygon, intersection, stroke_polyline};
use crate::{Joint, Limb, PerLimb, Side};

/// Least seeds, in pixels, that make a part.
const LEAST_SEEDS: usize = 4;

/// Pixels that surely belong to each part, on the subject. A limb that is not in the picture, or wholly under a skirt, has
/// none.
pub(super) struct Seeds {
    /// Trunk, head, neck, hair, and the middle of a skirt.
    pub(super) core: Mask,
    /// A line along the bones of each limb.
    pub(super) limbs: PerLimb<Option<Mask>>,
}

impl Seeds {
    /// Draws them.
    pub(super) fn draw(
        evidence: &Evidence,
        hands: &PerLimb<bool>,
        hair: &Mask,
        hem: Option<HemLine>,
    ) -> Self {
        let mut limbs = PerLimb::default();
        for side in Side::BOTH {
            let (arm, leg) = (Limb::Arm(side), Limb::Leg(side));
            limbs[arm] = arm_seeds(evidence, side, hands[arm]).map(|seeds| difference(&seeds, hair));
            limbs[leg] = leg_seeds(evidence, side, hands, hem);
        }
        for limb in Limb::ALL {
            let on_person = limbs[limb].take().map(|seeds| intersection(&seeds, &evidence.person));
            limbs[limb] = on_person.filter(|seeds| area(seeds) >= LEAST_SEEDS);
        }
        Self { core: core_seeds(evidence, &limbs, hair, hem), limbs }
    }

    /// The seeds of a part; none if it has none.
    pub(super) fn of(&self, part: Part) -> Option<&Mask> {
        match part {
            Part::Core => Some(&self.core),
            Part::Limb(limb) => self.limbs[limb].as_ref(),
        }
    }
}

/// The bones that an arm is seen to have: to the knuckles if the fingers' own lines go on, beyond them if not, and only to
/// the wrist if the hand is hidden.
pub(super) fn arm_line(evidence: &Evidence, side: Side, hand_visible: bool) -> [Vec2; 4] {
    let [shoulder, elbow, wrist, hand] = evidence.anatomy.chain(Limb::Arm(side));
    let reach = match (evidence.hand(side), hand_visible) {
        (Some(_), _) => 0.8,
        (None, true) => 1.5,
        (None, false) => 0.3,
    };
    [shoulder, elbow, wrist, wrist + (hand - wrist) * reach]
}

fn arm_seeds(evidence: &Evidence, side: Side, hand_visible: bool) -> Option<Mask> {
    let arm = Limb::Arm(side);
    if !evidence.anatomy.present[arm] {
        return None;
    }
    let [shoulder, elbow, wrist, end] = arm_line(evidence, side, hand_visible);
    let line = [shoulder.lerp(elbow, 0.3), elbow, wrist, end];
    let radius = evidence.anatomy.radius[arm];
    // Beside the trunk an upper arm is taken for nothing else.
    let mut seeds = Plane::filled(evidence.size(), false);
    stroke_polyline(&mut seeds, &line[..2], 1.35 * radius);
    let mut torso = Plane::filled(evidence.size(), false);
    fill_polygon(&mut torso, &evidence.anatomy.torso());
    seeds = difference(&seeds, &torso);
    stroke_polyline(&mut seeds, &line, 0.5 * radius);
    if let Some(hand) = evidence.hand(side) {
        for finger in hand.fingers() {
            stroke_polyline(&mut seeds, &finger, 0.2 * hand.palm_width());
        }
    }
    Some(seeds)
}

fn leg_seeds(evidence: &Evidence, side: Side, hands: &PerLimb<bool>, hem: Option<HemLine>) -> Option<Mask> {
    let anatomy = &evidence.anatomy;
    let leg = Limb::Leg(side);
    if !anatomy.present[leg] {
        return None;
    }
    let mut seeds = Plane::filled(evidence.size(), false);
    let [hip, knee, ankle, toe] = anatomy.chain(leg);
    stroke_polyline(&mut seeds, &[hip.lerp(knee, 0.25), knee, ankle, toe], 0.5 * anatomy.radius[leg]);
    for side in Side::BOTH {
        // A hand over a thigh is before it.
        if hands[Limb::Arm(side)] {
            let [_, _, wrist, hand] = anatomy.chain(Limb::Arm(side));
            let mut over = Plane::filled(evidence.size(), false);
            stroke_polyline(
                &mut over,
                &[wrist, wrist + (hand - wrist) * 1.8],
                1.2 * anatomy.radius[Limb::Arm(side)],
            );
            seeds = difference(&seeds, &over);
        }
    }
    if let Some(hem) = hem {
        let margin = hem_margin(evidence);
        keep(&mut seeds, |p| hem.below(p) > margin);
    }
    Some(seeds)
}

/// How far the hem may be from where it was found, in pixels.
pub(super) fn hem_margin(evidence: &Evidence) -> f32 {
    0.35 * evidence.anatomy.radius[Limb::Leg(Side::Left)].min(evidence.anatomy.radius[Limb::Leg(Side::Right)])
}

fn core_seeds(evidence: &Evidence, limbs: &PerLimb<Option<Mask>>, hair: &Mask, hem: Option<HemLine>) -> Mask {
    use Joint::{Chest, Head, Hip, Pelvis, Shoulder};
    use Side::{Left, Right};
    let anatomy = &evidence.anatomy;
    let mut core = Plane::filled(evidence.size(), false);
    fill_polygon(
        &mut core,
        &[
            anatomy.between(Shoulder(Left), Chest, 0.3),
            anatomy.between(Hip(Left), Pelvis, 0.25),
            anatomy.between(Hip(Right), Pelvis, 0.25),
            anatomy.between(Shoulder(Right), Chest, 0.3),
        ],
    );
    let (head, chest) = (anatomy.at(Head), anatomy.at(Chest));
    let head_radius = (0.42 * head.distance(chest)).max(2.0);
    fill_disc(&mut core, head, head_radius);
    stroke_polyline(&mut core, &[head, chest], 0.5 * head_radius);
    for side in Side::BOTH {
        let arm = Limb::Arm(side);
        if limbs[arm].is_some() {
            let [shoulder, elbow, wrist, hand] = anatomy.chain(arm);
            let mut over = Plane::filled(evidence.size(), false);
            let line = [shoulder.lerp(elbow, 0.45), elbow, wrist, hand];
            stroke_polyline(&mut over, &line, 1.5 * anatomy.radius[arm]);
            core = difference(&core, &over);
        }
    }
    if let Some(hem) = hem {
        let mut skirt = skirt_seeds(evidence, hem);
        for arm in Side::BOTH.map(Limb::Arm) {
            if let Some(seeds) = &limbs[arm] {
                skirt = difference(&skirt, &crate::filter::dilate_square(seeds, 2));
            }
        }
        core = crate::filter::union(&core, &skirt);
    }
    // Hair before an arm belongs to the core, but what is beside it there does not.
    let mut free_hair = hair.clone();
    keep(&mut free_hair, |p| {
        Side::BOTH.map(Limb::Arm).into_iter().all(|arm| {
            let [shoulder, elbow, ..] = anatomy.chain(arm);
            limbs[arm].is_none() || distance_to_segment(p, shoulder, elbow) > 1.3 * anatomy.radius[arm]
        })
    });
    intersection(&crate::filter::union(&core, &free_hair), &evidence.person)
}

/// Between the thighs, from the hips to a little above the hem.
fn skirt_seeds(evidence: &Evidence, hem: HemLine) -> Mask {
    let anatomy = &evidence.anatomy;
    let mut skirt = Plane::filled(evidence.size(), false);
    let [left, right] = Side::BOTH.map(|side| anatomy.along_leg(side, hem.along_legs));
    fill_polygon(
        &mut skirt,
        &[anatomy.at(Joint::Hip(Side::Left)), left, right, anatomy.at(Joint::Hip(Side::Right))],
    );
    let margin = hem_margin(evidence);
    keep(&mut skirt, |p| hem.below(p) < -margin);
    skirt
}

fn keep(mask: &mut Mask, wanted: impl Fn(Vec2) -> bool) {
    for y in 0..mask.height() {
        for (x, set) in mask.row_mut(y).iter_mut().enumerate() {
            *set = *set && wanted(centre(x, y));
        }
    }
}
