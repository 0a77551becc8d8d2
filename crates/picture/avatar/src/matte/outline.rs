use std::collections::BTreeMap;

use frame::{Matte, Plane};
use glam::Vec2;

/// Columns or rows of the grid on which a matte is traced, the more of both.
const GRID: usize = 320;

/// How far a simplified line may leave the traced one, in cells of the grid.
const TOLERANCE: f32 = 1.0;

/// A loop around less than this share of the picture is a speck.
const LEAST_SHARE: f32 = 5e-4;

/// Loops of an outline at most, the largest first.
const LOOPS: usize = 16;

/// A corner of the grid, by column and row.
type Corner = (i32, i32);

/// The silhouette where the matte passes ½: closed polygons in image pixels, the largest first, holes among them (even-odd).
///
/// Traced along the edges of cells of about 1/320 of the picture and simplified (Douglas, Peucker 1973), so it is to be looked at
/// and not to be cut along.
pub fn outline(matte: &Matte) -> Vec<Vec<Vec2>> {
    let cell = matte.0.width().max(matte.0.height()).div_ceil(GRID).max(1);
    let inside = sampled(&matte.0, cell);
    let least_area = LEAST_SHARE * inside.size().area() as f32;
    let mut loops: Vec<_> = loops(&inside)
        .into_iter()
        .map(|corners| (area(&corners), corners))
        .filter(|(area, _)| *area >= least_area)
        .collect();
    loops.sort_by(|a, b| b.0.total_cmp(&a.0));
    loops.truncate(LOOPS);
    loops.into_iter().map(|(_, corners)| simplified(&corners, cell as f32)).collect()
}

/// Which cells of `cell` × `cell` pixels are subject, by the pixel in their middle.
fn sampled(matte: &Plane<f32>, cell: usize) -> Plane<bool> {
    let size = frame::Size::new(matte.width().div_ceil(cell) as u32, matte.height().div_ceil(cell) as u32);
    let middle = |index: u32| (index as usize * cell + cell / 2) as isize;
    Plane::from_fn(size, |x, y| matte.get_clamped(middle(x), middle(y)) >= 0.5)
}

/// Closed ways along the edges between inside and outside, the inside always on the same hand.
fn loops(inside: &Plane<bool>) -> Vec<Vec<Corner>> {
    let (width, height) = (inside.width() as i32, inside.height() as i32);
    let is_inside = |x: i32, y: i32| {
        (0..width).contains(&x) && (0..height).contains(&y) && inside.get(x as usize, y as usize)
    };
    let mut next: BTreeMap<Corner, Vec<Corner>> = BTreeMap::new();
    for y in 0..height {
        for x in 0..width {
            if !is_inside(x, y) {
                continue;
            }
            let sides = [
                (is_inside(x, y - 1), (x, y), (x + 1, y)),
                (is_inside(x + 1, y), (x + 1, y), (x + 1, y + 1)),
                (is_inside(x, y + 1), (x + 1, y + 1), (x, y + 1)),
                (is_inside(x - 1, y), (x, y + 1), (x, y)),
            ];
            for (_, from, to) in sides.into_iter().filter(|(neighbour, ..)| !neighbour) {
                next.entry(from).or_default().push(to);
            }
        }
    }
    let mut found = Vec::new();
    while let Some((&start, _)) = next.first_key_value() {
        let (mut way, mut at) = (Vec::new(), start);
        // Each corner has as many ways out as in, so a way ends only where it began.
        while let Some(ways) = next.get_mut(&at) {
            let to = ways.pop();
            if ways.is_empty() {
                next.remove(&at);
            }
            let Some(to) = to else { break };
            way.push(at);
            at = to;
            if at == start {
                break;
            }
        }
        found.push(way);
    }
    found
}

