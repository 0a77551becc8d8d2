use glam::{Vec2, Vec3};

use super::armpit::Armpit;
use super::{RigSource, Trunk, region_of};
use crate::filter::sample_linear;
use crate::layers::{Rest, RoundShoulder, Sheet, SheetKind};
use crate::parts::{Hem, LimbRegion, LimbRoot, Part, PartMap, distance_to_segment};
use crate::{Joint, Joints, Limb, PerLimb, Side, smoothstep};

/// What one limb does to a list of vertices. Those that it does not touch are not in the list.
#[derive(Clone, Debug)]
pub(crate) struct LimbWeights {
    pub(crate) limb: Limb,
    /// Index of each vertex within its sheet.
    pub(crate) vertices: Vec<u32>,
    /// 0 moves with the trunk, 1 with the limb.
    pub(crate) limb_weight: Vec<f32>,
    /// 0 moves with the first bone, 1 with the second.
    pub(crate) second_bone: Vec<f32>,
    /// 0 moves with the second bone, 1 with the third.
    pub(crate) third_bone: Vec<f32>,
    /// 1 on the outside of elbow or knee, 0 on the inside of one that is bent at rest.
    pub(crate) outside: Vec<f32>,
    /// How far it is from the bones' line across elbow or knee at rest, in the limb's radii; see [`Bends::across`].
    pub(crate) across: Vec<f32>,
    /// How it moves with an arm that is raised.
    pub(crate) raised: Vec<Raised>,
    /// Whether a skirt or the trunk hides it at rest.
    pub(crate) covered: Vec<bool>,
    /// How many of the vertices, the last ones, are the sheet's [`lining`](super::lining).
    pub(crate) lining: usize,
}

/// How a vertex about an [`Armpit`] moves with an arm that is raised.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Raised {
    /// 0 moves with the trunk, 1 with the arm.
    pub(crate) limb_weight: f32,
    /// How much that counts, 0 … 1, against how it moves otherwise.
    pub(crate) counts: f32,
    /// How much of it is seen then, 0 … 1; of a [`lining`](super::lining) always, below 0 and above 1 within an edge.
    pub(crate) opacity: f32,
}

impl Default for Raised {
    fn default() -> Self {
        Self { limb_weight: 0.0, counts: 0.0, opacity: 1.0 }
    }
}

/// How much of a vertex the limb moves, from the distance to the border of its label; the blend is wide at the joint and
/// a hard edge away from it.
fn label_weight(region: &LimbRegion, place: Vec2, root: LimbRoot, radius: f32) -> f32 {
    let near = (1.75 - root.distance(place, radius) / (1.15 * radius)).clamp(0.015, 1.0);
    let half_width = radius * near * root.widening(place, radius);
    smoothstep(0.5 + sample_linear(&region.signed_distance, place) / (2.0 * half_width))
}

/// 1 near the joint, 0 away from it, where no sheet may stretch after another.
fn near_joint(place: Vec2, root: LimbRoot, radius: f32) -> f32 {
    ((1.65 - root.distance(place, radius) / (1.15 * radius)) / 0.3).clamp(0.0, 1.0)
}

/// The limbs' pull on the trunk's own sheet: near the joints alone, except for a skirt, which swings with both legs; and as little as a
/// place, by `heads`, moves with the head: a shoulder that is raised goes past a cheek, and does not push it.
pub(super) fn of_core(
    source: &RigSource<'_>,
    trunk: &Trunk,
    hem: Option<f32>,
    armpits: &PerLimb<Option<Armpit<'_>>>,
    (places, heads): (&[Vec2], &[f32]),
) -> Vec<LimbWeights> {
    let weights_of = |sheet: &Sheet| {
        let SheetKind::Limb(limb) = sheet.kind else { return None };
        if matches!(sheet.rest, Rest::Strip(_)) {
            return None;
        }
        let region = source.parts.limbs[limb].as_ref()?;
        let bones = source.joints.chain(limb);
        let (root, radius) = (LimbRoot::of(source.joints, limb), region.root_radius_px);
        let weight = |place: Vec2| match limb {
            Limb::Leg(side) if hem.is_some() => skirt_weight(trunk, side, place),
            _ => label_weight(region, place, root, radius) * near_joint(place, root, radius),
        };
        let bends = Bends::new(&bones, region.radius_px);
        let mut weights = LimbWeights::empty(limb);
        for (i, (&place, head)) in places.iter().zip(heads).enumerate() {
            let weight = weight(place) * (1.0 - head);
            let raised =
                armpits[limb].as_ref().map(|armpit| armpit.of_trunk(place, weight)).unwrap_or_default();
            if weight.max(raised.counts) > 1e-3 {
                weights.push(i as u32, weight, raised, &bends, place);
            }
        }
        Some(weights)
    };
    source.sheets.iter().filter_map(weights_of).collect()
}

