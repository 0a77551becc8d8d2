use frame::{Plane, Size};

use crate::filter::{Mask, coverage, gaussian_blur};

/// Terms of a quadratic polynomial in two variables, which the light on a background is.
pub(super) const TERMS: usize = 6;

/// The terms at a pixel, given by its index.
pub(super) fn polynomial_terms(size: Size, pixel: usize) -> [f64; TERMS] {
    let (width, height) = (size.width as usize, size.height as usize);
    let x = 2.0 * (pixel % width) as f64 / width as f64 - 1.0;
    let y = 2.0 * (pixel / width) as f64 / height as f64 - 1.0;
    [1.0, x, y, x * x, x * y, y * y]
}

/// By how much each of the pixels that are `near` is darker than the light that falls on most of them: a quadratic polynomial that most lie
/// below (asymmetric least squares: Newey & Powell 1987). 0 elsewhere.
pub(super) fn missing_light(logs: &Plane<f32>, near: &Mask) -> Plane<f32> {
    const ROUNDS: usize = 8;
    /// What a darker pixel counts beside a brighter one.
    const BELOW: f64 = 0.1;
    const GRAIN_PX: f32 = 0.8;
    let known: Vec<(usize, [f64; TERMS])> = (0..near.pixels().len())
        .filter(|&i| near.pixels()[i])
        .map(|i| (i, polynomial_terms(logs.size(), i)))
        .collect();
    let mut light = [0.0f64; TERMS];
    let value =
        |light: &[f64; TERMS], terms: &[f64; TERMS]| light.iter().zip(terms).map(|(a, b)| a * b).sum::<f64>();
    for round in 0..ROUNDS {
        let mut matrix = [[0.0f64; TERMS + 1]; TERMS];
        for (i, terms) in &known {
            let log = f64::from(logs.pixels()[*i]);
            let weight = if round > 0 && log < value(&light, terms) { BELOW } else { 1.0 };
            for (row, a) in matrix.iter_mut().zip(terms) {
                row[..TERMS].iter_mut().zip(terms).for_each(|(cell, b)| *cell += weight * a * b);
                row[TERMS] += weight * a * log;
            }
        }
        (0..TERMS).for_each(|k| matrix[k][k] += 1e-6);
        light = solved(matrix);
    }
    let mut missing = Plane::filled(logs.size(), 0.0f32);
    for (i, terms) in &known {
        missing.pixels_mut()[*i] = (value(&light, terms) - f64::from(logs.pixels()[*i])) as f32;
    }
    let [smooth, weights] = [missing, coverage(near)].map(|plane| gaussian_blur(&plane, GRAIN_PX));
    smooth.zip_map(&weights, |sum, weight| sum / weight.max(0.05))
}

/// Gaussian elimination of a positive definite system, its right side in the last column.
fn solved(mut matrix: [[f64; TERMS + 1]; TERMS]) -> [f64; TERMS] {
    for k in 0..TERMS {
        let pivot = matrix[k];
        for row in matrix.iter_mut().skip(k + 1) {
            let factor = row[k] / pivot[k];
            row.iter_mut().zip(pivot).for_each(|(cell, pivot)| *cell -= factor * pivot);
        }
    }
    let mut solution = [0.0; TERMS];
    for k in (0..TERMS).rev() {
        let known: f64 = (k + 1..TERMS).map(|j| matrix[k][j] * solution[j]).sum();
        solution[k] = (matrix[k][TERMS] - known) / matrix[k][k];
    }
    solution
}
