use glam::Vec2;

use super::silhouette::Silhouette;
use crate::filter::Mask;

/// What is left of the subject without all that is thin: trunk, and head if its neck is no thinner than its limbs.
pub(super) struct Trunk {
    pub(super) mask: Mask,
    /// Column of its middle.
    pub(super) axis: f32,
    /// First row.
    pub(super) top: f32,
    /// One past the last row.
    pub(super) end: f32,
    /// One past the last row of the whole subject.
    pub(super) bottom: f32,
    /// First row of the whole subject on the axis.
    crown: f32,
    /// Half of its width in every row.
    half_widths: Vec<f32>,
}

impl Trunk {
    /// The trunk about the disc with this centre, all of it at least `2 radius` wide; `None` if nothing is left.
    pub(super) fn about(silhouette: &Silhouette, centre: Vec2, radius: f32) -> Option<Self> {
        let mask = silhouette.opened_about(centre, radius);
        let rect = crate::filter::bounds(&mask)?;
        let widths = (0..mask.height()).map(|y| mask.row(y).iter().filter(|&&set| set).count() as f32);
        let half_widths: Vec<f32> = widths.map(|width| width / 2.0).collect();
        let moments = (0..mask.height()).flat_map(|y| {
            mask.row(y).iter().enumerate().filter(|(_, set)| **set).map(|(x, _)| x as f32 + 0.5)
        });
        let axis = moments.sum::<f32>() / crate::filter::area(&mask) as f32;
        let [_, bottom] = silhouette.rows();
        let column = (axis as usize).min(mask.width() - 1);
        let crown = (0..mask.height()).find(|&y| silhouette.mask.get(column, y)).unwrap_or(rect.y) as f32;
        Some(Self { axis, top: rect.y as f32, end: rect.bottom() as f32, bottom, crown, half_widths, mask })
    }

    /// How far down the trunk a row lies: 0 its top, 1 its end.
    pub(super) fn down_share(&self, y: f32) -> f32 {
        (y - self.top) / (self.end - self.top).max(1.0)
    }

    /// Whether something rises on the axis above a row, as a head does between raised arms, but not between ears.
    pub(super) fn has_head_above(&self, y: f32, height: f32) -> bool {
        y - self.crown > 0.08 * height
    }

    /// Half of the trunk's width in a row, or in the nearest row that it has.
    pub(super) fn half_width_at(&self, y: f32) -> f32 {
        self.half_widths[y.clamp(self.top, self.end - 1.0) as usize]
    }
}
