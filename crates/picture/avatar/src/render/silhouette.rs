use std::ops::Range;

use glam::Vec2;

use super::canvas::{Canvas, mix};
use crate::rig::Rig;

/// The folds of a rig's sheets, where a surface turns away from the viewer.
#[derive(Debug, Default)]
pub(super) struct Silhouettes {
    /// Whether each triangle is seen from the side that it shows at rest.
    is_facing: Vec<bool>,
    folds: Vec<Fold>,
}

/// A side at which one of two triangles is seen from the side that it shows at rest and the other is not.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fold {
    /// The triangles' cells.
    pub(super) cells: [u32; 2],
    /// The vertices at the side's ends.
    pub(super) ends: [u32; 2],
    /// A place on that side of it on which both triangles lie.
    pub(super) inside: Vec2,
}

impl Silhouettes {
    /// Finds the folds; `place` tells where a vertex of the rig is drawn.
    pub(super) fn find(&mut self, rig: &Rig, place: impl Fn(u32) -> Vec2) {
        let is_facing = rig.cells.iter().flat_map(|cell| {
            let [a, b, c, d] = cell.map(&place);
            [(b - a).perp_dot(c - a) > 0.0, (d - b).perp_dot(c - b) > 0.0]
        });
        self.is_facing.clear();
        self.is_facing.extend(is_facing);
        self.folds.clear();
        for side in &rig.sides {
            let [one, other] = side.triangles.map(|triangle| self.is_facing[triangle as usize]);
            if one == other {
                continue;
            }
            let cells = side.triangles.map(|triangle| triangle / 2);
            let corners = side.triangles.into_iter().flat_map(|triangle| {
                let [a, b, c, d] = rig.cells[triangle as usize / 2];
                if triangle % 2 == 0 { [a, b, c] } else { [b, d, c] }
            });
            let sum: Vec2 = corners.map(&place).sum();
            self.folds.push(Fold { cells, ends: side.ends, inside: sum / 6.0 });
        }
    }

    pub(super) fn folds(&self) -> &[Fold] {
        &self.folds
    }

    /// Smooths the picture along the folds, beyond which begins what is behind: a texture's own outline is soft, but a fold is decided at
    /// pixel centres. Each pixel that such a side crosses takes the colour beyond it by how much of the pixel lies there (geometric
    /// post-process anti-aliasing, Persson 2011).
    pub(super) fn smooth(&self, canvas: &mut Canvas, place: impl Fn(u32) -> Vec2) {
        for fold in &self.folds {
            smooth_side(canvas, fold.ends.map(&place), fold.inside);
        }
    }
}

/// Mixes the pixels that a side between two places crosses; the surface lies on that side of it on which `inside` does.
fn smooth_side(canvas: &mut Canvas, [from, to]: [Vec2; 2], inside: Vec2) {
    let (width, height) = (canvas.size.width as usize, canvas.size.height as usize);
    let along = to - from;
    if !along.is_finite() {
        return;
    }
    let is_left = along.perp_dot(inside - from) > 0.0;
    if along.x.abs() > along.y.abs() {
        // Walked from left to right, what is on the side's left hand in a picture whose y points down lies below it.
        let is_after = is_left == (along.x > 0.0);
        let at = |x: f32| from.y + (x - from.x) * along.y / along.x;
        for x in centres(from.x, to.x, width) {
            smooth_pixel(canvas, at(x as f32 + 0.5), height, is_after, |y| y * width + x);
        }
    } else {
        let is_after = is_left != (along.y > 0.0);
        let at = |y: f32| from.x + (y - from.y) * along.x / along.y;
        for y in centres(from.y, to.y, height) {
            smooth_pixel(canvas, at(y as f32 + 0.5), width, is_after, |x| y * width + x);
        }
    }
}

