//! Separate sheets of texture, one a part, with what was hidden invented: cloth behind the arms, the head from behind, limbs
//! under hair, hands and skirts. Arms that cannot be bent as they lie are laid out straight.

mod arm_outline;
mod back;
mod core;
mod hair;
mod hand;
mod invented_hand;
mod limb;
mod noise;
mod pattern;
mod plain_head;
mod print;
mod profile;
mod quality;
mod strands;
mod strip;
mod study;
mod trunk_outline;

use frame::{Plane, SrgbPlane};
use glam::Vec3;
use rayon::prelude::*;

use crate::Limb;
use crate::fingers::HandPoints;
use crate::parts::{PartMap, Still};
use quality::ArmTexture;

/// Which sheet it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SheetKind {
    /// Trunk, head and skirt, seen from the front.
    Core,
    /// The same outline seen from behind: the far shell of the core.
    Back,
    /// An arm or a leg.
    Limb(Limb),
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
    /// How it lies at rest. With [`Rest::Mirrored`] the planes are this limb's own and unused for drawing.
    pub rest: Rest,
    /// Share of the matte that belongs to the sheet, 0 … 1, overlapping its neighbours near the joint.
    pub coverage: Plane<f32>,
    /// Alpha of what was invented, 0 … 1.
    pub invented_alpha: Plane<f32>,
    /// Colour of what was invented.
    pub fill: SrgbPlane,
    /// How much of the colour is `fill`, 0 … 1.
    pub invented: Plane<f32>,
    /// An arm's: the 21 landmarks of its hand in the texture, where they are seen well enough to move the fingers.
    pub hand: Option<HandPoints>,
}

/// The sheets of a still: the core, its back, then the limbs that are in the picture in the order of [`Limb::ALL`].
pub fn build_sheets(still: &Still<'_>, parts: &PartMap) -> Vec<Sheet> {
    let study = study::Study::new(still, parts);
    let textures = quality::arm_textures(&study);
    let limbs: Vec<Limb> = study.limbs().collect();
    let trunk = || {
        let print = print::Print::of(&study);
        let front = core::core_sheet(&study, print.as_ref());
        let back = back::back_sheet(&study, &front, print.as_ref());
        [front, back]
    };
    let limb = |&limb: &Limb| match (limb, textures[limb]) {
        (Limb::Arm(side), ArmTexture::Straightened) => strip::straightened_arm(&study, side),
        (Limb::Arm(side), ArmTexture::Mirrored) => {
            let rest = Rest::Mirrored { from: Limb::Arm(side.other()) };
            Sheet { rest, ..limb::limb_sheet(&study, limb) }
        }
        _ => limb::limb_sheet(&study, limb),
    };
    let (trunk, limbs) = rayon::join(trunk, || limbs.par_iter().map(limb).collect::<Vec<_>>());
    trunk.into_iter().chain(limbs).collect()
}
