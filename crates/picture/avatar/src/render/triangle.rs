use glam::Vec2;

use super::canvas::{Canvas, over};
use super::texture::Texture;

/// A corner of a triangle.
#[derive(Clone, Copy, Debug)]
pub(super) struct Corner {
    /// Where it is drawn, pixels of the canvas.
    pub(super) place: Vec2,
    /// What is drawn there, pixels of the still.
    pub(super) texel: Vec2,
}

/// One texel in the fixed-point coordinates of [`Texture::sample`].
const ONE: f32 = 65536.0;

/// Where one side of the triangle crosses the rows. It is computed from its upper end, whichever triangle asks, so that two
/// triangles that share it share every crossing: each pixel centre belongs to exactly one of them.
struct Side {
    top: Vec2,
    bottom_y: f32,
    slope: f32,
}

impl Side {
    fn new(top: Vec2, bottom: Vec2) -> Self {
        Self { top, bottom_y: bottom.y, slope: (bottom.x - top.x) / (bottom.y - top.y) }
    }

    fn at(&self, y: f32) -> f32 {
        self.top.x + (y - self.top.y) * self.slope
    }
}

/// The first pixel whose centre is at or after `edge`, within 0 … `end`.
fn first_pixel(edge: f32, end: usize) -> usize {
    let centre = edge - 0.5;
    // Casts from float saturate: NaN and what lies before the canvas become 0. Rounded up by hand, as the general `ceil`
    // is a library call.
    let before = (centre as usize).min(end);
    (before + usize::from((before as f32) < centre)).min(end)
}

/// The texture's coordinates over the canvas: an affine function.
struct Mapping {
    across: Vec2,
    down: Vec2,
    origin: Vec2,
}

impl Mapping {
    /// `None` for a triangle without area.
    fn new(corners: &[Corner; 3], texture: &Texture) -> Option<Self> {
        let [a, b, c] = corners.map(|c| c.place);
        let (ab, ac) = (b - a, c - a);
        let area = ab.perp_dot(ac);
        if area.is_nan() || area.abs() <= 1e-4 {
            return None;
        }
        let [ta, tb, tc] = corners.map(|c| texture.local(c.texel));
        let (tab, tac) = (tb - ta, tc - ta);
        let across = (tab * ac.y - tac * ab.y) / area;
        let down = (tac * ab.x - tab * ac.x) / area;
        Some(Self { across, down, origin: ta - across * a.x - down * a.y })
    }

    fn at(&self, x: f32, y: f32) -> Vec2 {
        self.origin + self.across * x + self.down * y
    }
}

impl Canvas {
    /// Draws a triangle over what is there. Pixels are decided at their centres; sides follow the top-left rule.
    pub(super) fn draw(&mut self, corners: [Corner; 3], texture: &Texture) {
        let Some(mapping) = Mapping::new(&corners, texture) else { return };
        let mut places = corners.map(|c| c.place);
        places.sort_by(|a, b| a.y.total_cmp(&b.y).then(a.x.total_cmp(&b.x)));
        let [top, middle, bottom] = places;
        let (width, height) = (self.size.width as usize, self.size.height as usize);
        let long = Side::new(top, bottom);
        for short in [Side::new(top, middle), Side::new(middle, bottom)] {
            for row in first_pixel(short.top.y, height)..first_pixel(short.bottom_y, height) {
                let y = row as f32 + 0.5;
                let (a, b) = (long.at(y), short.at(y));
                let span = first_pixel(a.min(b), width)..first_pixel(a.max(b), width);
                if !span.is_empty() {
                    let start = mapping.at(span.start as f32 + 0.5, y);
                    self.draw_span(row, span, start, mapping.across, texture);
                }
            }
        }
    }

    fn draw_span(
        &mut self,
        row: usize,
        span: std::ops::Range<usize>,
        start: Vec2,
        step: Vec2,
        texture: &Texture,
    ) {
        let [last_u, last_v] = texture.limit();
        let (mut u, mut v) = ((start.x * ONE) as i32, (start.y * ONE) as i32);
        let (du, dv) = ((step.x * ONE) as i32, (step.y * ONE) as i32);
        let first = row * self.size.width as usize;
        for pixel in &mut self.pixels[first + span.start..first + span.end] {
            let source = texture.sample(u.clamp(0, last_u), v.clamp(0, last_v));
            match source >> 24 {
                0 => {}
                255 => *pixel = source,
                _ => *pixel = over(source, *pixel),
            }
            u = u.wrapping_add(du);
            v = v.wrapping_add(dv);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use frame::{Plane, PremulSrgba8, Size};
    use proptest::prelude::*;

    fn grey(alpha: u8) -> Texture {
        Texture::new(&Plane::filled(
            Size::new(64, 64),
            PremulSrgba8 { r: alpha, g: alpha, b: alpha, a: alpha },
        ))
    }

    fn blank() -> Canvas {
        Canvas { size: Size::new(40, 40), pixels: vec![0; 1600] }
    }

    fn corner(x: f32, y: f32) -> Corner {
        Corner { place: Vec2::new(x, y), texel: Vec2::splat(32.0) }
    }

    proptest! {
        #[test]
        fn neighbours_neither_overlap_nor_leave_a_gap(
            x in prop::array::uniform4(-10.0f32..50.0), y in prop::array::uniform4(-10.0f32..50.0),
        ) {
            // A fan about an inner point: every pixel of the hull exactly once.
            let at = |i: usize| Vec2::new(x[i], y[i]);
            let centre = (at(0) + at(1) + at(2)) / 3.0;
            let mut fan = blank();
            let mut whole = blank();
            whole.draw([0, 1, 2].map(|i| corner(x[i], y[i])), &grey(100));
            for (i, j) in [(0, 1), (1, 2), (2, 0)] {
                fan.draw([corner(x[i], y[i]), corner(x[j], y[j]), corner(centre.x, centre.y)], &grey(100));
            }
            let area = (at(1) - at(0)).perp_dot(at(2) - at(0)).abs();
            prop_assume!(area > 1.0);
            prop_assert_eq!(fan.pixels, whole.pixels);
        }

        #[test]
        fn wild_corners_are_survived(values in prop::array::uniform6(prop::num::f32::ANY)) {
            let mut canvas = blank();
            let [a, b, c, d, e, f] = values;
            canvas.draw([corner(a, b), corner(c, d), corner(e, f)], &grey(255));
            canvas.draw([corner(a, 3.0), corner(20.0, d), corner(5.0, 39.0)], &grey(255));
        }
    }

    #[test]
    fn a_texture_at_rest_is_copied_exactly() {
        let plane = Plane::from_fn(Size::new(40, 40), |x, y| PremulSrgba8 {
            r: x as u8 * 6,
            g: y as u8 * 6,
            b: 7,
            a: 255,
        });
        let texture = Texture::new(&plane);
        let mut canvas = blank();
        let at = |x: f32, y: f32| Corner { place: Vec2::new(x, y), texel: Vec2::new(x, y) };
        canvas.draw([at(0.0, 0.0), at(40.0, 0.0), at(0.0, 40.0)], &texture);
        canvas.draw([at(40.0, 0.0), at(40.0, 40.0), at(0.0, 40.0)], &texture);
        let expected: Vec<u32> = plane.pixels().iter().map(|p| super::super::canvas::packed(*p)).collect();
        assert_eq!(canvas.pixels, expected);
    }
}
