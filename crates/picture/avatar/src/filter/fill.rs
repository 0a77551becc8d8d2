use frame::{Plane, Size};

use super::{Channels, Mask, area, bounds, coverage, from_rows};
use super::{complement, pyramid_down, pyramid_up, resize_area, resize_linear};

/// Jacobi sweeps a level: enough to smooth away what doubling the size left.
const SWEEPS: usize = 24;

/// Known pixels about the unknown ones that take part.
const MARGIN_PX: usize = 8;

/// Fills the unknown pixels with the membrane spanned by the known ones (Laplace's equation), coarse to fine with Jacobi
/// sweeps. Known pixels come back untouched; if none are known the plane comes back as it is.
pub fn laplace_fill<P: Channels>(plane: &Plane<P>, known: &Mask) -> Plane<P> {
    let mut filled = plane.clone();
    let Some(unknown) = bounds(&complement(known)).filter(|_| area(known) > 0) else {
        return filled;
    };
    let window = unknown.grown(MARGIN_PX, plane.size());
    let (known_part, part) = (window.cut(known), window.cut(plane));
    if area(&known_part) > 0 {
        window.paste(&membrane(&part, &known_part), &mut filled);
    }
    filled
}

fn membrane<P: Channels>(plane: &Plane<P>, known: &Mask) -> Plane<P> {
    let weights = coverage(known);
    let mut current = match coarser(plane, &weights) {
        Some((values, weights)) => {
            let known = weights.map(|&w| w > 0.0);
            resize_linear(&membrane(&values, &known), plane.size())
        }
        None => Plane::filled(plane.size(), mean_of_known(plane, known)),
    };
    for (current, (&value, &known)) in
        current.pixels_mut().iter_mut().zip(plane.pixels().iter().zip(known.pixels()))
    {
        if known {
            *current = value;
        }
    }
    for _ in 0..SWEEPS {
        current = jacobi_sweep(&current, known);
    }
    current
}

/// Half the size: the mean of the known pixels under each pixel, and 1 where there are any, else 0.
fn coarser<P: Channels>(plane: &Plane<P>, weights: &Plane<f32>) -> Option<(Plane<P>, Plane<f32>)> {
    const LEAST_SHARE: f32 = 0.02;
    let size = plane.size();
    if size.short_side() <= 4 {
        return None;
    }
    let half = Size::new(size.width.div_ceil(2), size.height.div_ceil(2));
    let sums =
        resize_area(&plane.zip_map(weights, |value, &w| if w > 0.0 { *value } else { P::splat(0.0) }), half);
    let shares = resize_area(weights, half);
    let means = sums.zip_map(&shares, |sum, &share| sum.times(1.0 / share.max(1e-6)));
    Some((means, shares.map(|&share| f32::from(u8::from(share > LEAST_SHARE)))))
}

fn mean_of_known<P: Channels>(plane: &Plane<P>, known: &Mask) -> P {
    let pixels = plane.pixels().iter().zip(known.pixels()).filter(|(_, known)| **known);
    let sum = pixels.clone().fold(P::splat(0.0), |sum, (value, _)| sum.plus(*value));
    sum.times(1.0 / pixels.count().max(1) as f32)
}

/// Every unknown pixel becomes the mean of its four neighbours.
fn jacobi_sweep<P: Channels>(current: &Plane<P>, known: &Mask) -> Plane<P> {
    let (width, height) = (current.width(), current.height());
    from_rows(current.size(), P::splat(0.0), |y, out| {
        let line = current.row(y);
        let (above, below) = (current.row(y.saturating_sub(1)), current.row((y + 1).min(height - 1)));
        for (x, (out, &known)) in out.iter_mut().zip(known.row(y)).enumerate() {
            *out = if known {
                line[x]
            } else {
                let sides = line[x.saturating_sub(1)].plus(line[(x + 1).min(width - 1)]);
                sides.plus(above[x].plus(below[x])).times(0.25)
            };
        }
    })
}

/// Fills by averaging down a pyramid and spreading back up: quick, smooth and blurry (push-pull, Gortler et al. 1996).
/// `known` is the weight of each pixel, 0 (to be filled) … 1 (kept).
pub fn push_pull<P: Channels>(plane: &Plane<P>, known: &Plane<f32>) -> Plane<P> {
    const LEVELS: usize = 9;
    let mut levels = vec![(plane.zip_map(known, |value, &w| value.times(w)), known.clone())];
    while let Some((sums, weights)) = levels.last()
        && sums.size().short_side() > 2
        && levels.len() < LEVELS
    {
        let next = (pyramid_down(sums), pyramid_down(weights));
        levels.push(next);
    }
    let mut coarse: Option<Plane<P>> = None;
    for (sums, weights) in levels.iter().rev() {
        let Some(below) = coarse else {
            coarse = Some(sums.zip_map(weights, |sum, &w| sum.times(1.0 / (w + 1e-4))));
            continue;
        };
        let spread = pyramid_up(&below, sums.size());
        let mut filled = spread.clone();
        for (i, filled) in filled.pixels_mut().iter_mut().enumerate() {
            let weight = weights.pixels()[i];
            if weight > 1e-3 {
                let own = sums.pixels()[i].times(1.0 / weight);
                *filled = filled.lerp(own, weight.min(1.0));
            }
        }
        coarse = Some(filled);
    }
    coarse.unwrap_or_else(|| plane.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_membrane_over_a_ramp_is_the_ramp() {
        let ramp = Plane::from_fn(Size::new(60, 50), |x, y| [x as f32, 2.0 * y as f32 - x as f32]);
        let known = Plane::from_fn(ramp.size(), |x, y| !(12..44).contains(&x) || !(10..40).contains(&y));
        let holed = ramp.zip_map(&known, |&value, &known| if known { value } else { [f32::NAN; 2] });
        let filled = laplace_fill(&holed, &known);
        for (a, b) in filled.pixels().iter().zip(ramp.pixels()) {
            assert!((a[0] - b[0]).abs() < 1.0 && (a[1] - b[1]).abs() < 1.0, "{a:?} {b:?}");
        }
    }

    #[test]
    fn a_membrane_stays_within_its_rim() {
        let plane = Plane::from_fn(Size::new(31, 47), |x, y| ((x * 31 + y * 17) % 101) as f32);
        let known = Plane::from_fn(plane.size(), |x, y| (x + y) % 9 == 0);
        let filled = laplace_fill(&plane, &known);
        for (i, &value) in filled.pixels().iter().enumerate() {
            assert!((-0.001..=100.001).contains(&value));
            assert!(!known.pixels()[i] || value == plane.pixels()[i]);
        }
        let none = Plane::filled(plane.size(), false);
        assert_eq!(laplace_fill(&plane, &none), plane);
    }

    #[test]
    fn push_pull_keeps_what_is_known_and_a_flat_colour_flat() {
        let plane = Plane::from_fn(Size::new(50, 41), |x, _| if x < 20 { 80.0f32 } else { 0.0 });
        let known = Plane::from_fn(plane.size(), |x, _| if x < 20 { 1.0 } else { 0.0 });
        let filled = push_pull(&plane, &known);
        assert!((filled.get(3, 3) - 80.0).abs() < 1e-3);
        assert!(filled.pixels().iter().all(|&v| (v - 80.0).abs() < 2.0), "{:?}", filled.get(49, 40));
    }
}