/// A limb's pull on its own sheet: whole, except near the joint.
pub(super) fn of_limb(
    source: &RigSource<'_>,
    sheet: &Sheet,
    limb: Limb,
    armpits: &PerLimb<Option<Armpit<'_>>>,
    [texels, places]: [&[Vec2]; 2],
    bones: Option<[Vec3; 4]>,
) -> Option<LimbWeights> {
    let bones = bones?;
    let (shown, region) = region_of(source, sheet, limb)?;
    let (root, radius) = (LimbRoot::of(source.joints, shown), region.root_radius_px);
    let weight = |texel: Vec2| match sheet.rest {
        Rest::Strip(_) => 1.0,
        Rest::AsSeen | Rest::Mirrored { .. } => {
            1.0 - (1.0 - label_weight(region, texel, root, radius)) * near_joint(texel, root, radius)
        }
    };
    let bends = Bends::new(&bones, region.radius_px);
    let has_round = source.sheets.iter().any(|other| other.kind == SheetKind::Shoulder(limb.side()));
    let round = (limb.is_arm() && has_round)
        .then(|| RoundShoulder::new([bones[0], bones[1]].map(Vec3::truncate), region.radius_px));
    let mut weights = LimbWeights::empty(limb);
    for (i, (&texel, &place)) in texels.iter().zip(places).enumerate() {
        let covered = !limb.is_arm()
            && (is_above(source.parts.hem.as_ref(), place)
                || is_behind_trunk(source.parts, sheet, limb, texel));
        let limb_weight = if source.parts.hem.is_none() && covered { 1.0 } else { weight(texel) };
        let raised =
            armpits[limb].as_ref().map(|armpit| armpit.of_arm(place, limb_weight)).unwrap_or_default();
        // A forearm never fades, wherever its hand lies in the still.
        let opacity = round.map_or(1.0, |round| round.share_of_own(place).max(bends.weights(place)[0]));
        let opacity = match limb {
            Limb::Leg(side) if source.parts.hem.is_none() => {
                share_of_thigh(source.joints, side, region.radius_px, place)
            }
            _ => opacity,
        };
        let raised = Raised { opacity, ..raised };
        weights.push(i as u32, limb_weight, raised, &bends, place);
        weights.covered[i] = covered;
    }
    Some(weights)
}

/// How much of a place of a leg's sheet belongs to a thigh that is seen from the side, 0 … 1: what it has of the crotch would be a spur there.
fn share_of_thigh(joints: &Joints, side: Side, radius: f32, place: Vec2) -> f32 {
    /// How far in from the bone it ends, in radii of the leg.
    const ENDS: [f32; 2] = [1.0, 1.25];
    /// How far down the thigh.
    const LOWEST: f32 = 0.6;
    let [hip, knee, other] =
        [Joint::Hip(side), Joint::Knee(side), Joint::Hip(side.other())].map(|j| joints[j].truncate());
    let thigh = knee - hip;
    let inwards = thigh.perp() * thigh.perp().dot(other - hip).signum();
    let inward = (place - hip).dot(inwards.normalize_or(Vec2::ZERO)) / radius;
    let is_above = (place - hip).dot(thigh) < LOWEST * thigh.length_squared();
    if is_above { 1.0 - smoothstep((inward - ENDS[0]) / (ENDS[1] - ENDS[0])) } else { 1.0 }
}

/// Whether a place of a limb's sheet is what goes on of it behind the trunk.
fn is_behind_trunk(parts: &PartMap, sheet: &Sheet, limb: Limb, texel: Vec2) -> bool {
    let (x, y) = (texel.x as usize, texel.y as usize);
    parts.labels.size().contains(texel)
        && parts.labels.get(x, y) != Part::Limb(limb)
        && sheet.invented_alpha.get(x, y) > sheet.coverage.get(x, y)
}

/// Whether a place is above the hem, where there is one.
fn is_above(hem: Option<&Hem>, place: Vec2) -> bool {
    hem.is_some_and(|hem| {
        hem.above.size().contains(place) && hem.above.get(place.x as usize, place.y as usize)
    })
}