/// The pixels, of `count`, whose centres lie between two ends.
fn centres(one: f32, other: f32, count: usize) -> Range<usize> {
    let first = |edge: f32| ((edge - 0.5).ceil().max(0.0) as usize).min(count);
    first(one.min(other))..first(one.max(other))
}

/// Mixes the pixel, of a line of `count`, in which the surface ends at `edge`; it lies after that or before. `index` is where a pixel of
/// the line is kept.
fn smooth_pixel(
    canvas: &mut Canvas,
    edge: f32,
    count: usize,
    is_after: bool,
    index: impl Fn(usize) -> usize,
) {
    if !(edge >= 1.0 && edge < count as f32 - 1.0) {
        return;
    }
    let pixel = edge as usize;
    let before = edge - pixel as f32;
    let covered = if is_after { 1.0 - before } else { before };
    // The pixel has one of two colours, by its centre; the other is that of its neighbour there.
    let is_surface = covered > 0.5;
    let neighbour = if is_surface == is_after { pixel - 1 } else { pixel + 1 };
    let own = if is_surface { covered } else { 1.0 - covered };
    let [own_at, other_at] = [pixel, neighbour].map(index);
    canvas.pixels[own_at] = mix(canvas.pixels[own_at], canvas.pixels[other_at], (own * 256.0) as u32);
}

#[cfg(test)]
mod tests {
    use frame::Size;

    use glam::Vec2Swizzles;

    use super::super::canvas::Window;
    use super::*;

    const SIDE: usize = 20;
    const WHITE: u32 = 0xffff_ffff;

    /// White wherever a pixel's centre is `inside`, and nothing elsewhere.
    fn drawn(inside: impl Fn(Vec2) -> bool) -> Canvas {
        let mut canvas = Canvas::default();
        let size = Size::new(SIDE as u32, SIDE as u32);
        canvas.resize(size);
        canvas.start(Window::of(size));
        for (i, pixel) in canvas.pixels.iter_mut().enumerate() {
            let centre = Vec2::new((i % SIDE) as f32 + 0.5, (i / SIDE) as f32 + 0.5);
            *pixel = if inside(centre) { WHITE } else { 0 };
        }
        canvas
    }

    #[test]
    fn a_pixel_shows_a_surface_by_what_of_it_that_covers() {
        let ends = [Vec2::new(4.23, 0.0), Vec2::new(8.23, 20.0)];
        let edge = |y: f32| 4.23 + y * 0.2;
        for flip in [false, true] {
            for is_right in [false, true] {
                for is_level in [false, true] {
                    let turned = |p: Vec2| if is_level { p.yx() } else { p };
                    let mut canvas = drawn(|p| (turned(p).x > edge(turned(p).y)) == is_right);
                    let inside = turned(Vec2::new(if is_right { 18.0 } else { 1.0 }, 10.0));
                    let ends = if flip { [ends[1], ends[0]] } else { ends }.map(turned);
                    smooth_side(&mut canvas, ends, inside);
                    for y in 1..SIDE - 1 {
                        let crossing = edge(y as f32 + 0.5);
                        let x = crossing as usize;
                        let right = 1.0 - crossing.fract();
                        let expected = 255.0 * if is_right { right } else { 1.0 - right };
                        let i = if is_level { x * SIDE + y } else { y * SIDE + x };
                        let alpha = (canvas.pixels[i] >> 24) as f32;
                        assert!((alpha - expected).abs() < 2.5, "{alpha} for {expected} at {x}, {y}");
                    }
                }
            }
        }
    }

    #[test]
    fn wild_sides_are_survived() {
        let mut canvas = drawn(|p| p.x > 5.0);
        for wild in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, -1e30, 1e30, 0.0] {
            smooth_side(&mut canvas, [Vec2::new(wild, 3.0), Vec2::new(4.0, wild)], Vec2::splat(wild));
            smooth_side(&mut canvas, [Vec2::splat(wild), Vec2::new(10.0, 10.0)], Vec2::ZERO);
        }
    }
}
