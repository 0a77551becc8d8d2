use glam::Vec2;

use super::Mask;

/// Sets the pixels whose centres lie inside the closed polygon, by the even-odd rule. Points that are not finite draw
/// nothing.
pub fn fill_polygon(mask: &mut Mask, points: &[Vec2]) {
    if points.len() < 3 || points.iter().any(|p| !p.is_finite()) {
        return;
    }
    let (top, bottom) = points.iter().fold((f32::MAX, f32::MIN), |(a, b), p| (a.min(p.y), b.max(p.y)));
    let mut crossings = Vec::new();
    for y in pixels_between(top, bottom, mask.height()) {
        let centre = y as f32 + 0.5;
        crossings.clear();
        for (i, &a) in points.iter().enumerate() {
            let b = points[(i + 1) % points.len()];
            if (a.y <= centre) != (b.y <= centre) {
                crossings.push(a.x + (centre - a.y) / (b.y - a.y) * (b.x - a.x));
            }
        }
        crossings.sort_by(f32::total_cmp);
        for span in crossings.chunks_exact(2) {
            let columns = pixels_between(span[0], span[1], mask.width());
            mask.row_mut(y)[columns].fill(true);
        }
    }
}

/// Sets the pixels whose centres are at most half of `width_px` from the open polyline: joins and ends are round. A width
/// below 1 counts as 1, and the pixels that hold the points themselves are always set.
pub fn stroke_polyline(mask: &mut Mask, points: &[Vec2], width_px: f32) {
    let radius = 0.5 * width_px.max(1.0);
    for &point in points {
        fill_disc(mask, point, radius);
    }
    for ends in points.windows(2) {
        stroke_segment(mask, ends[0], ends[1], radius);
    }
}

fn stroke_segment(mask: &mut Mask, a: Vec2, b: Vec2, radius: f32) {
    let (low, high) = (a.min(b) - radius, a.max(b) + radius);
    if !(low.is_finite() && high.is_finite()) {
        return;
    }
    let along = b - a;
    let per_length = 1.0 / along.length_squared().max(f32::MIN_POSITIVE);
    for y in pixels_between(low.y, high.y, mask.height()) {
        for x in pixels_between(low.x, high.x, mask.width()) {
            let offset = Vec2::new(x as f32 + 0.5, y as f32 + 0.5) - a;
            let at = (offset.dot(along) * per_length).clamp(0.0, 1.0);
            if (offset - along * at).length_squared() <= radius * radius {
                mask.set(x, y, true);
            }
        }
    }
}

/// Sets the pixels whose centres are at most `radius_px` from `centre`, and the pixel that holds it.
pub fn fill_disc(mask: &mut Mask, centre: Vec2, radius_px: f32) {
    stroke_segment(mask, centre, centre, radius_px.max(0.0));
    if mask.size().contains(centre) {
        mask.set(centre.x as usize, centre.y as usize, true);
    }
}

/// The pixels of a line of `count` whose centres lie in `[from, to]`.
fn pixels_between(from: f32, to: f32, count: usize) -> std::ops::Range<usize> {
    // A cast from a float saturates, so what is far outside stays outside.
    let first = (from - 0.5).ceil().max(0.0) as usize;
    let end = ((to - 0.5).floor() + 1.0).max(0.0) as usize;
    first.min(count)..end.clamp(first.min(count), count)
}

/// The corners of the least convex polygon that holds `points`, from the leftmost, with x towards y turning (clockwise to
/// the eye, as y runs down). Points within an edge are left out (Andrew's monotone chain, 1979).
pub fn convex_hull(points: &[Vec2]) -> Vec<Vec2> {
    let mut sorted: Vec<Vec2> = points.iter().copied().filter(|p| p.is_finite()).collect();
    sorted.sort_by(|a, b| a.x.total_cmp(&b.x).then(a.y.total_cmp(&b.y)));
    sorted.dedup();
    if sorted.len() < 3 {
        return sorted;
    }
    let mut hull = half_hull(sorted.iter().copied());
    hull.extend(half_hull(sorted.iter().rev().copied()));
    hull
}

/// One side of the hull without its last corner.
fn half_hull(points: impl Iterator<Item = Vec2>) -> Vec<Vec2> {
    let mut chain: Vec<Vec2> = Vec::new();
    for point in points {
        while let [.., a, b] = chain[..]
            && (b - a).perp_dot(point - b) <= 0.0
        {
            chain.pop();
        }
        chain.push(point);
    }
    chain.pop();
    chain
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::area;
    use frame::{Plane, Size};
    use proptest::prelude::*;

    fn blank() -> Mask {
        Plane::filled(Size::new(40, 30), false)
    }

    #[test]
    fn a_square_fills_the_centres_it_holds() {
        let mut mask = blank();
        fill_polygon(&mut mask, &[(2.0, 3.0), (7.0, 3.0), (7.0, 9.0), (2.0, 9.0)].map(Vec2::from));
        assert_eq!(area(&mask), 5 * 6);
        assert!(mask.get(2, 3) && mask.get(6, 8) && !mask.get(7, 8) && !mask.get(6, 9));
    }

    #[test]
    fn strokes_have_their_width_and_round_ends() {
        let mut mask = blank();
        stroke_polyline(&mut mask, &[Vec2::new(10.0, 10.0), Vec2::new(30.0, 10.0)], 6.0);
        let expected = 20.0 * 6.0 + std::f32::consts::PI * 9.0;
        assert!((area(&mask) as f32 - expected).abs() < 8.0, "{}", area(&mask));
        assert!(mask.get(7, 10) && !mask.get(7, 7));
    }

    #[test]
    fn thin_and_wild_strokes_are_harmless() {
        let mut mask = blank();
        stroke_polyline(&mut mask, &[Vec2::new(5.0, 5.0)], 0.0);
        assert_eq!(area(&mask), 1);
        stroke_polyline(&mut mask, &[Vec2::NAN, Vec2::new(1e9, -1e9), Vec2::INFINITY], 3.0);
        assert_eq!(area(&mask), 1);
        fill_polygon(&mut mask, &[Vec2::new(-1e9, -1e9), Vec2::new(1e9, -1e9), Vec2::new(0.0, 1e9)]);
        assert_eq!(area(&mask), 40 * 30);
    }

    proptest! {
        #[test]
        fn the_hull_is_convex_and_holds_every_point(
            points in proptest::collection::vec((0i8..20, 0i8..20), 3..30)
        ) {
            let points: Vec<Vec2> = points.iter().map(|&(x, y)| Vec2::new(x.into(), y.into())).collect();
            let hull = convex_hull(&points);
            for (i, &a) in hull.iter().enumerate().filter(|_| hull.len() > 2) {
                let edge = hull[(i + 1) % hull.len()] - a;
                prop_assert!(points.iter().all(|&p| edge.perp_dot(p - a) >= 0.0));
            }
        }
    }
}