/// A skirt below the hips follows the leg on its side, the more the lower.
fn skirt_weight(trunk: &Trunk, side: Side, place: Vec2) -> f32 {
    let at = |joint| trunk.joints[joint].truncate();
    let (hip, other, knee) = (at(Joint::Hip(side)), at(Joint::Hip(side.other())), at(Joint::Knee(side)));
    let thigh = knee - hip;
    let down = (place - hip).dot(thigh) / thigh.length_squared().max(1.0);
    let across = (hip - other).normalize_or(Vec2::ZERO);
    let width = trunk.hip_width.max(0.35 * trunk.shoulder_width);
    let sideways = (place - (hip + other) * 0.5).dot(across) / (1.6 * width);
    0.9 * smoothstep(down + 0.15) * smoothstep(0.5 + sideways)
}

/// The two inner joints of a limb.
pub(super) struct Bends {
    pub(super) chain: [Vec2; 4],
    /// Half width of each blend.
    half_width: [f32; 2],
    /// Where the last bone is taken to end: a hand or foot reaches beyond its last joint.
    tip: Vec2,
    /// The limb's.
    pub(super) radius: f32,
}

impl Bends {
    pub(super) fn new(bones: &[Vec3; 4], radius: f32) -> Self {
        let chain = bones.map(Vec3::truncate);
        let length = |i: usize| chain[i].distance(chain[i + 1]);
        let middle = (0.95 * radius).min(0.45 * length(0) + 2.0).min(0.6 * length(1) + 2.0);
        let end = (0.6 * radius).min(0.45 * length(1) + 2.0);
        let onward = (chain[3] - chain[2]).normalize_or(Vec2::ZERO);
        Self {
            chain,
            half_width: [0.8 * middle, 0.8 * end],
            tip: chain[2] + onward * length(2).max(radius) * 2.5,
            radius,
        }
    }

    /// How much a place moves with the bone after the joint rather than with the one before, by which is nearer, which also holds
    /// for a limb that is folded at rest; see [`Self::weight_by_plane`] for one that is bent.
    fn weights(&self, place: Vec2) -> [f32; 2] {
        let [a, b, c, _] = self.chain;
        let [first, second, third] =
            [(a, b), (b, c), (c, self.tip)].map(|(from, to)| distance_to_segment(place, from, to));
        let blend = |before: f32, after: f32, half_width: f32| {
            smoothstep(0.5 + (before - after) / (2.0 * half_width.max(0.5)))
        };
        let by_distance = blend(first, second, self.half_width[0]);
        [
            by_distance + (self.weight_by_plane(place) - by_distance) * self.is_bent(),
            blend(second, third, self.half_width[1]),
        ]
    }

    /// Directions of the two bones that meet at elbow or knee.
    fn directions(&self) -> [Vec2; 2] {
        let [a, b, c, _] = self.chain;
        [(b - a).normalize_or(Vec2::ZERO), (c - b).normalize_or(Vec2::ZERO)]
    }

    /// Unit vector across the limb at elbow or knee.
    pub(super) fn across(&self) -> Vec2 {
        let [before, after] = self.directions();
        (before + after).perp().normalize_or(Vec2::ZERO)
    }

    /// How far a place is past the plane that bisects the bones at elbow or knee, in pixels; past whichever is nearer where they are folded.
    pub(super) fn past(&self, place: Vec2) -> f32 {
        const FOLDED: f32 = -0.35;
        let [a, b, c, _] = self.chain;
        let [before, after] = self.directions();
        if before.dot(after) > FOLDED {
            (place - b).dot((before + after).normalize_or(Vec2::ZERO))
        } else {
            distance_to_segment(place, a, b) - distance_to_segment(place, b, c)
        }
    }

    /// How sharply elbow or knee are bent at rest: 0 hardly, 1 well; 0 again where the bones lie over each other, where no line is
    /// between them.
    pub(super) fn is_bent(&self) -> f32 {
        /// Cosines of the turn from bone to bone.
        const BENT: [f32; 2] = [0.94, 0.7];
        const FOLDED: [f32; 2] = [-0.35, -0.8];
        let [before, after] = self.directions();
        let step = |[from, to]: [f32; 2]| smoothstep((before.dot(after) - from) / (to - from));
        step(BENT) * (1.0 - step(FOLDED))
    }

