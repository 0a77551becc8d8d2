//! Which part of the body each pixel of the still belongs to.
//!
//! Each part grows from seeds along its bones to where it meets its neighbours, the cheapest way through the picture; an
//! arm's border, and a leg's below a hem, is then drawn again by its colours. What hangs before a limb is the core's: hair,
//! and everything above a hem. All of it happens at half the still's size.

mod anatomy;
mod cloth;
mod clues;
mod cut;
mod ears;
mod evidence;
mod features;
mod fragments;
mod geodesic;
mod gmm;
mod hair;
mod hands;
mod hem;
mod rivals;
mod seam;
mod seeds;
mod territories;
mod upsample;

use frame::{Plane, SrgbPlane};
use glam::Vec2;

pub(crate) use anatomy::{Anatomy, LimbRoot, distance_to_polyline, distance_to_segment};
pub(crate) use cloth::{is_same_cloth, is_same_in_light, is_same_in_other_light};
pub use ears::Ear;
pub(crate) use evidence::{centre, median};
pub(crate) use features::{Face, Hand, hands_at_wrists, has_neck};
pub(crate) use geodesic::geodesic_distance;
pub(crate) use gmm::ColourModel;
pub(crate) use hair::hair_from_behind;

use clues::Clues;
use evidence::Evidence;
use territories::Territories;

use crate::filter::{self, Mask};
use crate::{Joints, Limb, PerLimb, Side};

/// What is known of the still when its parts are sought; every plane has the analysis size (long side ≤ 960).
pub struct Still<'a> {
    /// The picture.
    pub image: &'a SrgbPlane,
    /// The repaired matte, 0 … 1.
    pub matte: &'a Plane<f32>,
    /// The subject's own colours, free of the old background.
    pub foreground: &'a SrgbPlane,
    /// What was seen of the subject, in pixels of these planes.
    pub person: &'a frame::Person,
    /// The subject's joints, in pixels of these planes.
    pub joints: &'a Joints,
}

/// A part of the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// Trunk, head, hair and whatever hangs from them: a skirt, a coat.
    Core,
    /// An arm or a leg.
    Limb(Limb),
}

impl Part {
    /// The core, then the limbs in the order of [`Limb::ALL`].
    pub const ALL: [Self; 5] = [
        Self::Core,
        Self::Limb(Limb::ALL[0]),
        Self::Limb(Limb::ALL[1]),
        Self::Limb(Limb::ALL[2]),
        Self::Limb(Limb::ALL[3]),
    ];

    /// Position in [`Self::ALL`].
    pub const fn index(self) -> usize {
        match self {
            Self::Core => 0,
            Self::Limb(limb) => 1 + limb.index(),
        }
    }
}

/// What is known of one limb of the still.
#[derive(Clone, Debug)]
pub struct LimbRegion {
    /// Typical half width in pixels: 0.19 of the upper arm, less if the arm is seen to be thin; 0.22 of the thigh.
    pub radius_px: f32,
    /// The same where it blends with the trunk: an arm's sleeve may be wide there, and hips are wider than thighs.
    pub root_radius_px: f32,
    /// Distance in pixels to the border of the limb's label, positive inside, as if the labels went on outside the matte.
    pub signed_distance: Plane<f32>,
    /// Arms: pixels near the bones that show the core's hair, behind some of which the arm goes on; where there are enough.
    pub under_hair: Option<Mask>,
    /// Arms: whether the hand can be seen (not in a pocket or behind the back).
    pub hand_visible: bool,
}

/// The lower edge of a skirt, dress or long coat, above which the legs are hidden.
#[derive(Clone, Debug)]
pub struct Hem {
    /// Place along the legs: 0 hips, 1 knees, 2 ankles.
    pub along_legs: f32,
    /// The pixels above it.
    pub above: Mask,
}

/// The parts of a still.
#[derive(Clone, Debug)]
pub struct PartMap {
    /// The part of every pixel; outside the matte, that of the nearest pixel inside.
    pub labels: Plane<Part>,
    /// Distance in pixels to the border of the core, positive inside.
    pub core_signed_distance: Plane<f32>,
    /// The limbs that are in the picture: an arm if its elbow is, the legs if both knees are and something of them shows below
    /// the hem.
    pub limbs: PerLimb<Option<LimbRegion>>,
    /// Where the still wears a skirt, a dress or a long coat.
    pub hem: Option<Hem>,
    /// The hair of the head, wherever it falls; nothing without a face.
    pub hair: Mask,
    /// Hair that is seen through gaps between the trunk and an arm: behind both.
    pub hair_behind: Mask,
    /// The bare ears beside the face, of the subject's left and right.
    pub ears: [Option<Ear>; 2],
}

