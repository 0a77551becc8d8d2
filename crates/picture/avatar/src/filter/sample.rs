use frame::Plane;
use glam::Vec2;

use super::Channels;

/// The value at `point` by bilinear interpolation between pixel centres (at ½); beyond the edge, that of the edge. The
/// plane must have pixels.
pub fn sample_linear<P: Channels>(plane: &Plane<P>, point: Vec2) -> P {
    let (x, y, part) = split(point);
    let top = plane.get_clamped(x, y).lerp(plane.get_clamped(x + 1, y), part.x);
    let bottom = plane.get_clamped(x, y + 1).lerp(plane.get_clamped(x + 1, y + 1), part.x);
    top.lerp(bottom, part.y)
}

/// As [`sample_linear`], but every pixel beyond the edge is `outside`.
pub fn sample_linear_or<P: Channels>(plane: &Plane<P>, point: Vec2, outside: P) -> P {
    let (x, y, part) = split(point);
    let at = |x: isize, y: isize| {
        let inside = x >= 0 && y >= 0 && x < plane.width() as isize && y < plane.height() as isize;
        if inside { plane.row(y as usize)[x as usize] } else { outside }
    };
    at(x, y).lerp(at(x + 1, y), part.x).lerp(at(x, y + 1).lerp(at(x + 1, y + 1), part.x), part.y)
}

/// How far from a place on, along the unit vector `way`, a plane stays above `level`: whole pixels, at most `most_px`.
pub(crate) fn reach(plane: &Plane<f32>, from: Vec2, way: Vec2, level: f32, most_px: f32) -> f32 {
    let steps = (0..=most_px as u32).map(|step| step as f32);
    steps.take_while(|&step| sample_linear(plane, from + way * step) > level).last().unwrap_or(0.0)
}

/// The pixel whose centre is next to the left and above, and the way from there to the next, 0 … 1.
fn split(point: Vec2) -> (isize, isize, Vec2) {
    // Far outside is far outside: the bound keeps the next pixel's index from overflowing.
    let point = (point - 0.5).clamp(Vec2::splat(-1e6), Vec2::splat(1e6));
    let corner = point.floor();
    (corner.x as isize, corner.y as isize, point - corner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use frame::Size;

    #[test]
    fn a_plane_reaches_as_far_as_it_is_above_the_level() {
        let bar = Plane::from_fn(Size::new(40, 20), |x, _| f32::from((10..30).contains(&x)));
        let from = |x: f32| Vec2::new(x, 8.5);
        assert_eq!(reach(&bar, from(15.5), Vec2::X, 0.5, 100.0), 14.0);
        assert_eq!(reach(&bar, from(15.5), -Vec2::X, 0.5, 100.0), 5.0);
        assert_eq!(reach(&bar, from(15.5), Vec2::X, 0.5, 7.9), 7.0);
        assert_eq!(reach(&bar, from(3.5), Vec2::X, 0.5, 100.0), 0.0);
    }

    #[test]
    fn centres_are_at_a_half_and_edges_go_on() {
        let plane = Plane::from_fn(Size::new(4, 3), |x, y| [x as f32, 10.0 * y as f32]);
        assert_eq!(sample_linear(&plane, Vec2::new(1.5, 2.5)), [1.0, 20.0]);
        assert_eq!(sample_linear(&plane, Vec2::new(2.0, 1.25)), [1.5, 7.5]);
        assert_eq!(sample_linear(&plane, Vec2::new(-1e30, 99.0)), [0.0, 20.0]);
        assert_eq!(sample_linear_or(&plane, Vec2::new(0.0, 0.5), [-2.0, 0.0]), [-1.0, 0.0]);
        assert_eq!(sample_linear_or(&plane, Vec2::new(50.0, 0.5), [-2.0, 7.0]), [-2.0, 7.0]);
    }
}
