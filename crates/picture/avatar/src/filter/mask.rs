use frame::{Plane, Size};
use glam::Vec2;

use super::distance::squared_distance_to;
use super::rows::from_rows;
use super::{Mask, PixelRect};

/// Every pixel within the square of side `2 radius + 1` about a pixel of the set.
pub fn dilate_square(mask: &Mask, radius: usize) -> Mask {
    let across = from_rows(mask.size(), false, |y, out| {
        let line = mask.row(y);
        spread(radius, 0..line.len(), |x| line[x], |x| out[x] = true);
        spread(radius, (0..line.len()).rev(), |x| line[x], |x| out[x] = true);
    });
    let mut out = Plane::filled(mask.size(), false);
    spread_rows(radius, 0..mask.height(), &across, &mut out);
    spread_rows(radius, (0..mask.height()).rev(), &across, &mut out);
    out
}

/// Calls `mark` for every place of a line at most `radius` after a set one, in the order of `places`.
fn spread(
    radius: usize,
    places: impl Iterator<Item = usize>,
    set: impl Fn(usize) -> bool,
    mut mark: impl FnMut(usize),
) {
    let mut since = usize::MAX;
    for place in places {
        since = if set(place) { 0 } else { since.saturating_add(1) };
        if since <= radius {
            mark(place);
        }
    }
}

/// The same down all columns at once.
fn spread_rows(radius: usize, rows: impl Iterator<Item = usize>, mask: &Mask, out: &mut Mask) {
    let mut since = vec![usize::MAX; mask.width()];
    for y in rows {
        for ((out, &set), since) in out.row_mut(y).iter_mut().zip(mask.row(y)).zip(&mut since) {
            *since = if set { 0 } else { since.saturating_add(1) };
            *out |= *since <= radius;
        }
    }
}

/// The pixels whose whole square of side `2 radius + 1` is in the set; what lies beyond the edge counts as in it.
pub fn erode_square(mask: &Mask, radius: usize) -> Mask {
    complement(&dilate_square(&complement(mask), radius))
}

/// Every pixel whose centre is at most `radius_px` from the centre of one of the set.
pub fn dilate_disc(mask: &Mask, radius_px: f32) -> Mask {
    let reach = radius_px.max(0.0).powi(2);
    squared_distance_to(mask).map(|&squared| squared <= reach)
}

/// The pixels farther than `radius_px` from every pixel that is not in the set; what lies beyond the edge counts as in it.
pub fn erode_disc(mask: &Mask, radius_px: f32) -> Mask {
    let reach = radius_px.max(0.0).powi(2);
    squared_distance_to(&complement(mask)).map(|&squared| squared > reach)
}

/// Eroded, then dilated: what is narrower than the disc goes.
pub fn open_disc(mask: &Mask, radius_px: f32) -> Mask {
    dilate_disc(&erode_disc(mask, radius_px), radius_px)
}

/// Dilated, then eroded: gaps narrower than the disc are filled.
pub fn close_disc(mask: &Mask, radius_px: f32) -> Mask {
    erode_disc(&dilate_disc(mask, radius_px), radius_px)
}

/// The pixels not in the set.
pub fn complement(mask: &Mask) -> Mask {
    mask.map(|&set| !set)
}

/// The pixels in either set.
pub fn union(a: &Mask, b: &Mask) -> Mask {
    a.zip_map(b, |&a, &b| a | b)
}

/// The pixels in both sets.
pub fn intersection(a: &Mask, b: &Mask) -> Mask {
    a.zip_map(b, |&a, &b| a & b)
}

/// The pixels of `a` that are not in `b`.
pub fn difference(a: &Mask, b: &Mask) -> Mask {
    a.zip_map(b, |&a, &b| a & !b)
}

/// The pixels whose value is greater than `level`.
pub fn threshold(plane: &Plane<f32>, level: f32) -> Mask {
    plane.map(|&value| value > level)
}

/// 1 in the set, 0 outside.
pub fn coverage(mask: &Mask) -> Plane<f32> {
    mask.map(|&set| f32::from(u8::from(set)))
}

/// How many pixels are in the set.
pub fn area(mask: &Mask) -> usize {
    mask.pixels().iter().filter(|&&set| set).count()
}

