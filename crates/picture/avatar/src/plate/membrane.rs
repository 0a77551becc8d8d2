use frame::{Plane, SrgbPlane};
use glam::Vec3;

use crate::filter::{
    Channels, Mask, bounds, box_blur, complement, coverage, difference, dilate_square, distance_to,
    erode_square, laplace_fill, luma,
};
use crate::smoothstep;

/// `filled` shifted inside the hole so that it meets `image` at the rim: the difference across the rim spreads inwards as a membrane.
/// On a textured rim a difference within the texture's own scatter means little, and its shift dies away quickly; one beyond it
/// shows that the fill is of other light or other stuff.
pub(super) fn meet_at_rim(image: &SrgbPlane, filled: &SrgbPlane, hole: &Mask) -> SrgbPlane {
    let Some(rect) = bounds(hole).map(|rect| rect.grown(4, image.size())) else {
        return image.clone();
    };
    let outer_rim = difference(&dilate_square(hole, 3), hole);
    let inner_rim = difference(hole, &erode_square(hole, 2));
    let roughness = roughness(image, &outer_rim);
    let outside = mean_within(image, &outer_rim, 6);
    let inside = mean_within(filled, &inner_rim, 6);
    let step =
        outside.zip_map(&inside, |outside, inside| outside.minus(*inside).map(|v| v.clamp(-120.0, 120.0)));
    let clear = step.zip_map(&roughness, |step, rough| {
        let size = Vec3::from_array(*step).length() / 3f32.sqrt();
        smoothstep(size / rough.max(SMOOTH) - 1.0)
    });
    let spread = |share: &dyn Fn(f32, f32) -> f32| {
        let shares = clear.zip_map(&roughness, |clear, rough| share(*clear, *rough));
        let steps = step.zip_map(&shares, |step, share| step.times(*share));
        laplace_fill(&rect.cut(&steps), &rect.cut(&inner_rim))
    };
    let surely = spread(&|clear, _| clear);
    let perhaps = spread(&|clear, rough| (1.0 - clear) * (-(rough / SMOOTH).powi(2)).exp());
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
            *pixel = pixel.plus(surely.get(x, y)).plus(perhaps.get(x, y).times(reach.get(x, y)));
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

    #[test]
    fn a_fill_of_another_stuff_meets_a_textured_picture() {
        let texture = |x: u32, y: u32| if (x / 2 + y / 2).is_multiple_of(2) { 40.0 } else { 70.0 };
        let image = Plane::from_fn(Size::new(90, 80), |x, y| [texture(x, y); 3]);
        let hole = Plane::from_fn(image.size(), |x, y| (30..60).contains(&x) && (20..60).contains(&y));
        let mean = |plane: &SrgbPlane| {
            let inside = plane.pixels().iter().zip(hole.pixels()).filter(|(_, hole)| **hole);
            inside.map(|(p, _)| p[0]).sum::<f32>() / 1200.0
        };
        let bright = meet_at_rim(&image, &image.map(|colour| colour.map(|v| v + 110.0)), &hole);
        assert!((mean(&bright) - 55.0).abs() < 8.0, "{}", mean(&bright));
        let alike = meet_at_rim(&image, &image.map(|colour| colour.map(|v| v + 6.0)), &hole);
        assert!((mean(&alike) - 61.0).abs() < 1.0, "within its scatter it stays: {}", mean(&alike));
    }
}
