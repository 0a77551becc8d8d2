use glam::Vec2;

use super::proportions::Proportions;
use super::reference::Reference;
use super::root::lower_ankle;
use super::{CharacterRest, Seen};
use crate::motion::{DrivingTrack, percentile};
use crate::{Joint, Joints};

/// How far below the horizon the character's ground is taken to be at most, in its height from ankle to head: a camera at its hips. From
/// higher up it would soon stand on what is behind it.
const HORIZON: f32 = 0.45;

/// A driver's way towards the camera and away from it, and what the character makes of it in the picture of another camera.
///
/// In the picture of a level camera what stands on the ground is as much lower than the horizon as it is nearer. Two pictures have
/// horizons of their own, so that only sizes can be carried over: where the character's feet go follows from its size.
#[derive(Clone, Copy, Debug)]
pub(super) struct Travel {
    /// The driver's pixels a metre where the character is as large as in the still.
    pub px_per_metre: f32,
    /// Where the driver's pelvis, or chest if the hips are not seen, is when the character's is where the still has it, pixels of the
    /// driver's picture.
    pub start: Vec2,
    /// The power of the driver's size that the character's is: below 1 it travels as before a camera that is farther away.
    ease: f32,
    /// The y of the driver's ankles on the ground there.
    ground: f32,
    /// How much lower the ground is where the driver is twice as large, pixels of the driver's picture; and where the character is, of its
    /// own.
    driver_slope: f32,
    slope: f32,
}

impl Travel {
    /// The character is as in the still in the frame of `reference` if the driver is as the still there; else, where both stand on the
    /// ground, where the driver usually is.
    pub(super) fn of(
        rest: &CharacterRest,
        track: &DrivingTrack,
        driver: &[Joints],
        (reference, proportions): (&Reference, &Proportions),
        seen: &Seen,
    ) -> Self {
        let anchor = if seen.driver_hips { Joint::Pelvis } else { Joint::Chest };
        let there = track.px_per_metre[reference.frame].max(1e-6);
        let mut travel = Self {
            px_per_metre: there,
            start: driver[reference.frame][anchor].truncate(),
            ease: 1.0,
            ground: 0.0,
            driver_slope: 0.0,
            slope: 0.0,
        };
        if !seen.ground() {
            return travel;
        }
        let same = reference.is_the_still();
        let usual = |values: &mut dyn Iterator<Item = f32>| percentile(values, 0.5);
        let distance = usual(&mut track.px_per_metre.iter().copied()).max(1e-6);
        travel.px_per_metre = distance + (there - distance) * same;
        let x = usual(&mut driver.iter().map(|joints| joints[anchor].x));
        travel.start.x = x + (travel.start.x - x) * same;

        let nearer: Vec<f32> = (0..driver.len()).map(|t| travel.nearer(track, t)).collect();
        let ankles: Vec<f32> = driver.iter().map(lower_ankle).collect();
        travel.driver_slope = slope(&nearer, &ankles).max(0.0);
        let on_ground = |t: usize| ankles[t] - travel.driver_slope * (nearer[t] - 1.0);
        // In the air both ankles are above the ground.
        let usual = percentile((0..driver.len()).map(on_ground), 0.6);
        travel.ground = usual + (on_ground(reference.frame) - usual) * reference.likeness;

        let whole = travel.driver_slope * proportions.leg() * there / travel.px_per_metre;
        let largest = percentile(nearer.iter().copied(), 0.98).max(1.0);
        let (slope, ease) = within(rest, whole, largest);
        travel.slope = slope + (whole - slope) * same;
        travel.ease = ease + (1.0 - ease) * same;
        travel
    }

    /// The driver's size in a frame, where the character is as in the still being 1.
    pub(super) fn nearer(&self, track: &DrivingTrack, frame: usize) -> f32 {
        (track.px_per_metre[frame] / self.px_per_metre).max(1e-6)
    }

    /// The character's size at the driver's.
    pub(super) fn size(&self, nearer: f32) -> f32 {
        nearer.powf(self.ease)
    }

    /// How far from where it is in the still a foot of the character stands, pixels of its picture, at `size` times its own, where the
    /// driver's ankle is at `place` and the driver is `nearer`. `ratio` takes the driver's pixels into the character's at its own size.
    pub(super) fn of_foot(&self, place: Vec2, nearer: f32, size: f32, ratio: f32) -> Vec2 {
        let above_ground = place.y - self.ground - self.driver_slope * (nearer - 1.0);
        let moved = Vec2::new(place.x - self.start.x, above_ground) * ratio * (size / nearer);
        moved + Vec2::Y * self.slope * (size - 1.0)
    }
}

/// How much lower the ground is per size by the least squares over all frames, none where the size hardly changes.
fn slope(sizes: &[f32], ankles: &[f32]) -> f32 {
    /// Sizes that deviate by less from their mean do not tell.
    const HARDLY: f32 = 0.02;
    let count = sizes.len().max(1) as f32;
    let mean = |values: &[f32]| values.iter().sum::<f32>() / count;
    let (size, ankle) = (mean(sizes), mean(ankles));
    let pairs = || sizes.iter().zip(ankles).map(|(s, a)| (s - size, a - ankle));
    let covariance: f32 = pairs().map(|(s, a)| s * a).sum::<f32>() / count;
    covariance / (pairs().map(|(s, _)| s * s).sum::<f32>() / count + HARDLY * HARDLY)
}

/// The slope of the character's ground and the power of its size with which feet and head stay in the picture at `largest` times the size,
/// the slope being at most `whole`.
fn within(rest: &CharacterRest, whole: f32, largest: f32) -> (f32, f32) {
    /// How far a foot goes below its ankle, in heights from ankle to head.
    const FOOT: f32 = 0.06;
    /// What it grows at least, and the least power.
    const GROWTH: f32 = 1.08;
    const LEAST: f32 = 0.3;
    let (ankle, head) = (lower_ankle(&rest.joints), rest.joints[Joint::Head].y);
    let (height, top) = ((ankle - head).max(1.0), head - rest.crown);
    let room = (rest.size.height as f32 - ankle - FOOT * height * largest).max(0.0);
    let slope = whole.min(HORIZON * height).min(room / (largest - 1.0).max(1e-3));
    let fits = (ankle - slope) / (ankle - top - slope).max(1.0);
    let ease = if largest > GROWTH { fits.max(GROWTH).ln() / largest.ln() } else { 1.0 };
    (slope, ease.clamp(LEAST, 1.0))
}
