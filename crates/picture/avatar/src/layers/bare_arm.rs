//! What of another's sticks to a bare arm.

use frame::{Plane, SrgbPlane};
use glam::{Vec2, Vec3};

use super::Sheet;
use super::limb::{above_wrist, is_bare};
use super::study::{Study, hue, skin};
use crate::Limb;
use crate::filter::{
    Connectivity, Mask, area, close_disc, components, coverage, difference, dilate_square, gaussian_blur,
    intersection, open_disc, places, union,
};
use crate::motion::percentile;
use crate::parts::{Part, centre, distance_to_polyline, is_same_in_other_light, median};

/// How far the hue of a bare arm is that of the cheeks.
const AS_SKIN: std::ops::Range<f32> = 0.4..2.0;
/// The most of an arm without a sleeve that may not have skin's hue.
const SLEEVE: f32 = 0.08;

/// Leaves behind what is not a bare arm's, though it was taken for it:
/// * what sticks out of its even outline, as an armpit's shadow and folds of a dress do;
/// * what is of the hue opposite to skin's about its hand, as the dress between fingers;
/// * below a short sleeve what has not skin's hue, as a shirt's side behind it;
/// * beside a wrist that is bare below a long one what of the trunk is lighter, as the stripes of a hem.
pub(super) fn trim(study: &Study<'_>, limb: Limb, sheet: &mut Sheet) {
    let Some(skin) = skin(study).map(Vec3::from_array) else { return };
    let arm = Arm::new(study, limb, skin);
    let other = if is_bare(study, &arm.above_wrist) && arm.share_of_cloth() < SLEEVE {
        union(&arm.sticking_out(study, limb), &arm.opposite_about_hand())
    } else {
        let trunk = intersection(&study.labelled(Part::Core), &study.person);
        union(&arm.cloth_below_sleeve(), &arm.trunk_beside_wrist(study.still.foreground, &trunk))
    };
    if area(&other) == 0 {
        return;
    }
    // With what is half another's about it.
    let gone = difference(&dilate_square(&other, 2), &difference(&arm.own, &other));
    for (value, gone) in
        sheet.coverage.pixels_mut().iter_mut().zip(gaussian_blur(&coverage(&gone), 1.0).pixels())
    {
        *value *= (1.0 - 1.5 * gone).max(0.0);
    }
}

/// An arm as it is labelled.
struct Arm {
    own: Mask,
    above_wrist: Mask,
    /// How far each pixel of the picture has the hue of skin: 1 where it has, 0 where it has none, negative for the opposite one.
    like_skin: Plane<f32>,
    /// Shoulder, elbow and wrist.
    bones: [Vec2; 3],
    radius: f32,
}

impl Arm {
    fn new(study: &Study<'_>, limb: Limb, skin: Vec3) -> Self {
        let own = intersection(&study.labelled(Part::Limb(limb)), &study.person);
        let skin = hue(skin);
        let [shoulder, elbow, wrist, _] = study.anatomy.chain(limb);
        Self {
            above_wrist: above_wrist(study, limb, &own),
            like_skin: study
                .still
                .foreground
                .map(|&colour| hue(Vec3::from_array(colour)).dot(skin) / skin.length_squared().max(1.0)),
            bones: [shoulder, elbow, wrist],
            radius: study.anatomy.radius[limb],
            own,
        }
    }

    /// Of what is above the wrist.
    fn share_of_cloth(&self) -> f32 {
        let cloth = places(&self.above_wrist).filter(|&(x, y)| self.like_skin.get(x, y) < 0.15).count();
        cloth as f32 / area(&self.above_wrist).max(1) as f32
    }

    fn sticking_out(&self, study: &Study<'_>, limb: Limb) -> Mask {
        /// Narrower pieces stick out, and so far from the bones all is the arm's, in its radii.
        const NARROW: f32 = 0.4;
        const OWN: f32 = 0.45;
        let narrow = difference(&self.above_wrist, &open_disc(&self.own, NARROW * self.radius));
        Plane::from_fn(self.own.size(), |x, y| {
            let (x, y) = (x as usize, y as usize);
            narrow.get(x, y)
                && study.nearness_to_joint(limb, centre(x, y)) == 0.0
                && distance_to_polyline(centre(x, y), &self.bones) > OWN * self.radius
        })
    }