    /// How much a place moves with the second bone rather than with the first, where elbow or knee are bent at rest: by the plane
    /// that bisects them.
    ///
    /// By which is nearer the whole point of the elbow would move half and half, and stay a point with a hollow on both sides when
    /// the arm is stretched out. The blend is as wide as the point is round. What hangs from one bone far from the joint, as the hem
    /// of a short sleeve does, is not pulled by the other: there it is narrow.
    fn weight_by_plane(&self, place: Vec2) -> f32 {
        const NARROWEST: f32 = 0.15;
        let [before, after] = self.directions();
        let half_turn = 0.5 * before.angle_to(after).abs();
        let from_joint = place - self.chain[1];
        let past = self.past(place);
        let corner = self.radius * half_turn.tan().min(2.0);
        let away = (-from_joint.dot(before)).max(from_joint.dot(after)) - corner;
        let narrowing = 1.0 - (1.0 - NARROWEST) * smoothstep(away / self.radius);
        let half_width = (1.8 + 0.7 * self.outside(place)) * self.radius * half_turn.sin() * narrowing;
        smoothstep(0.5 + past / (2.0 * half_width.max(0.5)))
    }

    /// 1 on the outside of an elbow or knee that is bent at rest, 0 on its inside, 1 throughout where it is not bent.
    fn outside(&self, place: Vec2) -> f32 {
        let [before, after] = self.directions();
        let outwards = (place - self.chain[1]).dot((before - after).normalize_or(Vec2::ZERO));
        1.0 - self.is_bent() * (1.0 - smoothstep(0.5 + outwards / (0.5 * self.radius).max(0.5)))
    }
}

impl LimbWeights {
    fn empty(limb: Limb) -> Self {
        Self {
            limb,
            vertices: vec![],
            limb_weight: vec![],
            second_bone: vec![],
            third_bone: vec![],
            outside: vec![],
            across: vec![],
            raised: vec![],
            covered: vec![],
            lining: 0,
        }
    }

    /// Adds a vertex of the lining, at the place of the one at `at`, that moves with `bone`, 0 or 1, of which `opacity` is seen.
    pub(super) fn push_lining(&mut self, vertex: u32, at: usize, bone: usize, opacity: f32) {
        self.vertices.push(vertex);
        self.limb_weight.push(1.0);
        self.second_bone.push(bone as f32);
        self.third_bone.push(0.0);
        self.outside.push(1.0);
        self.across.push(0.0);
        self.raised.push(Raised { opacity, ..Raised::default() });
        self.covered.push(self.covered[at]);
        self.lining += 1;
    }

    /// Adds the vertices of a foot's tube, which lie at `places`, from `first` on.
    pub(super) fn push_foot(
        &mut self,
        first: u32,
        places: impl Iterator<Item = Vec2>,
        bones: &[Vec3; 4],
        radius: f32,
    ) {
        let bends = Bends::new(bones, radius);
        for (vertex, place) in (first..).zip(places) {
            self.push(vertex, 1.0, Raised::default(), &bends, place);
        }
    }

    fn push(&mut self, vertex: u32, limb_weight: f32, raised: Raised, bends: &Bends, place: Vec2) {
        let [second, third] = bends.weights(place);
        self.vertices.push(vertex);
        self.limb_weight.push(limb_weight);
        self.second_bone.push(second);
        self.third_bone.push(third);
        self.outside.push(bends.outside(place));
        self.across.push((place - bends.chain[1]).dot(bends.across()) / bends.radius);
        self.raised.push(raised);
        self.covered.push(false);
    }
}

#[cfg(test)]
mod tests {
    use frame::{Plane, Size, body};

    use super::*;
    use crate::Joints;
    use crate::parts::{Part, PartMap};

    /// An arm that goes down and is bent by `turn` at the elbow, 100 px down; half as thick as 20 px.
    fn bent(turn: f32) -> Bends {
        let elbow = Vec2::new(0.0, 100.0);
        let fore = Vec2::from_angle(turn).rotate(Vec2::Y);
        Bends::new(
            &[Vec2::ZERO, elbow, elbow + fore * 90.0, elbow + fore * 110.0].map(|p| p.extend(0.0)),
            20.0,
        )
    }

    #[test]
    fn round_a_bent_elbow_the_weight_rises_from_bone_to_bone() {
        // Forearm to the left: the point of the elbow is below and to the right.
        let bends = bent(1.5);
        let round = |angle: f32| bends.weights(Vec2::new(0.0, 100.0) + Vec2::from_angle(angle) * 20.0)[0];
        let weights: Vec<f32> = (0..=5).map(|i| round(0.3 * i as f32)).collect();
        assert!(weights.is_sorted(), "{weights:?}");
        assert!(weights[0] < 0.25 && weights[5] > 0.75, "{weights:?}");
        assert!((bends.outside(Vec2::new(14.0, 114.0)), bends.outside(Vec2::new(-14.0, 86.0))) == (1.0, 0.0));
    }

