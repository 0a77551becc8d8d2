use frame::{Plane, SrgbPlane};

use crate::filter::{
    Channels, Mask, bounds, box_blur, complement, coverage, difference, dilate_square, distance_to,
    erode_square, laplace_fill, luma,
};

/// `filled` shifted inside the hole so that it meets `image` at the rim: the difference across the rim, where the picture is
/// smooth, spreads inwards as a membrane. On a textured rim, where a difference means little, the shift dies away quickly.
pub(super) fn meet_at_rim(image: &SrgbPlane, filled: &SrgbPlane, hole: &Mask) -> SrgbPlane {
    let Some(rect) = bounds(hole).map(|rect| rect.grown(4, image.size())) else {
        return image.clone();
    };
    let outer_rim = difference(&dilate_square(hole, 3), hole);
    let inner_rim = difference(hole, &erode_square(hole, 2));
    let roughness = roughness(image, &outer_rim);
    let outside = mean_within(image, &outer_rim, 6);
    let inside = mean_within(filled, &inner_rim, 6);
    let mut step =
        outside.zip_map(&inside, |outside, inside| outside.minus(*inside).map(|v| v.clamp(-120.0, 120.0)));
    for (step, rough) in step.pixels_mut().iter_mut().zip(roughness.pixels()) {
        *step = step.times((-(rough / SMOOTH).powi(2)).exp());
    }
    let shift = laplace_fill(&rect.cut(&step), &rect.cut(&inner_rim));
    let mut reach = Plane::filled(rect.size, 1.0);
    if median_within(&roughness, &outer_rim) > TEXTURED {
        let fade_px = 0.03 * image.height() as f32;
        let depth = rect.cut(&distance_to(&complement(hole)));
        reach = depth.map(|depth| (-(depth - 2.0).max(0.0) / fade_px).exp());
    }
    let mut met = filled.clone();
    for y in 0..reach.height() {
        for x in (0..reach.width()).filter(|&x| hole.get(rect.x + x, rect.y + y)) {
            let pixel = &mut met.row_mut(rect.y + y)[rect.x + x];
            *pixel = pixel.plus(shift.get(x, y).times(reach.get(x, y)));
        }
    }
    met
}

/// Standard deviations of brightness, 0 … 255: the rim counts as smooth up to about the first, and as textured as a whole
/// from the second on.
const SMOOTH: f32 = 10.0;
const TEXTURED: f32 = 4.0;

/// Mean over the pixels of `within` in each square of side `2 radius + 1`, 0 where there are none.
fn mean_within<P: Channels>(plane: &Plane<P>, within: &Mask, radius: usize) -> Plane<P> {
    let sums = box_blur(&plane.zip_map(within, |v, &on| if on { *v } else { P::splat(0.0) }), radius);
    sums.zip_map(&box_blur(&coverage(within), radius), |sum, share| sum.times(1.0 / (share + 1e-4)))
}

/// Standard deviation of the brightness of `image` along the rim.
fn roughness(image: &SrgbPlane, rim: &Mask) -> Plane<f32> {
    let squares = luma(image).map(|&v| [v, v * v]);
    mean_within(&squares, rim, 7).map(|[mean, square]| (square - mean * mean).max(0.0).sqrt())
}

fn median_within(plane: &Plane<f32>, within: &Mask) -> f32 {
    let values = plane.pixels().iter().zip(within.pixels());
    let mut values: Vec<f32> = values.filter(|(_, on)| **on).map(|(v, _)| *v).collect();
    if values.is_empty() {
        return 0.0;
    }
    let middle = values.len() / 2;
    *values.select_nth_unstable_by(middle, f32::total_cmp).1
}

#[cfg(test)]
mod tests {
    use super::*;
    use frame::Size;

    #[test]
    fn a_fill_of_another_brightness_meets_a_smooth_picture() {
        let image =
            Plane::from_fn(Size::new(90, 80), |x, y| [100.0 + x as f32 * 0.5, 90.0 + y as f32 * 0.5, 80.0]);
        let hole = Plane::from_fn(image.size(), |x, y| (30..60).contains(&x) && (20..60).contains(&y));
        let off = image.map(|colour| colour.map(|v| v + 15.0));
        let met = meet_at_rim(&image, &off, &hole);
        for (met, image) in
            met.pixels().iter().zip(image.pixels()).zip(hole.pixels()).filter(|(_, h)| **h).map(|(p, _)| p)
        {
            assert!((0..3).all(|c| (met[c] - image[c]).abs() < 3.0), "{met:?} {image:?}");
        }
    }
}