    fn opposite_about_hand(&self) -> Mask {
        let hand = difference(&self.own, &self.above_wrist);
        hand.zip_map(&self.like_skin, |&hand, &like| hand && like < -0.1)
    }

    /// What is of another hue than skin on the outside of the arm from below its sleeve on; what goes across it, as a watch does, is its
    /// own. Nothing where it is not bare there.
    fn cloth_below_sleeve(&self) -> Mask {
        /// How near to the bones a piece may come that is not the arm's, in its radii, and the least piece.
        const OWN: f32 = 0.3;
        const LEAST: f32 = 0.3;
        let nothing = Plane::filled(self.own.size(), false);
        let Some(end) = self.end_of_sleeve() else { return nothing };
        let below = Plane::from_fn(self.own.size(), |x, y| {
            let (x, y) = (x as usize, y as usize);
            self.above_wrist.get(x, y) && self.along(centre(x, y)) > end
        });
        let likeness = percentile(places(&below).map(|(x, y)| self.like_skin.get(x, y)), 0.5);
        if !AS_SKIN.contains(&likeness) {
            return nothing;
        }
        let cloth = below.zip_map(&self.like_skin, |&below, &like| below && like < 0.3);
        let pieces = components(&open_disc(&cloth, 1.0), Connectivity::Eight);
        let on_bone = Plane::from_fn(self.own.size(), |x, y| {
            distance_to_polyline(centre(x as usize, y as usize), &self.bones) < OWN * self.radius
        });
        let mut likeness = vec![0.0; pieces.regions.len() + 1];
        for (&label, like) in pieces.labels.pixels().iter().zip(self.like_skin.pixels()) {
            likeness[label as usize] += like;
        }
        // Skin in a light from behind has no hue, a cloth has one.
        let other = pieces.select(|i| {
            pieces.regions[i].area as f32 > (LEAST * self.radius).powi(2) && likeness[i + 1] < 0.0
        });
        difference(&other, &pieces.meeting(&on_bone))
    }

    /// What lies between the `trunk` and a bare stretch of the forearm's lower half in a colour that no light makes of its skin, and what
    /// darker is between.
    fn trunk_beside_wrist(&self, colours: &SrgbPlane, trunk: &Mask) -> Mask {
        /// What is looked at together along the arm, how near to the bones all is the arm's, the least piece, and how far apart pieces may be,
        /// in its radii.
        const STEP: f32 = 0.5;
        const OWN: f32 = 0.45;
        const LEAST: f32 = 0.25;
        const BETWEEN: f32 = 0.2;
        /// How much of a stretch is skin where it is bare.
        const BARE: f32 = 0.8;
        let step = (STEP * self.radius).max(1.0);
        let [shoulder, elbow, wrist] = self.bones;
        let [upper, fore] = [shoulder.distance(elbow), elbow.distance(wrist)];
        let first = upper + 0.5 * fore;
        let stretch = |(x, y): (usize, usize)| {
            let beyond = self.along(centre(x, y)) - first;
            (beyond >= 0.0).then_some((beyond / step) as usize)
        };
        let off_bones =
            |(x, y): (usize, usize)| distance_to_polyline(centre(x, y), &self.bones) > OWN * self.radius;
        let mut inner = vec![Vec::new(); (0.5 * fore / step) as usize + 1];
        for at in places(&self.above_wrist).filter(|&at| !off_bones(at)) {
            if let Some(inner) = stretch(at).and_then(|i| inner.get_mut(i)) {
                inner.push(at);
            }
        }
        let colour = |(x, y): (usize, usize)| Vec3::from_array(colours.get(x, y));
        let skin_of = |inner: Vec<(usize, usize)>| {
            let bare = inner.iter().filter(|&&(x, y)| AS_SKIN.contains(&self.like_skin.get(x, y))).count();
            let is_bare = bare as f32 > BARE * inner.len() as f32;
            median(inner.into_iter().map(colour).collect()).filter(|_| is_bare)
        };
        let skins: Vec<Option<Vec3>> = inner.into_iter().map(skin_of).collect();
        let lighter = Plane::from_fn(self.own.size(), |x, y| {
            let at = (x as usize, y as usize);
            let is_lighter = |skin: Vec3| colour(at).z > skin.z && !is_same_in_other_light(skin, colour(at));
            let skin = || *stretch(at).and_then(|i| skins.get(i))?;
            self.above_wrist.get(at.0, at.1) && off_bones(at) && skin().is_some_and(is_lighter)
        });
        let pieces = components(&open_disc(&lighter, 1.0), Connectivity::Eight);
        let large = pieces.select(|i| pieces.regions[i].area as f32 > (LEAST * self.radius).powi(2));
        let pieces = components(&close_disc(&large, BETWEEN * self.radius), Connectivity::Eight);
        intersection(&pieces.meeting(&dilate_square(trunk, 3)), &self.above_wrist)
    }

