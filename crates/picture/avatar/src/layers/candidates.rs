use frame::Plane;

use super::folded::is_folded;
use super::limb::limb_sheet;
use super::shoulder::with_shoulder;
use super::strip::straightened_arm;
use super::study::{Study, skin, soft_edge};
use super::{Rest, Sheet};
use crate::parts::centre;
use crate::{Limb, Side};

/// One way to have an arm.
#[derive(Clone, Debug)]
pub(crate) struct ArmCandidate {
    /// Its sheet.
    pub(crate) sheet: Sheet,
    /// How much of each pixel of the texture is seen in the still, 0 … 1; the rest is made up.
    pub(crate) seen: Plane<f32>,
}

/// How well an arm does when it moves.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct ArmFit {
    /// Share of the place of upper arm, forearm or hand, the one of which the least is seen, that shows what is seen of the arm in the
    /// still, 0 … 1.
    pub(crate) seen: f32,
    /// Mean logarithm, over what is drawn, of how many times more than [`BEARABLE_STRETCH`] the texture is stretched.
    pub(crate) stretch: f32,
    /// Share of what is drawn that is nowhere near where an arm is, 0 … 1.
    pub(crate) spill: f32,
}

/// Stretch that does not show yet.
pub(crate) const BEARABLE_STRETCH: f32 = 1.5;

impl ArmFit {
    /// What an arm costs that is drawn out or torn to pieces.
    fn harm(&self) -> f32 {
        /// Some of either is the lot of every elbow and every wide sleeve.
        const COMMON: f32 = 0.4;
        (self.stretch + self.spill - COMMON).max(0.0)
    }

    fn score(&self) -> f32 {
        self.seen - self.harm()
    }
}

/// By how much the other arm must do better to be shown in an arm's place: light falls on it from the wrong side, and what it wears or
/// holds is there twice.
const MIRROR_COST: f32 = 0.32;

/// One of an arm's candidates, tried out.
struct Tried {
    sheet: Sheet,
    score: f32,
}

/// The sheets of the arms that are in the picture, left first, each the one of its candidates that does best when `fit` tries it out: as
/// it lies in the still, laid out straight, or the other arm's mirror image.
pub(super) fn arm_sheets(study: &Study<'_>, fit: &(dyn Fn(&ArmCandidate) -> ArmFit + Sync)) -> Vec<Sheet> {
    let own = |side: Side| {
        let is_there = study.parts.limbs[Limb::Arm(side)].is_some();
        is_there.then(|| best_of_its_own(study, side, fit))
    };
    let (left, right) = rayon::join(|| own(Side::Left), || own(Side::Right));
    let shown = match (&left, &right) {
        (Some(left), Some(right)) => {
            [(Side::Left, left, right), (Side::Right, right, left)].map(|(side, own, other)| {
                let may_be_shown = other.sheet.rest == Rest::AsSeen;
                (may_be_shown && other.score - own.score > MIRROR_COST).then(|| mirrored(study, side))
            })
        }
        _ => [None, None],
    };
    let own = [left, right].map(|tried| tried.map(|tried| tried.sheet));
    shown.into_iter().zip(own).filter_map(|(mirrored, own)| mirrored.or(own)).collect()
}

/// The better one of the two ways to show what the still shows of an arm.
fn best_of_its_own(study: &Study<'_>, side: Side, fit: &(dyn Fn(&ArmCandidate) -> ArmFit + Sync)) -> Tried {
    let straightened = || {
        /// A straight sleeve is narrower than the one that it is made of.
        const NARROWER: f32 = 0.1;
        let candidate = straightened_arm(study, side);
        Tried { score: fit(&candidate).score() + NARROWER, sheet: candidate.sheet }
    };
    // A sleeve that ends in a pocket is bunched there: a hand can only be drawn on one that is laid out.
    let wants_hand = !study.shows_hand(side) && skin(study).is_some();
    if wants_hand || is_folded(study, side) {
        return straightened();
    }
    let sheet = with_shoulder(study, limb_sheet(study, Limb::Arm(side)));
    let seen = sheet.invented.map(|invented| 1.0 - invented);
    let candidate = ArmCandidate { sheet, seen };
    let found = fit(&candidate);
    let as_seen = Tried { score: found.score(), sheet: candidate.sheet };
    // An arm that can be bent as it lies only loses by being laid out.
    if found.harm() == 0.0 {
        return as_seen;
    }
    let straightened = straightened();
    if straightened.score > as_seen.score { straightened } else { as_seen }
}

/// The other arm in the place of one.
fn mirrored(study: &Study<'_>, side: Side) -> Sheet {
    let from = Limb::Arm(side.other());
    let mut sheet = limb_sheet(study, from);
    // What of its label lies beyond its round shoulder, such as a tip between hair and neck, would stand out from this one.
    let [shoulder, elbow, ..] = study.anatomy.chain(from);
    let radius = study.anatomy.radius[from];
    let width = sheet.coverage.width();
    for (i, coverage) in sheet.coverage.pixels_mut().iter_mut().enumerate() {
        let from_shoulder = centre(i % width, i / width) - shoulder;
        if from_shoulder.dot(elbow - shoulder) < 0.0 {
            *coverage = coverage.min(soft_edge(1.2 * radius - from_shoulder.length()));
        }
    }
    Sheet { kind: super::SheetKind::Limb(Limb::Arm(side)), rest: Rest::Mirrored { from }, ..sheet }
}
