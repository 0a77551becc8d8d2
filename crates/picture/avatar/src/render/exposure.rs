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

/// Where and how finely an exposure smears.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Blur {
    /// The part of the picture in which something moves fast.
    pub(super) window: Window,
    /// Pictures to average.
    pub(super) samples: usize,
}

impl Blur {
    /// `None` where nothing moves fast in a picture of this size while vertices go from `from` to `to`.
    pub(super) fn of(cells: &[[u32; 4]], from: &[Vec2], to: &[Vec2], size: Size) -> Option<Self> {
        let (mut low, mut high, mut most) = (Vec2::INFINITY, Vec2::NEG_INFINITY, 0f32);
        for corners in cells {
            let places = || corners.iter().map(|&v| (from[v as usize], to[v as usize]));
            let moved = places().map(|(p, q)| p.distance(q)).fold(0.0, f32::max);
            if moved < LEAST_PX {
                continue;
            }
            most = most.max(moved);
            for (p, q) in places() {
                (low, high) = (low.min(p.min(q)), high.max(p.max(q)));
            }
        }
        let window = Window::about(low, high, size)?;
        Some(Self { window, samples: ((most / STEP_PX).ceil() as usize).clamp(2, MOST_SAMPLES) })
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
        assert_eq!(Blur::of(&cells, &from, &from, size), None);
        let blur = Blur::of(&cells, &from, &[at(51.0), at(28.0)].concat(), size).unwrap();
        let window = Window { left: 20, top: 10, right: 32, bottom: 14 };
        assert_eq!(blur, Blur { window, samples: 3 });
    }
}