    /// How far down the arm from the shoulder a short sleeve ends, in pixels: from there on nearly all has skin's hue.
    fn end_of_sleeve(&self) -> Option<f32> {
        /// What is looked at together along the arm, in its radii.
        const STEP: f32 = 0.25;
        /// The share of skin from there on, and right there; and the shortest part of an arm that counts, as a share of it.
        const SKIN: f32 = 0.75;
        const BEGINS: f32 = 0.6;
        const SHORTEST: f32 = 0.3;
        /// How far from the bones it is looked for, in radii.
        const MIDDLE: f32 = 0.5;
        /// What is broader across a bare arm is no watch but a sleeve, likewise: above it flowers may be as pink as skin.
        const WATCH: f32 = 1.1;
        let [shoulder, elbow, wrist] = self.bones;
        let step = (STEP * self.radius).max(1.0);
        let length = shoulder.distance(elbow) + elbow.distance(wrist);
        let mut steps = vec![(0usize, 0usize); (length / step) as usize + 1];
        // Beside the bones a shirt may stick to a bare arm.
        let on_bones =
            |&(x, y): &(usize, usize)| distance_to_polyline(centre(x, y), &self.bones) < MIDDLE * self.radius;
        for (x, y) in places(&self.above_wrist).filter(on_bones) {
            if let Some((skin, all)) = steps.get_mut((self.along(centre(x, y)) / step) as usize) {
                *skin += usize::from(self.like_skin.get(x, y) > 0.3);
                *all += 1;
            }
        }
        let share = |(skin, all): (usize, usize)| skin as f32 / all.max(1) as f32;
        let mut rest = (0, 0);
        let (mut first_bare, mut clothed) = (None, 0);
        for (i, &(skin, all)) in steps.iter().enumerate().rev() {
            clothed = if share((skin, all)) < BEGINS { clothed + 1 } else { 0 };
            if first_bare.is_some() && clothed as f32 * STEP > WATCH {
                break;
            }
            rest = (rest.0 + skin, rest.1 + all);
            if share((skin, all)) > BEGINS && share(rest) > SKIN {
                first_bare = Some(i);
            }
        }
        let first = first_bare?;
        ((steps.len() - first) as f32 > SHORTEST * steps.len() as f32).then_some((first + 1) as f32 * step)
    }

    /// How far along the bones from the shoulder a place is, in pixels.
    fn along(&self, place: Vec2) -> f32 {
        let [shoulder, elbow, wrist] = self.bones;
        let on = |from: Vec2, to: Vec2| {
            let along = to - from;
            let share = ((place - from).dot(along) / along.length_squared().max(1.0)).clamp(0.0, 1.0);
            (place.distance(from + along * share), share * along.length())
        };
        let (upper, fore) = (on(shoulder, elbow), on(elbow, wrist));
        if upper.0 <= fore.0 { upper.1 } else { shoulder.distance(elbow) + fore.1 }
    }
}

#[cfg(test)]
mod tests {
    use frame::Size;

    use super::*;

