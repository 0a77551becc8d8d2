use frame::Plane;

use super::rows::from_rows;
use super::{Mask, complement};

/// Exact Euclidean distance in pixels from each pixel's centre to the nearest centre of the set: 0 on the set. If the set
/// is empty, `width + height` everywhere.
pub fn distance_to(mask: &Mask) -> Plane<f32> {
    let empty = (mask.width() + mask.height()) as f32;
    squared_distance_to(mask).map(|&squared| if squared.is_finite() { squared.sqrt() } else { empty })
}

/// Distance in pixels to the border of the set, positive inside. The border runs between pixels, half a pixel from the
/// centres on both sides of it; without one the distance is ±(`width + height`).
pub fn signed_distance(mask: &Mask) -> Plane<f32> {
    let outside = distance_to(mask);
    let inside = distance_to(&complement(mask));
    inside.zip_map(&outside, |&inside, &outside| if inside > 0.0 { inside - 0.5 } else { 0.5 - outside })
}

/// The nearest pixel of the set, `[column, row]`, for every pixel; none if the set is empty.
pub fn nearest_in(mask: &Mask) -> Option<Plane<[u32; 2]>> {
    let rows = nearest_row_in_column(mask);
    let plane = from_rows(mask.size(), [NONE, NONE], |y, out| {
        nearest_column(rows.row(y), y, |x, column, _| out[x] = [column as u32, rows.row(y)[column]]);
    });
    (plane.pixels().first().is_some_and(|p| p[0] != NONE)).then_some(plane)
}

/// Squared distance to the set; infinite if it is empty.
pub(super) fn squared_distance_to(mask: &Mask) -> Plane<f32> {
    let rows = nearest_row_in_column(mask);
    from_rows(mask.size(), f32::INFINITY, |y, out| {
        nearest_column(rows.row(y), y, |x, _, squared| out[x] = squared as f32);
    })
}

const NONE: u32 = u32::MAX;

/// The row of the nearest pixel of the set in the same column, or [`NONE`].
fn nearest_row_in_column(mask: &Mask) -> Plane<u32> {
    let mut nearest = Plane::filled(mask.size(), NONE);
    let mut last = vec![NONE; mask.width()];
    for y in 0..mask.height() {
        for ((out, &set), last) in nearest.row_mut(y).iter_mut().zip(mask.row(y)).zip(&mut last) {
            if set {
                *last = y as u32;
            }
            *out = *last;
        }
    }
    last.fill(NONE);
    for y in (0..mask.height()).rev() {
        for ((out, &set), last) in nearest.row_mut(y).iter_mut().zip(mask.row(y)).zip(&mut last) {
            if set {
                *last = y as u32;
            }
            if *last != NONE && (*out == NONE || *last - (y as u32) < y as u32 - *out) {
                *out = *last;
            }
        }
    }
    nearest
}

/// For each place of row `y`, the column whose nearest pixel is nearest and the squared distance to that pixel, through the
/// lower envelope of parabolas (Felzenszwalb & Huttenlocher 2012, §2.1), in whole numbers so that it is exact: those of 32 bits hold
/// the squares of pictures of up to 16384 pixels a side, and divide in half the time of longer ones.
fn nearest_column(rows: &[u32], y: usize, mut found: impl FnMut(usize, usize, i32)) {
    // Parabolas of the envelope and the first place each is the lowest.
    let mut envelope: Vec<(usize, i32)> = Vec::with_capacity(rows.len());
    let height = |column: usize| (rows[column] as i32 - y as i32).pow(2);
    for column in (0..rows.len()).filter(|&column| rows[column] != NONE) {
        let right = column as i32;
        let first = loop {
            let Some(&(other, from)) = envelope.last() else { break 0 };
            let left = other as i32;
            // The last place where the left one is not above.
            let crossing =
                (right * right - left * left + height(column) - height(other)).div_euclid(2 * (right - left));
            if crossing >= from {
                break crossing + 1;
            }
            envelope.pop();
        };
        if first < rows.len() as i32 {
            envelope.push((column, first));
        }
    }
    for (i, &(column, first)) in envelope.iter().enumerate() {
        let end = envelope.get(i + 1).map_or(rows.len(), |&(_, next)| next as usize);
        for x in first as usize..end {
            found(x, column, (x as i32 - column as i32).pow(2) + height(column));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use frame::Size;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn distances_agree_with_a_search(
            (width, height, pixels) in (1usize..20, 1usize..20).prop_flat_map(|(w, h)| {
                (Just(w), Just(h), proptest::collection::vec(proptest::bool::weighted(0.1), w * h))
            })
        ) {
            let mask = Plane::new(Size::new(width as u32, height as u32), pixels).unwrap();
            let set: Vec<(f32, f32)> = (0..width * height)
                .filter(|&i| mask.pixels()[i])
                .map(|i| ((i % width) as f32, (i / width) as f32))
                .collect();
            let distance = distance_to(&mask);
            let nearest = nearest_in(&mask);
            prop_assert_eq!(nearest.is_none(), set.is_empty());
            for (i, &d) in distance.pixels().iter().enumerate() {
                let (x, y) = ((i % width) as f32, (i / width) as f32);
                let best = set.iter().map(|&(u, v)| (u - x).hypot(v - y)).fold(f32::INFINITY, f32::min);
                prop_assert!(d == best || (d - best).abs() < 1e-4 || set.is_empty());
                if let Some(nearest) = &nearest {
                    let [u, v] = nearest.pixels()[i];
                    prop_assert!(mask.get(u as usize, v as usize));
                    prop_assert!(((u as f32 - x).hypot(v as f32 - y) - d).abs() < 1e-4);
                }
            }
        }
    }

    #[test]
    fn the_border_lies_between_pixels() {
        let mask = Plane::from_fn(Size::new(6, 1), |x, _| x >= 2);
        assert_eq!(signed_distance(&mask).pixels(), [-1.5, -0.5, 0.5, 1.5, 2.5, 3.5]);
        let empty = Plane::filled(Size::new(3, 2), false);
        assert_eq!(signed_distance(&empty).get(0, 0), 0.5 - 5.0);
    }
}
