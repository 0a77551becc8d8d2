use frame::Plane;

use crate::filter::{Channels, Mask, box_blur, coverage, dilate_square, resize_area, threshold};

/// What a source costs for being far away, in squared colour differences. Behind someone a scene mostly goes on sideways:
/// it changes more from top to bottom than from side to side, and the busier it is the less do colours alone tell what
/// fits, all the more while the picture is coarse and the hole but a blur.
#[derive(Clone, Copy, Debug)]
pub(super) struct Remoteness {
    /// Cost a squared pixel across.
    across: f32,
    /// Cost a squared pixel up or down.
    down: f32,
}

/// Cost of a source one long side away, across and down, in a scene that is busy all over.
const ACROSS: f32 = 1500.0;
const DOWN: f32 = 8000.0;

/// The least variance of a scene that is half busy.
const HALF_BUSY: f32 = 30.0;

/// Further cost down, by the busyness of the scene, at a long side of [`REFERENCE_PX`] and as its inverse square.
const DOWN_BY_BUSYNESS: f32 = 20.0;
const REFERENCE_PX: f32 = 400.0;

impl Remoteness {
    /// For a picture of `long_side_px`, of a scene in which the quieter tenth of patches has colour variances up to
    /// `least_variance`: see [`variances_about`].
    pub(super) fn new(long_side_px: u32, least_variance: f32) -> Self {
        let side = long_side_px as f32;
        let coarseness = (REFERENCE_PX / side).powi(2);
        let busy = busyness(least_variance);
        let down = DOWN * busy + DOWN_BY_BUSYNESS * coarseness * least_variance;
        Self { across: ACROSS * busy / (side * side), down: down / (side * side) }
    }

    /// The cost for a pixel `at` of the patch about `source`.
    pub(super) fn cost(self, at: (usize, usize), source: (usize, usize)) -> f32 {
        let across = source.0 as f32 - at.0 as f32;
        let down = source.1 as f32 - at.1 as f32;
        self.across * across * across + self.down * down * down
    }
}

/// From 0, a scene with plain parts, to 1, one that is busy all over, by what the quieter tenth of variances stays below.
pub(super) fn busyness(least_variance: f32) -> f32 {
    least_variance.powi(2) / (least_variance.powi(2) + HALF_BUSY.powi(2))
}

/// The variances of colour, all channels together, of patches of 7 hundredths of the long side, in a picture of that many pixels, and
/// the patches that hold any of the hole.
fn variances<P: Channels>(picture: &Plane<P>, hole: &Mask) -> (Plane<f32>, Mask) {
    const LONG_SIDE_PX: u32 = 100;
    const PATCH_RADIUS: usize = 3;
    let size = picture.size().fitted(LONG_SIDE_PX);
    let small = resize_area(picture, size);
    let hole = dilate_square(&threshold(&resize_area(&coverage(hole), size), 0.0), PATCH_RADIUS);
    let squares = box_blur(&small.map(|pixel| pixel.zip(*pixel, |a, b| a * b)), PATCH_RADIUS);
    let means = box_blur(&small, PATCH_RADIUS);
    let variances = squares.zip_map(&means, |square, mean| {
        let variance = square.zip(*mean, |square, mean| square - mean * mean);
        bytemuck::cast_slice::<P, f32>(&[variance]).iter().sum::<f32>().max(0.0)
    });
    (variances, hole)
}

/// The [`variances`] about the hole, in ascending order. Never empty.
pub(super) fn variances_about<P: Channels>(picture: &Plane<P>, hole: &Mask) -> Vec<f32> {
    let (variances, hole) = variances(picture, hole);
    let about = dilate_square(&hole, hole.size().long_side() as usize / 6);
    let is_about = about.pixels().iter().zip(hole.pixels()).map(|(about, hole)| *about && !hole);
    let about = variances.pixels().iter().zip(is_about).filter(|(_, about)| *about);
    let mut variances: Vec<f32> = about.map(|(variance, _)| *variance).collect();
    if variances.is_empty() {
        variances.push(0.0);
    }
    variances.sort_unstable_by(f32::total_cmp);
    variances
}
