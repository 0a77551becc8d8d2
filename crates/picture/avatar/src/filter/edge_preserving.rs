use frame::{Plane, SrgbPlane};

use super::box_blur;
use super::from_rows;
use super::rows::reflected;

/// Mean over a disc of `diameter` (odd) pixels, weighted by nearness in place (`sigma_space`, pixels) and in colour
/// (`sigma_colour`, on the sum of the channels' differences): OpenCV's `bilateralFilter` (Tomasi & Manduchi 1998).
pub fn bilateral(image: &SrgbPlane, diameter: usize, sigma_colour: f32, sigma_space: f32) -> SrgbPlane {
    let r = (diameter / 2) as isize;
    let neighbours: Vec<(isize, isize, f32)> = (-r..=r)
        .flat_map(|dy| (-r..=r).map(move |dx| (dx, dy)))
        .filter(|(dx, dy)| dx * dx + dy * dy <= r * r)
        .map(|(dx, dy)| (dx, dy, (-0.5 * (dx * dx + dy * dy) as f32 / (sigma_space * sigma_space)).exp()))
        .collect();
    // Differences come from 8-bit pictures: whole steps are fine enough.
    let weight_of_step: Vec<f32> =
        (0..=3 * 255).map(|d| (-0.5 * (d as f32 / sigma_colour).powi(2)).exp()).collect();
    let (width, height) = (image.width(), image.height());
    from_rows(image.size(), [0.0; 3], |y, out| {
        let lines: Vec<&[[f32; 3]]> =
            (-r..=r).map(|dy| image.row(reflected(y as isize + dy, height))).collect();
        for (x, out) in out.iter_mut().enumerate() {
            let centre = lines[r as usize][x];
            let (mut sum, mut total) = ([0.0; 3], 0.0);
            for &(dx, dy, nearness) in &neighbours {
                let pixel = lines[(dy + r) as usize][reflected(x as isize + dx, width)];
                let difference: f32 = (0..3).map(|c| (pixel[c] - centre[c]).abs()).sum();
                let weight = nearness * weight_of_step[((difference + 0.5) as usize).min(3 * 255)];
                total += weight;
                for c in 0..3 {
                    sum[c] += weight * pixel[c];
                }
            }
            *out = sum.map(|s| s / total);
        }
    })
}

/// `input` smoothed so that its edges are those of the colour `guide` (0 … 255): in every square of side `2 radius + 1` it
/// becomes the linear function of the guide's colour that fits best, with `eps` (squared colour units) against steep ones
/// (He, Sun & Tang 2010, §3.4).
pub fn guided_filter(guide: &SrgbPlane, input: &Plane<f32>, radius: usize, eps: f32) -> Plane<f32> {
    let means = box_blur(&guide.zip_map(input, |&[r, g, b], &p| [r, g, b, p]), radius);
    // About the square's own mean the products are small differences of great numbers: centre the guide first.
    let products = box_blur(
        &guide.zip_map(input, |&[r, g, b], &p| {
            let [r, g, b] = [r - CENTRE, g - CENTRE, b - CENTRE];
            [r * r, r * g, r * b, g * g, g * b, b * b, r * p, g * p, b * p]
        }),
        radius,
    );
    let linear = box_blur(&means.zip_map(&products, |mean, product| local_fit(*mean, product, eps)), radius);
    guide.zip_map(&linear, |&[r, g, b], &[kr, kg, kb, offset]| {
        kr * (r - CENTRE) + kg * (g - CENTRE) + kb * (b - CENTRE) + offset
    })
}

const CENTRE: f32 = 127.5;

/// The slope in each colour and the offset that fit best: `k = (Σ + ε)⁻¹ cov(guide, input)`.
fn local_fit([r, g, b, p]: [f32; 4], product: &[f32; 9], eps: f32) -> [f32; 4] {
    let m = glam::Vec3::new(r, g, b) - CENTRE;
    let [rr, rg, rb, gg, gb, bb, rp, gp, bp] = *product;
    let covariance = glam::Mat3::from_cols_array(&[
        rr - m.x * m.x + eps,
        rg - m.x * m.y,
        rb - m.x * m.z,
        rg - m.x * m.y,
        gg - m.y * m.y + eps,
        gb - m.y * m.z,
        rb - m.x * m.z,
        gb - m.y * m.z,
        bb - m.z * m.z + eps,
    ]);
    let with_input = glam::Vec3::new(rp, gp, bp) - m * p;
    let slope = covariance.inverse() * with_input;
    [slope.x, slope.y, slope.z, p - slope.dot(m)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use frame::Size;

    fn step() -> SrgbPlane {
        Plane::from_fn(Size::new(24, 16), |x, y| {
            let noise = ((x * 7 + y * 5) % 3) as f32 - 1.0;
            if x < 12 { [40.0 + noise; 3] } else { [200.0 + noise, 180.0, 90.0] }
        })
    }

    #[test]
    fn bilateral_smooths_noise_and_keeps_the_step() {
        let smooth = bilateral(&step(), 5, 25.0, 3.0);
        let spread = |p: &SrgbPlane, x: usize| {
            let column: Vec<f32> = (0..16).map(|y| p.get(x, y)[0]).collect();
            column.iter().cloned().fold(f32::MIN, f32::max) - column.iter().cloned().fold(f32::MAX, f32::min)
        };
        assert!(spread(&smooth, 5) < 0.5 * spread(&step(), 5));
        assert!((smooth.get(11, 8)[0] - 40.0).abs() < 1.5 && (smooth.get(12, 8)[0] - 200.0).abs() < 1.5);
    }

    #[test]
    fn a_guided_mask_takes_the_edges_of_the_picture() {
        // The mask's edge is two pixels off the picture's.
        let input = Plane::from_fn(Size::new(24, 16), |x, _| f32::from(u8::from(x >= 10)));
        let out = guided_filter(&step(), &input, 4, 30.0);
        assert!(out.get(10, 8) < 0.45 && out.get(13, 8) > 0.9, "{} {}", out.get(10, 8), out.get(13, 8));
        assert!(out.get(2, 8).abs() < 0.05 && (out.get(21, 8) - 1.0).abs() < 0.05);
    }
}
