use frame::Plane;
use glam::{Vec2, Vec3};

use super::RigSource;
use crate::filter::{Mask, close_disc, coverage, gaussian_blur, places, sample_linear, union};
use crate::parts::{centre, distance_to_polyline};
use crate::{Limb, Side, smoothstep};

/// Hair that falls over an upper arm in the still, and lies before it however the arm moves; and hair that falls behind one, and lies
/// behind it while that is not behind the back.
///
/// By depth alone the two would change places from cell to cell, along a staircase.
pub(super) struct LocksByArms {
    over: Option<Locks>,
    behind: Option<Locks>,
}

/// Hair, and the arms that it falls over or behind.
struct Locks {
    hair: Plane<f32>,
    /// The arms from the shoulder on as far as it falls by them, with half the width of the upper ones.
    arms: Vec<(Vec<Vec2>, f32)>,
}

impl LocksByArms {
    /// `None` where there is no such hair.
    pub(super) fn of(source: &RigSource<'_>) -> Option<Self> {
        let parts = source.parts;
        let arms = |joints: usize, has: &dyn Fn(Limb) -> bool| -> Vec<(Vec<Vec2>, f32)> {
            let arms = Side::BOTH.map(Limb::Arm).into_iter().filter(|&arm| has(arm)).filter_map(|arm| {
                let chain = source.joints.chain(arm).map(Vec3::truncate);
                Some((chain[..joints].to_vec(), parts.limbs[arm].as_ref()?.root_radius_px))
            });
            arms.collect()
        };
        let is_under =
            |arm: Limb| parts.limbs[arm].as_ref().is_some_and(|region| region.under_hair.is_some());
        let over = Locks::of(&parts.hair, arms(2, &is_under));
        let is_before = |arm: Limb| {
            let chain = source.joints.chain(arm).map(Vec3::truncate);
            let Some(region) = parts.limbs[arm].as_ref().filter(|_| !is_under(arm)) else { return false };
            let reach = NEAR[0] * region.root_radius_px;
            places(&parts.hair_behind).any(|(x, y)| distance_to_polyline(centre(x, y), &chain[..3]) < reach)
        };
        let before = arms(3, &is_before);
        // What an arm hides of it too.
        let broadest = before.iter().map(|(_, radius)| *radius).fold(0.0, f32::max);
        let whole = || close_disc(&union(&parts.hair, &parts.hair_behind), 1.5 * broadest);
        let behind = if before.is_empty() { None } else { Locks::of(&whole(), before) };
        (over.is_some() || behind.is_some()).then_some(Self { over, behind })
    }

    /// How far a place of the trunk's front is hair that lies before an arm, 0 … 1, or behind one, 0 … -1.
    pub(super) fn at(&self, place: Vec2) -> f32 {
        let [over, behind] =
            [&self.over, &self.behind].map(|locks| locks.as_ref().map_or(0.0, |locks| locks.at(place)));
        over - behind * (1.0 - over)
    }
}

/// Within how many half widths of an arm hair counts as by it, and beyond how many it does not.
const NEAR: [f32; 2] = [2.5, 4.0];

impl Locks {
    fn of(hair: &Mask, arms: Vec<(Vec<Vec2>, f32)>) -> Option<Self> {
        // Its ends, thinner than a cell, count as well.
        let smallest = arms.iter().map(|&(_, radius)| radius).reduce(f32::min)?;
        Some(Self { hair: gaussian_blur(&coverage(hair), 0.15 * smallest), arms })
    }

    fn at(&self, place: Vec2) -> f32 {
        let near = |(bones, radius): &(Vec<Vec2>, f32)| {
            1.0 - smoothstep((distance_to_polyline(place, bones) / radius - NEAR[0]) / (NEAR[1] - NEAR[0]))
        };
        let by = self.arms.iter().map(near).fold(0.0, f32::max);
        by * smoothstep(sample_linear(&self.hair, place) * 3.0)
    }
}

#[cfg(test)]
mod tests {
    use frame::{Size, body};

    use super::*;
    use crate::parts::{LimbRegion, Part, PartMap};
    use crate::{Joints, PerLimb};

    const SIZE: Size = Size::new(200, 100);

    #[test]
    fn only_hair_near_an_upper_arm_is_over_it() {
        let hair = Plane::from_fn(SIZE, |x, y| if (20..180).contains(&x) && y < 60 { 1.0 } else { 0.0 });
        let bone = vec![Vec2::new(40.0, 30.0), Vec2::new(40.0, 90.0)];
        let locks = Locks { hair, arms: vec![(bone, 10.0)] };
        assert_eq!(locks.at(Vec2::new(45.0, 40.0)), 1.0);
        assert_eq!(locks.at(Vec2::new(45.0, 80.0)), 0.0, "bare");
        assert_eq!(locks.at(Vec2::new(120.0, 40.0)), 0.0, "far from the arm");
    }

    #[test]
    fn hair_on_both_sides_of_an_arm_and_what_it_hides_of_that_lie_behind_it() {
        // Arms down at 40 and 160; hair falls over the left one, and on both sides of the right one.
        let place = |i: usize| {
            let x = if i % 2 == 1 { 160.0 } else { 40.0 };
            let y = match i {
                11 | 12 => 20.0,
                13 | 14 => 50.0,
                _ => 80.0,
            };
            Vec3::new(x, y, 0.0)
        };
        let points: [Vec3; body::COUNT] = std::array::from_fn(place);
        let nowhere = Plane::filled(SIZE, false);
        let arm = |under_hair| LimbRegion {
            radius_px: 8.0,
            root_radius_px: 8.0,
            signed_distance: Plane::filled(SIZE, -1.0),
            under_hair,
            hand_visible: true,
        };
        let mut limbs = PerLimb::default();
        limbs[Limb::Arm(Side::Left)] = Some(arm(Some(Plane::filled(SIZE, true))));
        limbs[Limb::Arm(Side::Right)] = Some(arm(None));
        let parts = PartMap {
            labels: Plane::filled(SIZE, Part::Core),
            core_signed_distance: Plane::filled(SIZE, 1.0),
            limbs,
            hem: None,
            hair: Plane::from_fn(SIZE, |x, _| (24..32).contains(&x) || (150..170).contains(&x)),
            hair_behind: Plane::from_fn(SIZE, |x, y| (48..54).contains(&x) && y > 30),
            ears: [None; 2],
        };
        let locks = |parts: &PartMap| {
            let joints = Joints::from_body_points(&points);
            LocksByArms::of(&RigSource {
                joints: &joints,
                face: None,
                has_neck: true,
                parts,
                sheets: &[],
                alphas: &[],
            })
        };
        let by_both = locks(&parts).expect("there is hair");
        for (x, by) in [(160.0, 1.0), (28.0, -1.0), (40.0, -1.0), (51.0, -1.0), (100.0, 0.0)] {
            assert_eq!(by_both.at(Vec2::new(x, 60.0)), by, "at {x}");
        }
        let by_one = locks(&PartMap { hair_behind: nowhere, ..parts }).expect("there is hair");
        assert_eq!(by_one.at(Vec2::new(28.0, 60.0)), 0.0);
    }
}
