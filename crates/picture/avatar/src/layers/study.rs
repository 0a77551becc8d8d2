use frame::{Plane, Size, SrgbPlane};
use glam::{Vec2, Vec3};

use super::trunk_outline::trunk_within_outline;
use super::{Rest, Sheet, SheetKind};
use crate::filter::{self, Mask, PixelRect, dilate_square, gaussian_blur, laplace_fill, sample_linear};
use crate::parts::{Anatomy, Face, Hand, LimbRoot, Part, PartMap, Still, centre, hands_at_wrists, median};
use crate::{Joint, Limb, PerLimb, Side};

/// Surer matte than this is the subject alone.
const SOLID: f32 = 0.9;
/// Fewer known pixels tell no colour.
const LEAST_KNOWN: usize = 20;

/// What the sheets are made from, with what all of them need worked out once.
pub(super) struct Study<'a> {
    pub(super) still: &'a Still<'a>,
    pub(super) parts: &'a PartMap,
    pub(super) anatomy: Anatomy,
    roots: PerLimb<LimbRoot>,
    pub(super) face: Option<Face>,
    /// Left, right.
    pub(super) hands: [Option<Hand>; 2],
    /// The subject's pixels.
    pub(super) person: Mask,
    /// The subject's pixels without any background in them.
    pub(super) solid: Mask,
    /// The pixels of the arms, on the subject or not.
    pub(super) arms: Mask,
    /// The trunk's outline as far as the joints tell.
    pub(super) torso: Mask,
}

impl<'a> Study<'a> {
    pub(super) fn new(still: &'a Still<'a>, parts: &'a PartMap) -> Self {
        let size = still.matte.size();
        let mut anatomy = Anatomy::new(still.joints, size);
        for limb in Limb::ALL {
            if let Some(region) = &parts.limbs[limb] {
                anatomy.radius[limb] = region.radius_px;
            }
        }
        let hands = hands_at_wrists(still.person, &mut anatomy, Vec2::ONE);
        let mut torso = Plane::filled(size, false);
        filter::fill_polygon(&mut torso, &anatomy.torso());
        Self {
            face: still.person.face.as_ref().and_then(|face| Face::new(face, Vec2::ONE)),
            hands,
            person: filter::threshold(still.matte, 0.5),
            solid: filter::threshold(still.matte, SOLID),
            arms: parts.labels.map(|label| matches!(label, Part::Limb(Limb::Arm(_)))),
            torso,
            roots: PerLimb(Limb::ALL.map(|limb| anatomy.root(limb))),
            anatomy,
            still,
            parts,
        }
    }

    /// The same for an arm that is not shown as it is seen: what is about its bones before the trunk or a leg, and is no hair, is its
    /// own, whatever it was taken for, and must not be seen beside what is shown instead.
    pub(super) fn without_remains_of(mut self, arm: Limb) -> Self {
        /// In radii of the arm, about its bones and about its hand.
        const ABOUT: [f32; 2] = [1.4, 2.0];
        /// How far fingers and claws reach from the wrist, in the distance of the knuckles.
        const FINGERS: f32 = 2.6;
        let [shoulder, elbow, wrist, knuckles] = self.anatomy.chain(arm);
        let chain = [shoulder.lerp(elbow, 0.3), elbow, wrist, wrist + (knuckles - wrist) * FINGERS];
        let radius =
            Side::BOTH.map(|side| self.anatomy.radius[Limb::Arm(side)]).into_iter().fold(1.0, f32::max);
        let mut about = Plane::filled(self.size(), false);
        filter::stroke_polyline(&mut about, &chain, 2.0 * ABOUT[0] * radius);
        filter::stroke_polyline(&mut about, &chain[2..], 2.0 * ABOUT[1] * radius);
        let (chest, down) = (self.anatomy.at(Joint::Chest), self.anatomy.downwards());
        let below_head =
            Plane::from_fn(self.size(), |x, y| (centre(x as usize, y as usize) - chest).dot(down) > 0.0);
        let hair = filter::union(&self.parts.hair, &self.parts.hair_behind);
        let trunk = filter::difference(&trunk_within_outline(&self), &dilate_square(&hair, self.rim() + 2));
        let legs = self.parts.labels.map(|label| matches!(label, Part::Limb(Limb::Leg(_))));
        let body = filter::union(&trunk, &legs);
        let remains = filter::intersection(&filter::intersection(&about, &below_head), &body);
        self.arms = filter::union(&self.arms, &remains);
        self
    }

    pub(super) fn size(&self) -> Size {
        self.still.matte.size()
    }

    /// The pixels labelled as a part, on the subject or not.
    pub(super) fn labelled(&self, part: Part) -> Mask {
        self.parts.labels.map(|&label| label == part)
    }

    /// Whether the hand of an arm can be seen, not in a pocket or behind the back.
    pub(super) fn shows_hand(&self, side: Side) -> bool {
        self.parts.limbs[Limb::Arm(side)].as_ref().is_some_and(|region| region.hand_visible)
    }