/// The area that a polygon encloses, in cells.
fn area(corners: &[Corner]) -> f32 {
    let following = corners.iter().cycle().skip(1);
    let twice: i64 =
        corners.iter().zip(following).map(|(a, b)| i64::from(a.0 * b.1) - i64::from(b.0 * a.1)).sum();
    twice.abs() as f32 / 2.0
}

/// The corners that matter, in image pixels.
fn simplified(corners: &[Corner], cell: f32) -> Vec<Vec2> {
    let point = |corner: &Corner| Vec2::new(corner.0 as f32, corner.1 as f32);
    // A closed line is two open ones between its first corner and the one farthest from it.
    let points: Vec<_> = corners.iter().chain(corners.first()).map(point).collect();
    let far = |from: usize| {
        let distance = |i: &usize| points[*i].distance_squared(points[from]);
        (0..points.len()).max_by(|a, b| distance(a).total_cmp(&distance(b))).unwrap_or(0)
    };
    let last = points.len() - 1;
    let middle = far(0);
    let mut kept = vec![false; points.len()];
    kept[0] = true;
    kept[middle] = true;
    let mut open = vec![(0, middle), (middle, last)];
    while let Some((from, to)) = open.pop() {
        let away = |i: usize| from_segment(points[i], points[from], points[to]);
        let farthest = (from + 1..to).max_by(|a, b| away(*a).total_cmp(&away(*b)));
        if let Some(i) = farthest.filter(|i| away(*i) > TOLERANCE) {
            kept[i] = true;
            open.extend([(from, i), (i, to)]);
        }
    }
    points.iter().zip(kept).take(last).filter(|(_, kept)| *kept).map(|(point, _)| *point * cell).collect()
}

/// The distance of a point from the segment `a` – `b`.
fn from_segment(point: Vec2, a: Vec2, b: Vec2) -> f32 {
    let along = b - a;
    let share = ((point - a).dot(along) / along.length_squared().max(f32::MIN_POSITIVE)).clamp(0.0, 1.0);
    point.distance(a + share * along)
}

#[cfg(test)]
mod tests {
    use frame::Size;

    use super::*;

    fn matte(size: Size, is_subject: impl Fn(f32, f32) -> bool) -> Matte {
        Matte(Plane::from_fn(size, |x, y| f32::from(u8::from(is_subject(x as f32, y as f32)))))
    }

    #[test]
    fn a_rectangle_has_four_corners() {
        let found = outline(&matte(Size::new(100, 80), |x, y| (20.0..60.0).contains(&x) && y >= 30.0));
        let [corners] = found.as_slice() else { panic!("{found:?}") };
        let mut corners: Vec<_> = corners.iter().map(|point| (point.x as i32, point.y as i32)).collect();
        corners.sort_unstable();
        assert_eq!(corners, [(20, 30), (20, 80), (60, 30), (60, 80)]);
    }

    #[test]
    fn a_ring_has_a_hole_and_specks_are_left_out() {
        let size = Size::new(960, 640);
        let found = outline(&matte(size, |x, y| {
            let radius = Vec2::new(x - 480.0, y - 320.0).length();
            (100.0..250.0).contains(&radius) || (x < 9.0 && y < 9.0)
        }));
        let radius = |points: &[Vec2]| {
            let sum: f32 = points.iter().map(|point| point.distance(Vec2::new(480.0, 320.0))).sum();
            sum / points.len() as f32
        };
        assert_eq!(found.len(), 2);
        assert!((radius(&found[0]) - 250.0).abs() < 6.0, "{}", radius(&found[0]));
        assert!((radius(&found[1]) - 100.0).abs() < 6.0, "{}", radius(&found[1]));
        assert!(found[0].len() < 100, "{} corners", found[0].len());
    }

    #[test]
    fn nothing_has_no_outline_and_cells_that_touch_at_a_corner_end() {
        assert!(outline(&matte(Size::new(50, 50), |_, _| false)).is_empty());
        let found = outline(&matte(Size::new(40, 40), |x, y| (x < 20.0) == (y < 20.0)));
        assert!(!found.is_empty());
    }
}