/// The pixels of the set, each column and row.
pub(crate) fn places(mask: &Mask) -> impl Iterator<Item = (usize, usize)> {
    let width = mask.width();
    mask.pixels().iter().enumerate().filter(|(_, on)| **on).map(move |(i, _)| (i % width, i / width))
}

/// The pixels that share a side with one of a picture of `size`.
pub(crate) fn neighbours(size: Size, (x, y): (usize, usize)) -> impl Iterator<Item = (usize, usize)> {
    let right = (x + 1 < size.width as usize).then(|| (x + 1, y));
    let below = (y + 1 < size.height as usize).then(|| (x, y + 1));
    let [left, above] = [x.checked_sub(1).map(|x| (x, y)), y.checked_sub(1).map(|y| (x, y))];
    [left, above, right, below].into_iter().flatten()
}

/// The centres of the first and the last pixel of the set in every row: what its convex hull is made of.
pub fn ends_of_rows(mask: &Mask) -> Vec<Vec2> {
    let ends = |y: usize| {
        let row = mask.row(y);
        let (first, last) = (row.iter().position(|&set| set), row.iter().rposition(|&set| set));
        first.into_iter().chain(last).map(move |x| Vec2::new(x as f32 + 0.5, y as f32 + 0.5))
    };
    (0..mask.height()).flat_map(ends).collect()
}

/// The least rectangle that holds the set; none if it is empty.
pub fn bounds(mask: &Mask) -> Option<PixelRect> {
    let rows = |y: &usize| mask.row(*y).contains(&true);
    let (top, bottom) = ((0..mask.height()).find(rows)?, (0..mask.height()).rfind(rows)?);
    let (mut left, mut right) = (mask.width(), 0);
    for y in top..=bottom {
        let line = mask.row(y);
        left = line.iter().position(|&set| set).map_or(left, |x| x.min(left));
        right = line.iter().rposition(|&set| set).map_or(right, |x| x.max(right));
    }
    Some(PixelRect::spanning([left, top], [right, bottom]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use frame::Size;
    use proptest::prelude::*;

    fn masks() -> impl Strategy<Value = Mask> {
        (1u32..14, 1u32..14).prop_flat_map(|(width, height)| {
            let size = Size::new(width, height);
            proptest::collection::vec(proptest::bool::weighted(0.2), size.area())
                .prop_map(move |pixels| Plane::new(size, pixels).unwrap())
        })
    }

    fn by_definition(mask: &Mask, near: impl Fn(isize, isize) -> bool) -> Mask {
        Plane::from_fn(mask.size(), |x, y| {
            (0..mask.height()).any(|v| {
                (0..mask.width())
                    .any(|u| mask.get(u, v) && near(u as isize - x as isize, v as isize - y as isize))
            })
        })
    }

    proptest! {
        #[test]
        fn dilation_is_what_it_says(mask in masks(), radius in 0usize..5) {
            let r = radius as isize;
            prop_assert_eq!(dilate_square(&mask, radius), by_definition(&mask, |x, y| x.abs() <= r && y.abs() <= r));
            prop_assert_eq!(dilate_disc(&mask, radius as f32), by_definition(&mask, |x, y| x * x + y * y <= r * r));
        }

        #[test]
        fn opening_shrinks_and_closing_grows(mask in masks(), radius in 0.0f32..4.0) {
            prop_assert!(area(&difference(&open_disc(&mask, radius), &mask)) == 0);
            prop_assert!(area(&difference(&mask, &close_disc(&mask, radius))) == 0);
        }
    }

    #[test]
    fn the_edge_does_not_erode() {
        let full = Plane::filled(Size::new(5, 4), true);
        assert_eq!(erode_square(&full, 3), full);
        assert_eq!(erode_disc(&full, 3.0), full);
    }

    #[test]
    fn bounds_hold_the_set() {
        let mut mask = Plane::filled(Size::new(9, 7), false);
        assert_eq!(bounds(&mask), None);
        mask.set(3, 5, true);
        mask.set(6, 2, true);
        assert_eq!(bounds(&mask), Some(PixelRect { x: 3, y: 2, size: Size::new(4, 4) }));
    }
}
