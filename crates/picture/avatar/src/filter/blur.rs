use frame::Plane;
use rayon::prelude::*;

use super::Channels;
use super::channels::floats_of_row;
use super::rows::{from_rows, reflected};

/// Mean over the square of side `2 radius + 1` about each pixel (OpenCV's `blur`).
pub fn box_blur<P: Channels>(plane: &Plane<P>, radius: usize) -> Plane<P> {
    if radius == 0 || plane.pixels().is_empty() {
        return plane.clone();
    }
    let across = from_rows(plane.size(), P::splat(0.0), |y, row| box_line(plane.row(y), row, radius));
    box_columns(&across, radius)
}

/// Running mean along one row. Sums are in doubles so that what has left the window leaves nothing behind.
fn box_line<P: Channels>(line: &[P], out: &mut [P], radius: usize) {
    let window = 2 * radius + 1;
    let scale = 1.0 / window as f64;
    let padded = padded(line, radius);
    let padded: &[f32] = bytemuck::cast_slice(&padded);
    let mut sums = vec![0.0f64; P::COUNT];
    for pixel in padded[..window * P::COUNT].chunks_exact(P::COUNT) {
        for (sum, &value) in sums.iter_mut().zip(pixel) {
            *sum += f64::from(value);
        }
    }
    let entering = padded[window * P::COUNT..].chunks_exact(P::COUNT).chain([&padded[..P::COUNT]]);
    let moves = entering.zip(padded.chunks_exact(P::COUNT));
    let out = bytemuck::cast_slice_mut::<P, f32>(out).chunks_exact_mut(P::COUNT);
    for (out, (enters, leaves)) in out.zip(moves) {
        for c in 0..P::COUNT {
            out[c] = (sums[c] * scale) as f32;
            sums[c] += f64::from(enters[c]) - f64::from(leaves[c]);
        }
    }
}

/// A row with `margin` reflected pixels before and after it.
fn padded<P: Channels>(line: &[P], margin: usize) -> Vec<P> {
    let margin = margin as isize;
    (-margin..line.len() as isize + margin).map(|x| line[reflected(x, line.len())]).collect()
}

/// Running mean down the columns, in bands whose height depends on the radius alone.
fn box_columns<P: Channels>(plane: &Plane<P>, radius: usize) -> Plane<P> {
    let (width, height) = (plane.width(), plane.height());
    let scale = 1.0 / (2 * radius + 1) as f64;
    let r = radius as isize;
    let band_rows = (4 * radius).max(64);
    let mut out = Plane::filled(plane.size(), P::splat(0.0));
    out.pixels_mut().par_chunks_mut(width * band_rows).enumerate().for_each(|(band, rows)| {
        let row = |y: isize| floats_of_row(plane, reflected(y, height));
        let first = (band * band_rows) as isize;
        let mut sums = vec![0.0f64; width * P::COUNT];
        for y in first - r..=first + r {
            for (sum, &value) in sums.iter_mut().zip(row(y)) {
                *sum += f64::from(value);
            }
        }
        for (y, out_row) in (first..).zip(rows.chunks_mut(width)) {
            let (entering, leaving) = (row(y + r + 1), row(y - r));
            let out_row: &mut [f32] = bytemuck::cast_slice_mut(out_row);
            for (((out, sum), &enters), &leaves) in
                out_row.iter_mut().zip(&mut sums).zip(entering).zip(leaving)
            {
                *out = (*sum * scale) as f32;
                *sum += f64::from(enters) - f64::from(leaves);
            }
        }
    });
    out
}

/// Gaussian blur with standard deviation `sigma_px`, cut off at 4 σ (OpenCV's `GaussianBlur` on floats).
pub fn gaussian_blur<P: Channels>(plane: &Plane<P>, sigma_px: f32) -> Plane<P> {
    if sigma_px.is_nan() || sigma_px <= 0.0 || plane.pixels().is_empty() {
        return plane.clone();
    }
    let radius = (4.0 * sigma_px).round().max(1.0) as isize;
    let weight = |i: isize| (-0.5 * (i as f64 / f64::from(sigma_px)).powi(2)).exp();
    let total: f64 = (-radius..=radius).map(weight).sum();
    let kernel: Vec<f32> = (-radius..=radius).map(|i| (weight(i) / total) as f32).collect();
    convolve_separable(plane, &kernel, &kernel)
}

/// Correlation with `across` along the rows and `down` along the columns, both of odd length about their middle.
pub(super) fn convolve_separable<P: Channels>(plane: &Plane<P>, across: &[f32], down: &[f32]) -> Plane<P> {
    let (width, height) = (plane.width(), plane.height());
    let columns = from_rows(plane.size(), P::splat(0.0), |y, out| {
        let out: &mut [f32] = bytemuck::cast_slice_mut(out);
        for (y, &weight) in (y as isize - (down.len() / 2) as isize..).zip(down) {
            accumulate(out, floats_of_row(plane, reflected(y, height)), weight);
        }
    });
    from_rows(plane.size(), P::splat(0.0), |y, out| {
        let padded = padded(columns.row(y), across.len() / 2);
        let out: &mut [f32] = bytemuck::cast_slice_mut(out);
        for (tap, &weight) in across.iter().enumerate() {
            accumulate(out, bytemuck::cast_slice(&padded[tap..tap + width]), weight);
        }
    })
}

fn accumulate(out: &mut [f32], line: &[f32], weight: f32) {
    for (out, &value) in out.iter_mut().zip(line) {
        *out += weight * value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use frame::Size;

    #[test]
    fn a_box_averages_with_its_reflection() {
        let line = Plane::new(Size::new(4, 1), vec![3.0f32, 6.0, 0.0, 9.0]).unwrap();
        assert_eq!(box_blur(&line, 1).pixels(), [5.0, 3.0, 5.0, 3.0]);
    }

    #[test]
    fn nothing_is_left_behind_a_bright_spot() {
        let mut plane = Plane::filled(Size::new(300, 200), [0.0f32; 3]);
        plane.set(7, 9, [1e6; 3]);
        let blurred = box_blur(&plane, 3);
        assert!((blurred.get(7, 9)[1] - 1e6 / 49.0).abs() < 0.01);
        assert_eq!(blurred.get(11, 9), [0.0; 3]);
        assert_eq!(blurred.get(250, 150), [0.0; 3]);
    }

    #[test]
    fn a_gaussian_keeps_the_mean_and_spreads_by_sigma() {
        let mut plane = Plane::filled(Size::new(61, 61), 0.0f32);
        plane.set(30, 30, 1.0);
        let blurred = gaussian_blur(&plane, 3.0);
        let total: f32 = blurred.pixels().iter().sum();
        assert!((total - 1.0).abs() < 1e-4);
        let variance: f32 = (0..61)
            .flat_map(|y| (0..61).map(move |x| (x, y)))
            .map(|(x, y)| (x as f32 - 30.0).powi(2) * blurred.get(x, y))
            .sum();
        assert!((variance.sqrt() - 3.0).abs() < 0.02, "{variance}");
    }
}
