//! Separate sheets of texture, one a part, with what was hidden invented: cloth behind the arms, the head from behind, limbs
//! under hair, hands and skirts. Arms that cannot be bent as they lie are laid out straight.

mod arm_outline;
mod back;
mod bare_arm;
mod candidates;
mod closed_back;
mod core;
mod folded;
mod hair;
mod hand;
mod invented_hand;
mod leg;
mod limb;
mod noise;
mod pattern;
mod plain_head;
mod print;
mod profile;
mod shoulder;
mod strands;
mod strip;
mod study;
mod trunk_outline;

use frame::{Plane, SrgbPlane};
use glam::Vec3;
use rayon::prelude::*;

use crate::fingers::HandPoints;
use crate::parts::{PartMap, Still};
use crate::{Limb, Side};

pub(crate) use candidates::{ArmCandidate, ArmFit, BEARABLE_STRETCH};
pub(crate) use shoulder::RoundShoulder;

/// Which sheet it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SheetKind {
    /// Trunk, head and skirt, seen from the front.
    Core,
    /// The same outline seen from behind: the far shell of the core.
    Back,
    /// An arm or a leg.
    Limb(Limb),
    /// The round shoulder of an arm that is shown as it lies in the still, to be seen while it is raised.
    Shoulder(Side),
}

/// Where a sheet's texture lies when the character is at rest.
#[derive(Clone, Debug, PartialEq)]
pub enum Rest {
    /// Where it lies in the still.
    AsSeen,
    /// Straightened into a strip whose joints, from the trunk outwards, are these (pixels of the texture).
    Strip([Vec3; 4]),
    /// The texture of the other side's limb, reflected about the spine and moved to this limb's first joint.
    Mirrored {
        /// The limb whose texture it is.
        from: Limb,
    },
}

/// One sheet of the character at the analysis size. Its colour in the end is the still's own, at full resolution, except
/// where `invented` says otherwise; its alpha is `max(coverage × matte, invented_alpha)`.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// Which part it is.
    pub kind: SheetKind,
    /// How it lies at rest. With [`Rest::Mirrored`] the planes are as the other limb lies.
    pub rest: Rest,
    /// Share of the matte that belongs to the sheet, 0 … 1, overlapping its neighbours near the joint.
    pub coverage: Plane<f32>,
    /// Alpha of what was invented, 0 … 1.
    pub invented_alpha: Plane<f32>,
    /// Colour of what was invented.
    pub fill: SrgbPlane,
    /// How much of the colour is `fill`, 0 … 1.
    pub invented: Plane<f32>,
    /// What the trunk's two show instead where they are seen from the side.
    pub from_side: Option<Overlay>,
    /// An arm's: the 21 landmarks of its hand in the texture, where they are seen well enough to move the fingers.
    pub hand: Option<HandPoints>,
}

/// Colours that are laid over a sheet's.
#[derive(Clone, Debug)]
pub struct Overlay {
    /// The colours.
    pub colour: SrgbPlane,
    /// How much they cover, 0 … 1.
    pub share: Plane<f32>,
}

impl Sheet {
    /// Its alpha, 0 … 1: its share of the matte, and what was invented beyond it.
    pub fn alpha(&self, matte: &Plane<f32>) -> Plane<f32> {
        self.coverage
            .zip_map(matte, |coverage, matte| coverage * matte)
            .zip_map(&self.invented_alpha, |seen, invented| seen.max(*invented))
    }
}

/// The sheets of a still: the core, its back, then the limbs that are in the picture in the order of [`Limb::ALL`], then round
/// shoulders. `fit` tries out an arm.
pub(crate) fn build_sheets(
    still: &Still<'_>,
    parts: &PartMap,
    fit: &(dyn Fn(&ArmCandidate) -> ArmFit + Sync),
) -> Vec<Sheet> {
    let study = study::Study::new(still, parts);
    let trunk = |study: &study::Study<'_>| {
        let print = print::Print::of(study);
        let hair = study.face.as_ref().and_then(|face| hair::head_of_hair(study, face));
        let front = core::core_sheet(study, print.as_ref(), hair.as_ref());
        let back = back::back_sheet(study, &front, print.as_ref(), hair.as_ref());
        [front, back]
    };
    let legs: Vec<Limb> = study.limbs().filter(|limb| !limb.is_arm()).collect();
    let legs = |study: &study::Study<'_>| {
        legs.par_iter().map(|&leg| limb::limb_sheet(study, leg)).collect::<Vec<_>>()
    };
    let others = |study: &study::Study<'_>| rayon::join(|| trunk(study), || legs(study));
    let arms = || {
        let arms = candidates::arm_sheets(&study, fit);
        let shoulders = arms.par_iter().filter_map(|arm| shoulder::round_shoulder(&study, arm)).collect();
        (arms, shoulders)
    };
    let (seen, (arms, shoulders)): (_, (_, Vec<Sheet>)) = rayon::join(|| others(&study), arms);
    let replaced = |sheet: &Sheet| match (sheet.kind, &sheet.rest) {
        (SheetKind::Limb(arm), Rest::Mirrored { .. }) => Some(arm),
        _ => None,
    };
    let (front_and_back, legs) = match arms.iter().find_map(replaced) {
        Some(arm) => others(&study.without_remains_of(arm)),
        None => seen,
    };
    front_and_back.into_iter().chain(arms).chain(legs).chain(shoulders).collect()
}