    /// An arm that hangs down from (50, 10) to (50, 190), 20 pixels wide, in a sleeve of no hue down to row 70, with a watch across it
    /// and a piece of cloth of a hue beside it.
    fn arm(cloth: f32) -> Arm {
        let size = Size::new(100, 200);
        let is_arm = |x: u32, y: u32| (40..60).contains(&x) && (10..190).contains(&y);
        let is_cloth = |x: u32, y: u32| (56..70).contains(&x) && (90..110).contains(&y);
        let own = Plane::from_fn(size, |x, y| is_arm(x, y) || is_cloth(x, y));
        let like_skin = Plane::from_fn(size, |x, y| match (x, y) {
            _ if is_cloth(x, y) => cloth,
            (_, ..70) => 0.0,
            (_, 150..158) => -0.5,
            _ => 1.0,
        });
        let bones = [Vec2::new(50.0, 10.0), Vec2::new(50.0, 100.0), Vec2::new(50.0, 190.0)];
        Arm { above_wrist: own.clone(), own, like_skin, bones, radius: 10.0 }
    }

    #[test]
    fn cloth_beside_the_arm_goes_and_sleeve_and_watch_stay() {
        let other = arm(-0.4).cloth_below_sleeve();
        assert!(other.get(63, 100));
        assert!(!other.get(50, 40) && !other.get(50, 100) && !other.get(50, 154) && !other.get(42, 154));
    }

    #[test]
    fn skin_in_a_light_from_behind_stays() {
        assert_eq!(area(&arm(0.2).cloth_below_sleeve()), 0);
    }

    #[test]
    fn a_sleeve_with_flowers_as_pink_as_skin_is_whole() {
        let mut arm = arm(-0.4);
        for (x, y) in (40..60).flat_map(|x| (118..138).map(move |y| (x, y))) {
            arm.like_skin.set(x, y, -0.2);
        }
        assert_eq!(area(&arm.cloth_below_sleeve()), 0);
    }

    #[test]
    fn stripes_of_a_hem_beside_a_bare_wrist_go_and_its_light_stays() {
        // A sleeve to row 130; a hem with a dark stripe in it from column 56 on, and the light of a window on the outside of the wrist.
        let is_hem = |x: u32, y: u32| (56..75).contains(&x) && (150..172).contains(&y);
        let mut arm = arm(0.2);
        for (x, y) in places(&arm.own.clone()).filter(|&(_, y)| y < 130) {
            arm.like_skin.set(x, y, 3.0);
        }
        for (x, y) in (60..75).flat_map(|x| (150..172).map(move |y| (x, y))) {
            arm.own.set(x, y, true);
            arm.above_wrist.set(x, y, true);
        }
        for (x, y) in (40..56).flat_map(|x| (150..158).map(move |y| (x, y))) {
            arm.like_skin.set(x, y, 1.0);
        }
        let colours = Plane::from_fn(arm.own.size(), |x, y| match (x, y) {
            (_, 159..163) if is_hem(x, y) => [120.0, 20.0, 30.0],
            _ if is_hem(x, y) => [235.0, 230.0, 228.0],
            (..44, 130..) => [240.0, 235.0, 230.0],
            (_, ..130) => [200.0, 30.0, 30.0],
            _ => [190.0, 140.0, 115.0],
        });
        let trunk = Plane::from_fn(arm.own.size(), |x, _| x >= 75);
        let other = arm.trunk_beside_wrist(&colours, &trunk);
        for y in [155, 161, 168] {
            assert!(other.get(68, y) && !other.get(50, y) && !other.get(41, y), "row {y}");
        }
        assert!(places(&other).all(|(_, y)| y >= 148), "the sleeve is whole");
        let elsewhere = trunk.map(|_| false);
        assert_eq!(area(&arm.trunk_beside_wrist(&colours, &elsewhere)), 0);
    }

    #[test]
    fn cloth_as_broad_as_the_arm_right_below_its_sleeve_goes() {
        let mut arm = arm(-0.4);
        for (x, y) in (60..85).flat_map(|x| (70..112).map(move |y| (x, y))) {
            arm.own.set(x, y, true);
            arm.above_wrist.set(x, y, true);
            arm.like_skin.set(x, y, -0.4);
        }
        let other = arm.cloth_below_sleeve();
        assert!(other.get(70, 80) && other.get(70, 105) && !other.get(50, 80));
    }
}