    #[test]
    fn the_hem_of_a_short_sleeve_does_not_go_with_the_forearm() {
        let hem = Vec2::new(-45.0, 50.0);
        assert!(bent(1.5).weights(hem)[0] < 0.01);
    }

    #[test]
    fn a_straight_limb_bends_the_same_on_both_sides() {
        let straight = bent(0.0);
        for place in [Vec2::new(15.0, 95.0), Vec2::new(8.0, 110.0)] {
            let other = Vec2::new(-place.x, place.y);
            assert_eq!(straight.weights(place), straight.weights(other));
            assert_eq!(straight.outside(place), 1.0);
        }
    }

    const ARM: Limb = Limb::Arm(Side::Left);

    /// A figure whose left arm hangs down from (160, 150) to an elbow at (180, 230), and whose hand is at `wrist`; it has that arm's
    /// sheet and its round shoulder.
    fn with_arm(wrist: Vec2, test: impl FnOnce(&RigSource<'_>)) {
        let size = Size::new(240, 400);
        let points: [Vec3; body::COUNT] = std::array::from_fn(|i| {
            let side = if i % 2 == 1 { 1.0 } else { -1.0 };
            match i {
                0..=10 => Vec3::new(120.0 + 25.0 * side, 100.0, 0.0),
                11 | 12 => Vec3::new(120.0 + 40.0 * side, 150.0, 0.0),
                13 | 14 => Vec3::new(120.0 + 60.0 * side, 230.0, 0.0),
                15..=22 if i % 2 == 1 => wrist.extend(0.0),
                15..=22 => Vec3::new(60.0, 300.0, 0.0),
                _ => Vec3::new(120.0 + 20.0 * side, 330.0, 0.0),
            }
        });
        let joints = Joints::from_body_points(&points);
        let labels = Plane::from_fn(size, |x, _| if x > 150 { Part::Limb(ARM) } else { Part::Core });
        let mut limbs = PerLimb::default();
        limbs[ARM] = Some(LimbRegion {
            radius_px: 16.0,
            root_radius_px: 16.0,
            signed_distance: Plane::from_fn(size, |x, _| x as f32 - 150.0),
            under_hair: None,
            hand_visible: true,
        });
        let parts = PartMap {
            core_signed_distance: Plane::filled(size, 1.0),
            limbs,
            hem: None,
            hair: Plane::filled(size, false),
            hair_behind: Plane::filled(size, false),
            ears: [None; 2],
            labels,
        };
        let sheet = Sheet {
            kind: SheetKind::Limb(ARM),
            rest: Rest::AsSeen,
            coverage: Plane::filled(size, 1.0),
            invented_alpha: Plane::filled(size, 0.0),
            fill: Plane::filled(size, [0.0; 3]),
            invented: Plane::filled(size, 0.0),
            from_side: None,
            hand: None,
        };
        let source = RigSource {
            joints: &joints,
            face: None,
            has_neck: true,
            parts: &parts,
            sheets: &[sheet.clone(), Sheet { kind: SheetKind::Shoulder(Side::Left), ..sheet }],
            alphas: &[Plane::filled(size, 1.0), Plane::filled(size, 1.0)],
        };
        test(&source);
    }

    #[test]
    fn an_arm_pulls_at_the_shoulder_and_not_at_a_head_that_is_near() {
        with_arm(Vec2::new(180.0, 300.0), |source| {
            let trunk = Trunk::new(source.joints, true);
            let place = Vec2::new(155.0, 145.0);
            let weights = of_core(source, &trunk, None, &PerLimb::default(), (&[place; 3], &[0.0, 0.5, 1.0]));
            assert_eq!(weights[0].vertices, [0, 1]);
            let [whole, half] = weights[0].limb_weight[..] else { panic!("two weights") };
            assert!(whole > 0.5 && (half - 0.5 * whole).abs() < 1e-6, "{whole} {half}");
        });
    }

    #[test]
    fn a_raised_arm_s_own_end_fades_and_a_hand_that_lay_beside_it_does_not() {
        let hand = Vec2::new(200.0, 150.0);
        with_arm(hand, |source| {
            let places = [Vec2::new(160.0, 150.0), Vec2::new(172.0, 200.0), hand];
            let bones = Some(source.joints.chain(ARM));
            let weights = of_limb(source, &source.sheets[0], ARM, &PerLimb::default(), [&places; 2], bones)
                .expect("an arm");
            assert_eq!(
                weights.raised.iter().map(|raised| raised.opacity).collect::<Vec<_>>(),
                [0.0, 1.0, 1.0]
            );
        });
    }
}