    /// 1 about the first joint of a limb, 0 far from it.
    pub(super) fn nearness_to_joint(&self, limb: Limb, point: Vec2) -> f32 {
        let Some(region) = &self.parts.limbs[limb] else { return 0.0 };
        (1.6 - self.roots[limb].distance(point, region.root_radius_px) / (1.3 * region.root_radius_px))
            .clamp(0.0, 1.0)
    }

    /// The limbs that are in the picture.
    pub(super) fn limbs(&self) -> impl Iterator<Item = Limb> {
        Limb::ALL.into_iter().filter(|&limb| self.parts.limbs[limb].is_some())
    }

    /// How far the colours next to an arm's label may still be the arm's, in pixels.
    pub(super) fn rim(&self) -> usize {
        ((0.0045 * self.size().height as f32) as usize).max(2)
    }

    /// The pixels that may show an arm: those labelled so and their rim.
    pub(super) fn arms_and_rim(&self) -> Mask {
        dilate_square(&self.arms, self.rim() + 2)
    }

    /// A sheet of the still's own pixels, nothing invented.
    pub(super) fn sheet(&self, kind: SheetKind, coverage: Plane<f32>) -> Sheet {
        let none = Plane::filled(self.size(), 0.0);
        Sheet {
            kind,
            rest: Rest::AsSeen,
            coverage,
            invented_alpha: none.clone(),
            fill: self.still.foreground.clone(),
            invented: none,
            from_side: None,
            hand: None,
        }
    }
}

/// Spreads the known colours of one part of a plane over the rest of it, blurred by `sigma_px` first so that what happens to
/// lie at their edge does not count for more than the rest; `None` where nothing is known.
pub(super) fn spread(part: PixelRect, colours: &SrgbPlane, known: &Mask, sigma_px: f32) -> Option<SrgbPlane> {
    let known = part.cut(known);
    if filter::area(&known) < LEAST_KNOWN {
        return None;
    }
    let weighted =
        part.cut(colours).zip_map(&known, |&[r, g, b], &known| if known { [r, g, b, 1.0] } else { [0.0; 4] });
    let means = gaussian_blur(&weighted, sigma_px).map(|&[r, g, b, w]| [r, g, b].map(|v| v / w.max(1e-6)));
    let mut filled = colours.clone();
    part.paste(&laplace_fill(&means, &known), &mut filled);
    Some(filled)
}

/// Paints a colour over what a sheet shows, `share` of it everywhere.
pub(super) fn paint(sheet: &mut Sheet, colour: &SrgbPlane, share: &Plane<f32>) {
    for (i, &share) in share.pixels().iter().enumerate().filter(|(_, share)| **share > 0.0) {
        let (fill, invented) = (&mut sheet.fill.pixels_mut()[i], &mut sheet.invented.pixels_mut()[i]);
        let below = *invented * (1.0 - share);
        let total = below + share;
        *fill = std::array::from_fn(|c| (fill[c] * below + colour.pixels()[i][c] * share) / total);
        *invented = total;
    }
}

/// What a colour has of hue: what it differs by from grey, in steps of 255.
pub(super) fn hue(colour: Vec3) -> Vec3 {
    colour - Vec3::splat(colour.element_sum() / 3.0)
}

/// The colour of the cheeks.
pub(super) fn skin(study: &Study<'_>) -> Option<[f32; 3]> {
    let cheeks = study.face.as_ref()?.cheeks.iter().filter(|&&cheek| study.size().contains(cheek));
    let colours = cheeks.map(|&cheek| Vec3::from_array(sample_linear(study.still.foreground, cheek)));
    median(colours.collect()).map(|c| c.to_array())
}

/// The colours of skin: that of the cheeks and, where it is bare, that of the chest, which may be paler or lie in other light.
pub(super) fn skins(study: &Study<'_>) -> Vec<Vec3> {
    /// How far about the middle of the shoulders the chest shows, in their width.
    const ABOUT: f32 = 0.06;
    /// The least cosine between the hues of both, and what share the chest's may be of the cheeks'.
    const ALIKE: f32 = 0.9;
    const SHARE: std::ops::Range<f32> = 0.3..1.3;
    let Some(cheeks) = skin(study).map(Vec3::from_array) else { return Vec::new() };
    let (chest, near) = (study.anatomy.at(Joint::Chest), ABOUT * study.anatomy.shoulder_width);
    let about = filter::places(&study.solid).filter(|&(x, y)| centre(x, y).distance(chest) < near);
    let chest = median(about.map(|(x, y)| Vec3::from_array(study.still.foreground.get(x, y))).collect());
    let is_bare = |&chest: &Vec3| {
        let (chest, cheeks) = (hue(chest), hue(cheeks));
        chest.dot(cheeks) > ALIKE * chest.length() * cheeks.length()
            && SHARE.contains(&(chest.length() / cheeks.length().max(1.0)))
    };
    std::iter::once(cheeks).chain(chest.filter(is_bare)).collect()
}

/// A soft step: 0 half a step below `distance` 0, 1 half a step above, 1½ pixels wide.
pub(super) fn soft_edge(distance: f32) -> f32 {
    (distance / 1.5 + 0.5).clamp(0.0, 1.0)
}
