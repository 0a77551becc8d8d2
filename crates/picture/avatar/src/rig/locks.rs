use frame::Plane;
use glam::{Vec2, Vec3};

use super::RigSource;
use crate::filter::{coverage, gaussian_blur, sample_linear};
use crate::parts::distance_to_polyline;
use crate::{Limb, Side, smoothstep};

/// Hair that falls over an upper arm in the still, and lies before it however the arm moves.
///
/// By depth alone the two would change places from cell to cell, along a staircase.
pub(super) struct LocksOverArms {
    hair: Plane<f32>,
    /// The upper arms they fall over, with their half widths.
    arms: Vec<([Vec2; 2], f32)>,
}

impl LocksOverArms {
    /// `None` where there is no such hair.
    pub(super) fn of(source: &RigSource<'_>) -> Option<Self> {
        let arms = Side::BOTH.into_iter().filter_map(|side| {
            let region = source.parts.limbs[Limb::Arm(side)].as_ref()?;
            region.under_hair.as_ref()?;
            let [shoulder, elbow, ..] = source.joints.chain(Limb::Arm(side)).map(Vec3::truncate);
            Some(([shoulder, elbow], region.root_radius_px))
        });
        let arms: Vec<_> = arms.collect();
        // Its ends, thinner than a cell, count as well.
        let smallest = arms.iter().map(|&(_, radius)| radius).reduce(f32::min)?;
        Some(Self { hair: gaussian_blur(&coverage(&source.parts.hair), 0.15 * smallest), arms })
    }

    /// How far a place of the trunk's front is such hair, 0 … 1.
    pub(super) fn at(&self, place: Vec2) -> f32 {
        /// Within how many half widths of the arm it counts as over it, and beyond how many it does not.
        const NEAR: [f32; 2] = [2.5, 4.0];
        let near = |(bone, radius): &([Vec2; 2], f32)| {
            1.0 - smoothstep((distance_to_polyline(place, bone) / radius - NEAR[0]) / (NEAR[1] - NEAR[0]))
        };
        let over = self.arms.iter().map(near).fold(0.0, f32::max);
        over * smoothstep(sample_linear(&self.hair, place) * 3.0)
    }
}

#[cfg(test)]
mod tests {
    use frame::Size;

    use super::*;

    #[test]
    fn only_hair_near_an_upper_arm_is_over_it() {
        let hair =
            Plane::from_fn(
                Size::new(200, 100),
                |x, y| if (20..180).contains(&x) && y < 60 { 1.0 } else { 0.0 },
            );
        let bone = [Vec2::new(40.0, 30.0), Vec2::new(40.0, 90.0)];
        let locks = LocksOverArms { hair, arms: vec![(bone, 10.0)] };
        assert_eq!(locks.at(Vec2::new(45.0, 40.0)), 1.0);
        assert_eq!(locks.at(Vec2::new(45.0, 80.0)), 0.0, "bare");
        assert_eq!(locks.at(Vec2::new(120.0, 40.0)), 0.0, "far from the arm");
    }
}