impl PartMap {
    /// The parts of a character whose arms stay as they lie: they belong to the core.
    #[must_use]
    pub fn with_arms_at_rest(&self) -> Self {
        let labels = self.labels.map(|&label| match label {
            Part::Limb(Limb::Arm(_)) => Part::Core,
            other => other,
        });
        let mut limbs = self.limbs.clone();
        Side::BOTH.into_iter().for_each(|side| limbs[Limb::Arm(side)] = None);
        let core_signed_distance = filter::signed_distance(&labels.map(|&label| label == Part::Core));
        let (hem, hair, hair_behind) = (self.hem.clone(), self.hair.clone(), self.hair_behind.clone());
        Self { labels, core_signed_distance, limbs, hem, hair, hair_behind, ears: self.ears }
    }
}

/// Finds the parts of a still. Whatever the still holds, every pixel gets a label: the core's if there is nothing better.
pub fn find_parts(still: &Still<'_>) -> PartMap {
    let evidence = Evidence::new(still);
    let clues = Clues::new(&evidence);
    let territories = Territories::new(&evidence, &clues);
    let mut labels = territories.nearest();
    for (label, _) in labels.pixels_mut().iter_mut().zip(clues.hair.locks.pixels()).filter(|(_, hair)| **hair)
    {
        *label = Part::Core;
    }
    for limb in Limb::ALL {
        // Between a leg and what hides it there is a change of colour; between a leg and the hips above it there may be none.
        if limb.is_arm() || clues.hem.is_some() {
            cut::recut(&evidence, &clues, &territories, limb, &mut labels);
        }
    }
    fragments::merge_fragments(&mut labels, &evidence.person, &clues.seeds);
    let person = filter::threshold(still.matte, 0.5);
    let mut labels = upsample::upsample(&labels, &evidence, still.foreground);
    let hair = filter::resize_nearest(&clues.hair.locks, labels.size());
    for arm in Side::BOTH.map(Limb::Arm).into_iter().filter(|&arm| clues.seeds.limbs[arm].is_some()) {
        let radius_px = 2.0 * evidence.anatomy.radius[arm];
        seam::smooth_seam(&mut labels, arm, still.foreground, [&person, &hair], radius_px);
    }
    let labels = upsample::extend(&labels, &person);
    let (hair_behind, has_hair_behind) = hair::behind_arms(&evidence, &clues.hair, &labels);
    let region = |limb: Limb| {
        clues.seeds.limbs[limb].as_ref()?;
        let own = labels.map(|&label| label == Part::Limb(limb));
        let radius_px = 2.0 * evidence.anatomy.radius[limb];
        let chain = evidence.anatomy.chain(limb).map(|joint| joint * 2.0);
        let root_radius_px = if limb.is_arm() {
            sleeve_radius_px(&filter::intersection(&own, &person), chain, radius_px)
        } else {
            1.3 * radius_px
        };
        Some(LimbRegion {
            radius_px,
            root_radius_px,
            signed_distance: filter::signed_distance(&own),
            under_hair: hair::over_limb(&evidence, &clues.hair.locks, limb, &labels)
                .filter(|_| !has_hair_behind[limb]),
            hand_visible: clues.hand_visible[limb],
        })
    };
    PartMap {
        core_signed_distance: filter::signed_distance(&labels.map(|&label| label == Part::Core)),
        limbs: PerLimb(Limb::ALL.map(region)),
        hem: clues.hem.map(|hem| Hem {
            along_legs: hem.along_legs,
            above: Plane::from_fn(labels.size(), |x, y| {
                hem.below(centre(x as usize, y as usize) * 0.5) < 0.0
            }),
        }),
        hair_behind,
        ears: ears::find_ears(still),
        hair,
        labels,
    }
}

/// Half the width of an upper arm's sleeve in pixels, at least the arm's own: that of the widest disc about its bone's upper half that
/// lies within what is seen of the arm.
fn sleeve_radius_px(own: &Mask, [shoulder, elbow, ..]: [Vec2; 4], radius_px: f32) -> f32 {
    const WIDEST: f32 = 2.2;
    let reach = WIDEST * radius_px;
    let depth = filter::signed_distance(own);
    let near = filter::places(own)
        .filter(|&(x, y)| distance_to_polyline(centre(x, y), &[shoulder, shoulder.lerp(elbow, 0.5)]) < reach);
    near.map(|(x, y)| depth.get(x, y)).fold(radius_px, f32::max).min(reach)
}
