use frame::{Matte, Plane};
use glam::Vec2;

use crate::filter::{
    Connectivity, Mask, bounds, close_disc, components, open_disc, resize_area, signed_distance, threshold,
};
use crate::matte::filled_drawing;

/// Long side of the grid that an outline is read on, in cells.
const LONG_SIDE: f32 = 224.0;
/// Cells about the subject, so that its outline is closed.
const MARGIN: usize = 3;
/// A cell is the subject's from this mean alpha on: a stroke thinner than a cell counts.
const LEAST_ALPHA: f32 = 0.3;
/// Gaps in a drawn outline that are closed, in cells.
const GAP: f32 = 2.0;

/// The outline of the subject on a small grid about it. Lengths and points are in cells of the grid unless they say otherwise.
pub(super) struct Silhouette {
    /// The subject: one piece, drawn outlines filled.
    pub(super) mask: Mask,
    /// Distance to the outline, positive inside.
    pub(super) depth: Plane<f32>,
    /// Picture pixels a cell.
    pub(super) px_per_cell: f32,
    /// The grid's corner in the picture.
    origin_px: Vec2,
    /// Whether the subject goes on below the picture.
    pub(super) is_cut_below: bool,
}

impl Silhouette {
    /// The outline of the largest subject in a matte; `None` where there is none.
    pub(super) fn of(matte: &Matte) -> Option<Self> {
        let filled = filled_drawing(&matte.0);
        let solid = threshold(&filled, 0.5);
        let pieces = components(&close_disc(&solid, 0.004 * solid.height() as f32), Connectivity::Eight);
        let largest = pieces.largest()?;
        let rect = pieces.regions[largest].bounds;
        let main = pieces.select(|i| i == largest);
        let alone = filled.zip_map(&main, |&alpha, &main| if main { alpha } else { 0.0 });
        let px_per_cell = (rect.size.long_side() as f32 / LONG_SIDE).max(1.0);
        let cells = resize_area(&rect.cut(&alone), rect.size.scaled(1.0 / px_per_cell));
        let size =
            frame::Size::new(cells.size().width + 2 * MARGIN as u32, cells.size().height + 2 * MARGIN as u32);
        let grid = Plane::from_fn(size, |x, y| {
            let (x, y) = ((x as usize).wrapping_sub(MARGIN), (y as usize).wrapping_sub(MARGIN));
            x < cells.width() && y < cells.height() && cells.get(x, y) > LEAST_ALPHA
        });
        let pieces = components(&close_disc(&grid, GAP), Connectivity::Eight);
        let largest = pieces.largest()?;
        let mask = pieces.select(|i| i == largest);
        Some(Self {
            depth: signed_distance(&mask),
            mask,
            px_per_cell,
            origin_px: Vec2::new(rect.x as f32, rect.y as f32) - MARGIN as f32 * px_per_cell,
            is_cut_below: rect.bottom() == matte.0.height(),
        })
    }

    /// A point of the grid in the picture.
    pub(super) fn in_picture(&self, point: Vec2) -> Vec2 {
        self.origin_px + point * self.px_per_cell
    }

    /// A point of the picture on the grid.
    pub(super) fn in_grid(&self, point_px: Vec2) -> Vec2 {
        (point_px - self.origin_px) / self.px_per_cell
    }

    /// Distance to the outline at a point, positive inside; far outside of the grid.
    pub(super) fn depth_at(&self, point: Vec2) -> f32 {
        match self.mask.size().contains(point) {
            true => self.depth.get(point.x as usize, point.y as usize),
            false => -LONG_SIDE,
        }
    }

    /// First and last row of the subject.
    pub(super) fn rows(&self) -> [f32; 2] {
        bounds(&self.mask).map_or([0.0; 2], |rect| [rect.y as f32, rect.bottom() as f32])
    }

    /// From the subject's top to its bottom.
    pub(super) fn height(&self) -> f32 {
        let [top, bottom] = self.rows();
        bottom - top
    }

    /// The centres of the largest discs that fit, the largest first; none lies in another.
    pub(super) fn largest_discs(&self, count: usize) -> Vec<(Vec2, f32)> {
        let mut discs: Vec<(Vec2, f32)> = Vec::new();
        while discs.len() < count {
            let free =
                |p: Vec2, _: f32| discs.iter().all(|(centre, radius)| p.distance(*centre) > 1.3 * radius);
            let Some(next) = deepest(&self.depth, free) else { break };
            if discs.first().is_some_and(|(_, largest)| next.1 < 0.35 * largest) {
                break;
            }
            discs.push(next);
        }
        discs
    }

    /// The subject without what is thinner than `2 radius`, as far as it hangs together with `centre`.
    pub(super) fn opened_about(&self, centre: Vec2, radius: f32) -> Mask {
        let opened = open_disc(&self.mask, radius);
        let pieces = components(&opened, Connectivity::Eight);
        let own = pieces.labels.get(centre.x as usize, centre.y as usize);
        pieces.labels.map(|&label| label != 0 && label == own)
    }
}

/// The place of the greatest value among those that `wanted` picks, and the value; `None` if no such value is positive.
pub(super) fn deepest(depth: &Plane<f32>, wanted: impl Fn(Vec2, f32) -> bool) -> Option<(Vec2, f32)> {
    let mut best: Option<(Vec2, f32)> = None;
    for y in 0..depth.height() {
        for (x, &value) in depth.row(y).iter().enumerate() {
            let place = Vec2::new(x as f32 + 0.5, y as f32 + 0.5);
            if value > best.map_or(0.0, |(_, best)| best) && wanted(place, value) {
                best = Some((place, value));
            }
        }
    }
    best
}
