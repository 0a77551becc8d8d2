use frame::Size;
use glam::Vec2;

use super::canvas::Window;
use crate::Joint;
use crate::retarget::Pose;

/// What moves by less than this while the shutter is open is drawn sharp, pixels.
const LEAST_PX: f32 = 3.0;
/// Steps between the pictures that are averaged, pixels: an edge is a pixel wide, and texture mostly wider.
const STEP_PX: f32 = 3.0;
/// The most pictures that are averaged.
const MOST_SAMPLES: usize = 12;

/// When a frame is seen: in an instant, all sharp, or while a shutter is open, what moves fast smeared.
#[derive(Clone, Debug, PartialEq)]
pub struct Exposure {
    /// The pose when the shutter opens.
    pub(super) from: Pose,
    /// The pose when it closes; none for an instant.
    pub(super) to: Option<Box<Pose>>,
}

impl Exposure {
    /// In an instant.
    pub const fn instant(pose: Pose) -> Self {
        Self { from: pose, to: None }
    }

    /// From one pose to another.
    pub fn open(from: Pose, to: Pose) -> Self {
        Self { from, to: Some(Box::new(to)) }
    }

    /// The exposure of frame `frame` of a motion by a shutter that is open for `shutter_deg` / 360 of the time from one frame to the
    /// next, half of that before the frame's moment and half after; an instant where no joint moves enough to smear.
    ///
    /// # Panics
    /// If there is no such frame.
    pub fn of(poses: &[Pose], frame: usize, shutter_deg: f32) -> Self {
        let pose = &poses[frame];
        let share = shutter_deg / 720.0;
        let towards = |other: Option<&Pose>| other.map_or_else(|| pose.clone(), |o| pose.between(o, share));
        let from = towards(frame.checked_sub(1).and_then(|before| poses.get(before)));
        let to = towards(poses.get(frame + 1));
        let moved = |joint: Joint| from.joints[joint].truncate().distance(to.joints[joint].truncate());
        let is_fast = Joint::ALL.into_iter().any(|joint| moved(joint) >= LEAST_PX);
        if is_fast { Self::open(from, to) } else { Self::instant(pose.clone()) }
    }
}

/// A part of the picture in which something moves fast, and how finely it smears.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Blur {
    pub(super) window: Window,
    /// How far the fastest goes, pixels.
    reach_px: f32,
}

impl Blur {
    /// Pictures to average.
    pub(super) fn samples(&self) -> usize {
        ((self.reach_px / STEP_PX).ceil() as usize).clamp(2, MOST_SAMPLES)
    }

    /// The blurs of a picture of this size while vertices go from `from` to `to`: windows that do not meet each other and hold
    /// all that moves fast.
    pub(super) fn of(cells: &[[u32; 4]], from: &[Vec2], to: &[Vec2], size: Size) -> Vec<Self> {
        let mut blurs: Vec<Self> = Vec::new();
        for corners in cells {
            let places = || corners.iter().map(|&v| (from[v as usize], to[v as usize]));
            let reach_px = places().map(|(p, q)| p.distance(q)).fold(0.0, f32::max);
            if reach_px < LEAST_PX {
                continue;
            }
            let Some(window) = Window::about(places().flat_map(|(p, q)| [p, q]), size) else { continue };
            // Neighbours mostly come one after the other, so the last window is the likeliest to hold this one.
            let mut blur = Self { window, reach_px };
            while let Some(i) = blurs.iter().rposition(|other| other.window.common(blur.window).is_some()) {
                let other = blurs.remove(i);
                let window = other.window.joined(blur.window);
                blur = Self { window, reach_px: other.reach_px.max(blur.reach_px) };
            }
            blurs.push(blur);
        }
        blurs
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_moves_fast_is_blurred() {
        let at = |x: f32| {
            [Vec2::new(x, 10.0), Vec2::new(x + 4.0, 10.0), Vec2::new(x, 14.0), Vec2::new(x + 4.0, 14.0)]
        };
        let cells = [[0, 1, 2, 3], [4, 5, 6, 7]];
        let from = [at(50.0), at(20.0)].concat();
        let size = Size::new(100, 100);
        assert_eq!(Blur::of(&cells, &from, &from, size), []);
        let blurs = Blur::of(&cells, &from, &[at(51.0), at(28.0)].concat(), size);
        let window = Window { left: 20, top: 10, right: 32, bottom: 14 };
        assert_eq!(blurs, [Blur { window, reach_px: 8.0 }]);
        assert_eq!(blurs[0].samples(), 3);
    }

    #[test]
    fn what_moves_fast_in_two_places_is_blurred_in_two_windows_that_do_not_meet() {
        let at = |x: f32| {
            [Vec2::new(x, 10.0), Vec2::new(x + 4.0, 10.0), Vec2::new(x, 14.0), Vec2::new(x + 4.0, 14.0)]
        };
        let cells = [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]];
        let from = [at(20.0), at(60.0), at(30.0)].concat();
        let to = [at(26.0), at(90.0), at(24.0)].concat();
        let blurs = Blur::of(&cells, &from, &to, Size::new(100, 100));
        let windows: Vec<_> = blurs.iter().map(|blur| (blur.window.left, blur.window.right)).collect();
        assert_eq!(windows, [(60, 94), (20, 34)]);
        assert_eq!(blurs.iter().map(Blur::samples).collect::<Vec<_>>(), [10, 2]);
    }
}
