use frame::{BodyLandmarks, Plane, body};
use glam::Vec2;

use crate::filter::{
    Connectivity, Mask, PixelRect, components, difference, dilate_disc, distance_to, open_disc, places,
    sample_linear, threshold,
};
use crate::parts::distance_to_polyline;

/// Alpha from which on a line is seen: the network doubts it.
const SEEN: f32 = 0.25;
/// Half as wide as the widest line, and the length of the shortest, in heights of the picture.
const WIDEST: f32 = 0.004;
const SHORTEST: f32 = 0.06;
/// How far a line's pixels lie beside its middle at most, by the root of their mean square, and its ends from what they lead to, in
/// `WIDEST`s.
const STRAIGHT: f32 = 0.6;
const NEAR: f32 = 3.0;
/// How far the middle of a line is from any bone at least, likewise: a drawn leg may be no wider.
const OFF_BONES: f32 = 4.0;
/// What the network has for a line's soft edge, in pixels.
const EDGE: f32 = 2.0;

/// The bones of the legs.
const LEGS: [[usize; 4]; 2] = [
    [body::LEFT_HIP, body::LEFT_KNEE, body::LEFT_ANKLE, body::LEFT_TOE],
    [body::RIGHT_HIP, body::RIGHT_KNEE, body::RIGHT_ANKLE, body::RIGHT_TOE],
];

/// The matte without straight thin lines of the background that it holds for the subject, as it meets them between the legs: the gap of
/// a door, the edge of a wall. Below the hips, from one place of the subject to another.
pub(super) fn without_lines(matte: &Plane<f32>, landmarks: &BodyLandmarks) -> Plane<f32> {
    let height = matte.height() as f32;
    let widest_px = (WIDEST * height).max(1.5);
    let hips = landmarks[body::LEFT_HIP].xy().midpoint(landmarks[body::RIGHT_HIP].xy());
    let (top, last) = (hips.y.max(0.0) as usize, [matte.width() - 1, matte.height() - 1]);
    if top >= last[1] {
        return matte.clone();
    }
    let below = PixelRect::spanning([0, top], last);
    let solid = threshold(&below.cut(matte), SEEN);
    let thick = open_disc(&solid, widest_px);
    let thin = difference(&solid, &dilate_disc(&thick, 1.5));
    let pieces = components(&thin, Connectivity::Eight);
    let is_long = |i: &usize| pieces.regions[*i].bounds.size.long_side() as f32 >= SHORTEST * height;
    let is_below = |i: &usize| pieces.regions[*i].bounds.y > 0;
    let long: Vec<usize> = (0..pieces.regions.len()).filter(is_long).filter(is_below).collect();
    if long.is_empty() {
        return matte.clone();
    }
    let from_thick = distance_to(&thick);
    let off_bones = |place: Vec2| {
        let leg = |leg: [usize; 4]| distance_to_polyline(place, &leg.map(|i| landmarks[i].xy()));
        LEGS.map(leg).into_iter().fold(f32::INFINITY, f32::min)
    };
    let is_line = |i: usize| {
        let Some(line) = Line::along(&pieces.select(|other| other == i)) else { return false };
        let middle = line.ends[0].midpoint(line.ends[1]) + Vec2::new(0.0, top as f32);
        line.beside < STRAIGHT * widest_px
            && line.ends.iter().all(|&end| sample_linear(&from_thick, end) < NEAR * widest_px)
            && off_bones(middle) > OFF_BONES * widest_px
    };
    let lines: Vec<usize> = long.into_iter().filter(|&i| is_line(i)).collect();
    let with_edges = dilate_disc(&pieces.select(|i| lines.contains(&i)), EDGE);
    let gone = difference(&with_edges, &dilate_disc(&thick, 1.0));
    let mut mended = matte.clone();
    below
        .paste(&below.cut(matte).zip_map(&gone, |&alpha, &gone| if gone { 0.0 } else { alpha }), &mut mended);
    mended
}

/// The straight line that some pixels lie along.
struct Line {
    ends: [Vec2; 2],
    /// How far they lie beside it: the root of their mean square, in pixels.
    beside: f32,
}

