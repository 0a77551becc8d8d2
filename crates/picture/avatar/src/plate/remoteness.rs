use frame::Plane;

use super::patch_field::Colour;
use crate::filter::{Mask, box_blur, coverage, dilate_square, resize_area, threshold};

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

/// Cost of a source one long side away, across and down, in a picture without texture.
const ACROSS: f32 = 1500.0;
const DOWN: f32 = 8000.0;

/// Further cost down, by the busyness of the scene, at a long side of [`REFERENCE_PX`] and as its inverse square.
const DOWN_BY_BUSYNESS: f32 = 8.0;
const REFERENCE_PX: f32 = 400.0;

impl Remoteness {
    /// For a picture of `long_side_px` of a scene of some [`busyness`].
    pub(super) fn new(long_side_px: u32, busyness: f32) -> Self {
        let side = long_side_px as f32;
        let coarseness = (REFERENCE_PX / side).powi(2);
        let down = DOWN + DOWN_BY_BUSYNESS * coarseness * busyness;
        Self { across: ACROSS / (side * side), down: down / (side * side) }
    }

    /// The cost for a pixel `at` of the patch about `source`.
    pub(super) fn cost(self, at: (usize, usize), source: (usize, usize)) -> f32 {
        let across = source.0 as f32 - at.0 as f32;
        let down = source.1 as f32 - at.1 as f32;
        self.across * across * across + self.down * down * down
    }
}

/// How busy a scene is about the hole: the variance of colour within patches of 7 hundredths of the long side that the
/// quieter quarter of them stays below.
pub(super) fn busyness(picture: &Plane<Colour>, hole: &Mask) -> f32 {
    const LONG_SIDE_PX: u32 = 100;
    const PATCH_RADIUS: usize = 3;
    let size = picture.size().fitted(LONG_SIDE_PX);
    let small = resize_area(picture, size);
    let hole = dilate_square(&threshold(&resize_area(&coverage(hole), size), 0.0), PATCH_RADIUS);
    let about = dilate_square(&hole, size.long_side() as usize / 6);
    let means = box_blur(&small, PATCH_RADIUS);
    let squares = box_blur(&small.map(|&[r, g, b, _]| r * r + g * g + b * b), PATCH_RADIUS);
    let mut variances: Vec<f32> = (0..size.area())
        .filter(|&i| about.pixels()[i] && !hole.pixels()[i])
        .map(|i| {
            let [r, g, b, _] = means.pixels()[i];
            (squares.pixels()[i] - r * r - g * g - b * b).max(0.0)
        })
        .collect();
    if variances.is_empty() {
        return 0.0;
    }
    let quarter = variances.len() / 4;
    *variances.select_nth_unstable_by(quarter, f32::total_cmp).1
}
