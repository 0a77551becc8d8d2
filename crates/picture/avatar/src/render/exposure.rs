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

/// The part of a tile in which something moves fast, and how finely it smears.
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

    /// The blur of a `tile` that shows `cells`, given by their corners, while vertices go from `from` to `to`; `None` where
    /// nothing in it moves fast.
    pub(super) fn of(
        cells: impl Iterator<Item = [u32; 4]>,
        [from, to]: [&[Vec2]; 2],
        tile: Window,
    ) -> Option<Self> {
        let in_tile = |corners: [u32; 4]| {
            let swept = corners.map(|v| [from[v as usize], to[v as usize]]);
            let reach = swept.iter().map(|[p, q]| p.distance_squared(*q)).fold(0.0, f32::max);
            if reach < LEAST_PX * LEAST_PX {
                return None;
            }
            Some(Self { window: tile.about(swept.as_flattened())?, reach_px: reach.sqrt() })
        };
        cells
            .filter_map(in_tile)
            .reduce(|a, b| Self { window: a.window.joined(b.window), reach_px: a.reach_px.max(b.reach_px) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use frame::Size;

    const CELLS: [[u32; 4]; 2] = [[0, 1, 2, 3], [4, 5, 6, 7]];

    /// Two cells of 4 x 4 pixels in row 10, by their left sides.
    fn at(left: [f32; 2]) -> Vec<Vec2> {
        let cell = |x: f32| [(x, 10.0), (x + 4.0, 10.0), (x, 14.0), (x + 4.0, 14.0)].map(Vec2::from);
        left.map(cell).concat()
    }

    fn columns(left: usize, right: usize) -> Window {
        Window { left, right, ..Window::of(Size::new(100, 100)) }
    }

    #[test]
    fn only_what_moves_fast_is_blurred() {
        let blur = |to| Blur::of(CELLS.into_iter(), [&at([50.0, 20.0]), &at(to)], columns(0, 100));
        assert_eq!(blur([50.0, 20.0]), None);
        let found = blur([51.0, 28.0]).unwrap();
        assert_eq!(found, Blur { window: Window { top: 10, bottom: 14, ..columns(20, 32) }, reach_px: 8.0 });
        assert_eq!(found.samples(), 3);
    }

    #[test]
    fn a_tile_is_blurred_by_what_moves_in_it_alone() {
        let (from, to) = (at([20.0, 60.0]), at([26.0, 90.0]));
        let blur = |tile| Blur::of(CELLS.into_iter(), [&from, &to], tile);
        let found = [columns(0, 50), columns(50, 80), columns(94, 100)].map(blur);
        let told = found.map(|blur| blur.map(|blur| (blur.window.left, blur.window.right, blur.samples())));
        assert_eq!(told, [Some((20, 30, 2)), Some((60, 80, 10)), None]);
    }
}
