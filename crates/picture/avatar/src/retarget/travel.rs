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
#[derive(Clone, Debug)]
pub(super) struct Travel {
    /// The driver's pixels a metre where the character is as large as in the still.
    pub px_per_metre: f32,
    /// The driver's size in every frame, where the character is as in the still being 1.
    nearer: Vec<f32>,
    /// Where the driver's pelvis, or chest if the hips are not seen, is when the character's is where the still has it, pixels of the
    /// driver's picture.
    pub start: Vec2,
    /// The power of the driver's size that the character's is: below 1 it travels as before a camera that is farther away.
    ease: f32,
    /// The y of the driver's ankles on the ground there, in every frame: a camera that is held in hands moves it.
    ground: Vec<f32>,
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
            nearer: Vec::new(),
            start: driver[reference.frame][anchor].truncate(),
            ease: 1.0,
            ground: Vec::new(),
            driver_slope: 0.0,
            slope: 0.0,
        };
        let sizes = |base: f32| track.px_per_metre.iter().map(|&now| (now / base).max(1e-6)).collect();
        if !seen.ground() {
            travel.nearer = sizes(there);
            return travel;
        }
        let same = reference.is_the_still();
        let usual = |values: &mut dyn Iterator<Item = f32>| percentile(values, 0.5);
        let distance = usual(&mut track.px_per_metre.iter().copied()).max(1e-6);
        travel.px_per_metre = distance + (there - distance) * same;
        let x = usual(&mut driver.iter().map(|joints| joints[anchor].x));
        travel.start.x = x + (travel.start.x - x) * same;

        let nearer: Vec<f32> = sizes(travel.px_per_metre);
        let ankles: Vec<f32> = driver.iter().map(lower_ankle).collect();
        travel.driver_slope = slope(&nearer, &ankles).max(0.0);
        let levels: Vec<f32> = ankles
            .iter()
            .zip(&nearer)
            .map(|(ankle, size)| ankle - travel.driver_slope * (size - 1.0))
            .collect();
        // In the air both ankles are above the ground.
        let usual = percentile(levels.iter().copied(), 0.6);
        let usual = usual + (levels[reference.frame] - usual) * reference.likeness;
        let about = ground_about(&levels, track.frame_rate.as_f64() as f32);
        travel.ground = about.iter().map(|about| about + (usual - about) * same).collect();

        let whole = travel.driver_slope * proportions.leg() * there / travel.px_per_metre;
        let largest = percentile(nearer.iter().copied(), 0.98).max(1.0);
        let (slope, ease) = within(rest, whole, largest);
        travel.slope = slope + (whole - slope) * same;
        travel.ease = ease + (1.0 - ease) * same;
        travel.nearer = nearer;
        travel
    }

    /// The driver's size in a frame, where the character is as in the still being 1.
    pub(super) fn nearer(&self, frame: usize) -> f32 {
        self.nearer[frame]
    }

    /// The character's size in a frame.
    pub(super) fn size(&self, frame: usize) -> f32 {
        self.nearer[frame].powf(self.ease)
    }

    /// How far from where it is in the still a foot of the character stands in a frame, pixels of its picture, at `size` times its own, where
    /// the driver's ankle is at `place`. `ratio` takes the driver's pixels into the character's at its own size.
    pub(super) fn of_foot(&self, frame: usize, place: Vec2, size: f32, ratio: f32) -> Vec2 {
        let nearer = self.nearer[frame];
        let above_ground = place.y - self.ground[frame] - self.driver_slope * (nearer - 1.0);
        let moved = Vec2::new(place.x - self.start.x, above_ground) * ratio * (size / nearer);
        moved + Vec2::Y * self.slope * (size - 1.0)
    }
}

/// The level of the ground about every frame, of those of the lower ankle: where that is when it is lowest, for a jump is short.
fn ground_about(levels: &[f32], frames_per_sec: f32) -> Vec<f32> {
    /// How far before and after, in seconds; and which share of the frames has the ankle higher.
    const ABOUT_SECS: f32 = 1.0;
    const HIGHER: f32 = 0.8;
    let reach = (ABOUT_SECS * frames_per_sec).ceil() as usize;
    let about = |t: usize| t.saturating_sub(reach)..(t + reach + 1).min(levels.len());
    let lowest: Vec<f32> =
        (0..levels.len()).map(|t| percentile(levels[about(t)].iter().copied(), HIGHER)).collect();
    (0..levels.len()).map(|t| lowest[about(t)].iter().sum::<f32>() / about(t).len() as f32).collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ground_goes_with_a_camera_and_not_with_a_jump() {
        // Six seconds in which the camera sinks by 60 px, and a jump of half a second by 100 px in the middle.
        let camera = |t: usize| 400.0 - 60.0 * t as f32 / 150.0;
        let jump = |t: usize| if (70..82).contains(&t) { 100.0 } else { 0.0 };
        let levels: Vec<f32> = (0..150).map(|t| camera(t) - jump(t)).collect();
        for (t, ground) in ground_about(&levels, 25.0).into_iter().enumerate() {
            assert!((ground - camera(t)).abs() < 13.0, "frame {t}: {ground} of {}", camera(t));
        }
    }
}