impl Line {
    fn along(pixels: &Mask) -> Option<Self> {
        let at = || places(pixels).map(|(x, y)| Vec2::new(x as f32 + 0.5, y as f32 + 0.5));
        let count = at().count();
        if count == 0 {
            return None;
        }
        let middle = at().sum::<Vec2>() / count as f32;
        let [mut xx, mut xy, mut yy] = [0.0; 3];
        for Vec2 { x, y } in at().map(|place| place - middle) {
            (xx, xy, yy) = (xx + x * x, xy + x * y, yy + y * y);
        }
        let way = Vec2::from_angle(0.5 * (2.0 * xy).atan2(xx - yy));
        let along = || at().map(|place| (place - middle).dot(way));
        let ends = [along().fold(0.0, f32::min), along().fold(0.0, f32::max)];
        let squares: f32 = at().map(|place| (place - middle).perp_dot(way).powi(2)).sum();
        Some(Self { ends: ends.map(|end| middle + way * end), beside: (squares / count as f32).sqrt() })
    }
}

#[cfg(test)]
mod tests {
    use frame::{BodyLandmark, Size};
    use glam::Vec3;

    use super::*;

    const SIZE: Size = Size::new(200, 400);

    /// Legs that stand apart below a trunk, and what else `also` holds.
    fn matte(also: impl Fn(Vec2) -> bool) -> Plane<f32> {
        Plane::from_fn(SIZE, |x, y| {
            let at = Vec2::new(x as f32 + 0.5, y as f32 + 0.5);
            let is_leg = [60.0, 130.0].iter().any(|&leg| (at.x - leg).abs() < 14.0 && at.y < 380.0);
            let is_foot = (at - Vec2::new(115.0, 372.0)).abs().cmple(Vec2::new(30.0, 8.0)).all();
            let is_trunk = at.y > 20.0 && at.y < 190.0 && (at.x - 95.0).abs() < 50.0;
            f32::from(is_leg && at.y > 150.0 || is_foot || is_trunk || also(at))
        })
    }

    fn landmarks() -> BodyLandmarks {
        of_legs(&[
            (body::LEFT_HIP, 130.0, 170.0),
            (body::LEFT_KNEE, 130.0, 270.0),
            (body::LEFT_ANKLE, 130.0, 360.0),
            (body::LEFT_TOE, 120.0, 375.0),
            (body::RIGHT_HIP, 60.0, 170.0),
            (body::RIGHT_KNEE, 60.0, 270.0),
            (body::RIGHT_ANKLE, 60.0, 360.0),
            (body::RIGHT_TOE, 55.0, 375.0),
        ])
    }

    fn of_legs(places: &[(usize, f32, f32)]) -> BodyLandmarks {
        let mut points = vec![BodyLandmark::default(); BodyLandmarks::COUNT];
        for &(index, x, y) in places {
            points[index].image = Vec3::new(x, y, 0.0);
        }
        BodyLandmarks::new(points).unwrap()
    }

    #[test]
    fn a_line_between_the_legs_is_no_part_of_them() {
        let line = |at: Vec2| (at.x - 97.0).abs() < 1.5 && at.y > 150.0 && at.y < 370.0;
        let (with, without) = (matte(line), matte(|_| false));
        let mended = without_lines(&with, &landmarks());
        let off = |a: &Plane<f32>| {
            a.pixels().iter().zip(without.pixels()).filter(|(a, b)| (*a - *b).abs() > 0.5).count()
        };
        assert!(off(&with) > 300, "{}", off(&with));
        // But for its roots.
        assert!(off(&mended) < 30, "{}", off(&mended));
    }

    #[test]
    fn what_hangs_is_bent_or_is_a_leg_stays() {
        let hangs = |at: Vec2| (at.x - 97.0).abs() < 1.5 && at.y > 150.0 && at.y < 320.0;
        let bent = |at: Vec2| {
            let bow = 20.0 * ((at.y - 190.0) / 175.0 * std::f32::consts::PI).sin();
            (at.x - 90.0 - bow).abs() < 1.5 && at.y > 150.0 && at.y < 370.0
        };
        for with in [matte(hangs), matte(bent)] {
            assert_eq!(without_lines(&with, &landmarks()), with);
        }
        let drawn = of_legs(&[
            (body::LEFT_HIP, 97.0, 170.0),
            (body::LEFT_KNEE, 97.0, 270.0),
            (body::LEFT_ANKLE, 97.0, 360.0),
            (body::RIGHT_HIP, 60.0, 170.0),
        ]);
        let leg = matte(|at| (at.x - 97.0).abs() < 1.5 && at.y > 150.0 && at.y < 370.0);
        assert_eq!(without_lines(&leg, &drawn), leg);
    }
}
