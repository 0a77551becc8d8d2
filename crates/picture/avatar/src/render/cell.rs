use std::ops::Range;

use glam::Vec2;

use super::canvas::{Canvas, Window, greatest, least, over, rounded_up};
use super::mapping::{Corner, Mapping, Slope, View};

/// How far a cell's last corner may be off the parallelogram of the others, in pixels, for one affine map to do.
const FLAT: f32 = 0.3;

/// Where one side of a cell crosses the rows. It is computed from its upper end, whichever cell asks, so that two that
/// share a side share every crossing: each pixel centre belongs to exactly one of them.
#[derive(Clone, Copy)]
struct Side {
    top: Vec2,
    slope: f32,
}

impl Side {
    fn new(top: Vec2, bottom: Vec2) -> Self {
        Self { top, slope: (bottom.x - top.x) / (bottom.y - top.y) }
    }

    fn at(self, y: f32) -> f32 {
        self.top.x + (y - self.top.y) * self.slope
    }
}

/// The first pixel whose centre is at or after `edge`, within `start` … `end`; NaN is before all.
#[inline(always)]
fn first_pixel(edge: f32, start: f32, end: f32) -> i32 {
    rounded_up(least(greatest(edge - 0.5, start), end))
}

/// Two sides of a cell on the same hand, one below the other.
#[derive(Clone, Copy)]
struct Chain {
    upper: Side,
    lower: Side,
    /// The first row that crosses the lower one.
    turn: i32,
}

impl Chain {
    /// Where it crosses a row.
    #[inline(always)]
    fn at(self, row: i32) -> f32 {
        let y = row as f32 + 0.5;
        let (upper, lower) = (self.upper.at(y), self.lower.at(y));
        if row < self.turn { upper } else { lower }
    }
}

/// Rows whose crossings are found at once, as one row's wait for each other.
const ROWS: usize = 8;

/// The pixels from `left` to before `right` that lie between two chains in each of the rows from `first` on: the first, and the one after the last.
fn spans(first: i32, [a, b]: [Chain; 2], left: f32, right: f32) -> [[i32; ROWS]; 2] {
    let mut spans = [[0; ROWS]; 2];
    let [starts, ends] = &mut spans;
    for (i, (start, end)) in starts.iter_mut().zip(ends).enumerate() {
        let row = first + i as i32;
        let (a, b) = (a.at(row), b.at(row));
        *start = first_pixel(least(a, b), left, right);
        *end = first_pixel(greatest(a, b), left, right);
    }
    spans
}

/// Orders places from the top down; on one row from the left.
fn from_the_top<const N: usize>(mut places: [Vec2; N]) -> [Vec2; N] {
    places.sort_unstable_by(|a, b| a.y.total_cmp(&b.y).then(a.x.total_cmp(&b.x)));
    places
}

/// How far the opacity of a cell's last corner may be off what the others go on to there.
const EVEN: f32 = 0.05;

/// The corners of a cell that one affine map can draw, from the top down, the first opposite to the last. There are none
/// where the cell is bent, fades unevenly, or lies so flat that even its small bend puts a neighbour lower than the opposite corner.
fn parallelogram([a, b, c, d]: [Corner; 4]) -> Option<[Vec2; 4]> {
    let bend = a.place + d.place - b.place - c.place;
    if a.texel + d.texel != b.texel + c.texel || !bend.abs().cmplt(Vec2::splat(FLAT)).all() {
        return None;
    }
    let opacities = [a, b, c, d].map(|corner| corner.opacity);
    let [oa, ob, oc, od] = opacities;
    if opacities.iter().any(|&opacity| opacity < 1.0) && (oa + od - ob - oc).abs() > EVEN {
        return None;
    }
    let sorted = from_the_top([a, b, c, d].map(|corner| corner.place));
    let [top, upper, lower, bottom] = sorted.map(|place| place == a.place || place == d.place);
    (top == bottom && upper == lower).then_some(sorted)
}

impl Canvas {
    /// Draws the `part` of a cell (corners: top left, top right, bottom left, bottom right of the texture) behind what is there;
    /// no pixel of the cell is in the canvas's window and not in the part. Pixels are decided at their centres; sides follow the
    /// top-left rule.
    pub(super) fn draw(&mut self, [a, b, c, d]: [Corner; 4], part: Window, view: View<'_>) {
        if let Some([top, upper, lower, bottom]) = parallelogram([a, b, c, d]) {
            if let Some(mapping) = Mapping::new([a, b, c], part, view) {
                self.draw_between([top, upper, bottom], [top, lower, bottom], part, &mapping, view);
            }
        } else {
            self.draw_triangle([a, b, c], part, view);
            self.draw_triangle([b, d, c], part, view);
        }
    }

    fn draw_triangle(&mut self, corners: [Corner; 3], part: Window, view: View<'_>) {
        let Some(mapping) = Mapping::new(corners, part, view) else { return };
        let [top, middle, bottom] = from_the_top(corners.map(|c| c.place));
        self.draw_between([top, top, bottom], [top, middle, bottom], part, &mapping, view);
    }

    /// Draws what lies between two chains of corners that begin and end together, each from the top down.
    fn draw_between(
        &mut self,
        one: [Vec2; 3],
        other: [Vec2; 3],
        part: Window,
        mapping: &Mapping,
        view: View<'_>,
    ) {
        let [left, top, right, bottom] =
            [part.left, part.top, part.right, part.bottom].map(|side| side as f32);
        let row = |place: Vec2| first_pixel(place.y, top, bottom);
        let chains = [one, other].map(|[first, middle, last]| Chain {
            upper: Side::new(first, middle),
            lower: Side::new(middle, last),
            turn: row(middle),
        });
        let [first, _, last] = one.map(row);
        for first in (first..last).step_by(ROWS) {
            let [starts, ends] = spans(first, chains, left, right);
            for (row, (start, end)) in (first..last).zip(starts.into_iter().zip(ends)) {
                if start < end {
                    self.draw_row(row as usize, start as usize..end as usize, mapping, view);
                }
            }
        }
    }

    /// Draws some pixels of a row where sheets pass through each other.
    fn draw_row_by_depth(
        &mut self,
        row: usize,
        span: Range<usize>,
        (mapping, slope): (&Mapping, Slope),
        view: View<'_>,
    ) {
        for x in span {
            let key = mapping.value(slope, x, row);
            let (pixel, depth) = self.pixel_and_depth(x, row);
            let is_before = key < *depth;
            if *pixel >> 24 == 255 && !is_before {
                continue;
            }
            let own = mapping.faded([x, row], view);
            if *pixel == 0 || (is_before && own >> 24 > 127) {
                *depth = key;
            }
            *pixel = if is_before { over(own, *pixel) } else { over(*pixel, own) };
        }
    }

    /// Draws some pixels of a row of a cell that is not seen whole.
    fn draw_fading_row(&mut self, row: usize, span: Range<usize>, mapping: &Mapping, view: View<'_>) {
        for x in span {
            let pixel = &mut self.pixels[row * self.size.width as usize + x];
            if *pixel >> 24 < 255 {
                *pixel = over(*pixel, mapping.faded([x, row], view));
            }
        }
    }

    /// Draws some pixels of a row.
    fn draw_row(&mut self, row: usize, span: Range<usize>, mapping: &Mapping, view: View<'_>) {
        if let Some(slope) = mapping.key {
            return self.draw_row_by_depth(row, span, (mapping, slope), view);
        }
        if mapping.opacity.is_some() {
            return self.draw_fading_row(row, span, mapping, view);
        }
        let start = mapping.at(span.start, row);
        let row = &mut self.pixels[row * self.size.width as usize..];
        let (pixels, texture) = (&mut row[span], view.texture);
        if mapping.samples != [1, 1] || view.sideways > 0 {
            draw_span(pixels, start, mapping.across, |at| mapping.mean(at, view));
        } else if mapping.is_within {
            draw_span(pixels, start, mapping.across, |[u, v]| texture.sample(u, v));
        } else {
            let [last_u, last_v] = texture.limit();
            draw_span(pixels, start, mapping.across, |[u, v]| {
                texture.sample(u.clamp(0, last_u), v.clamp(0, last_v))
            });
        }
    }
}

/// Draws a run of pixels, each as `sample` says for its texture coordinates in 1/65536 texels.
#[inline(always)]
fn draw_span(pixels: &mut [u32], start: [i32; 2], step: [i32; 2], sample: impl Fn([i32; 2]) -> u32) {
    let mut at = start;
    for pixel in pixels {
        let alpha = *pixel >> 24;
        if alpha < 255 {
            // It is called in one place, for the compiler to put it there.
            let behind = sample(at);
            *pixel = if alpha == 0 { behind } else { over(*pixel, behind) };
        }
        at = [at[0].wrapping_add(step[0]), at[1].wrapping_add(step[1])];
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::Texture;
    use frame::{Plane, PremulSrgba8, Size};
    use proptest::prelude::*;

    const ALL: Window = Window { left: 0, top: 0, right: 40, bottom: 40 };

    fn grey(alpha: u8) -> Texture {
        Texture::new(&Plane::filled(
            Size::new(64, 64),
            PremulSrgba8 { r: alpha, g: alpha, b: alpha, a: alpha },
        ))
    }

    fn front(texture: &Texture) -> View<'_> {
        View { texture, sideways: 0, by_depth: false }
    }

    fn blank() -> Canvas {
        let mut canvas = Canvas::default();
        canvas.resize(Size::new(40, 40));
        canvas.start(ALL);
        canvas
    }

    fn corner(place: Vec2) -> Corner {
        Corner { place, texel: Vec2::splat(32.0), opacity: 1.0, key: 0.0 }
    }

    fn at_rest(x: f32, y: f32) -> Corner {
        Corner { place: Vec2::new(x, y), texel: Vec2::new(x, y), opacity: 1.0, key: 0.0 }
    }

    proptest! {
        #[test]
        fn triangles_neither_overlap_nor_leave_a_gap(
            x in prop::array::uniform3(-10.0f32..50.0), y in prop::array::uniform3(-10.0f32..50.0),
        ) {
            // A fan about an inner point: every pixel of the hull exactly once.
            let at = |i: usize| Vec2::new(x[i], y[i]);
            prop_assume!((at(1) - at(0)).perp_dot(at(2) - at(0)).abs() > 1.0);
            let centre = (at(0) + at(1) + at(2)) / 3.0;
            let (mut fan, mut whole) = (blank(), blank());
            whole.draw_triangle([0, 1, 2].map(|i| corner(at(i))), ALL, front(&grey(100)));
            for (i, j) in [(0, 1), (1, 2), (2, 0)] {
                fan.draw_triangle([at(i), at(j), centre].map(corner), ALL, front(&grey(100)));
            }
            prop_assert_eq!(fan.pixels, whole.pixels);
        }

        #[test]
        fn a_nearly_flat_cell_covers_what_its_triangles_do(
            across in (3.0f32..20.0, -0.1f32..0.1), down in (-0.1f32..0.1, 3.0f32..20.0),
            angle in prop::sample::select(vec![0.0f32, 0.3, 1.6, 2.0, -2.5]),
            bend in prop::array::uniform2(-0.09f32..0.09),
        ) {
            let turn = Vec2::from_angle(angle);
            let (a, ab, ac) = (Vec2::new(15.3, 17.2), turn.rotate(across.into()), turn.rotate(down.into()));
            let corners = [a, a + ab, a + ac, a + ab + ac + Vec2::from(bend)].map(corner);
            let (mut whole, mut halves) = (blank(), blank());
            whole.draw(corners, ALL, front(&grey(100)));
            halves.draw_triangle([corners[0], corners[1], corners[2]], ALL, front(&grey(100)));
            halves.draw_triangle([corners[1], corners[3], corners[2]], ALL, front(&grey(100)));
            prop_assert_eq!(whole.pixels, halves.pixels);
        }

        #[test]
        fn wild_corners_are_survived(values in prop::array::uniform8(prop::num::f32::ANY)) {
            let mut canvas = blank();
            let [a, b, c, d, e, f, g, h] = values;
            canvas.draw([(a, b), (c, d), (e, f), (g, h)].map(|p| corner(p.into())), ALL, front(&grey(255)));
            canvas.draw([(a, 3.0), (20.0, d), (5.0, 39.0), (g, 7.0)].map(|p| corner(p.into())), ALL, front(&grey(255)));
        }
    }

    #[test]
    fn a_squeezed_sheet_shows_the_mean_of_what_it_is_squeezed_from() {
        let stripes = Plane::from_fn(Size::new(64, 64), |_, y| {
            let light = if y / 2 % 2 == 0 { 240 } else { 40 };
            PremulSrgba8 { r: light, g: light, b: light, a: 255 }
        });
        let texture = Texture::new(&stripes);
        let mut canvas = blank();
        let corner = |x: f32, y: f32| Corner {
            place: Vec2::new(x, y / 8.0),
            texel: Vec2::new(x, y),
            opacity: 1.0,
            key: 0.0,
        };
        canvas.draw(
            [corner(8.0, 8.0), corner(24.0, 8.0), corner(8.0, 40.0), corner(24.0, 40.0)],
            ALL,
            front(&texture),
        );
        for y in 1..5 {
            let [light, ..] = canvas.pixels[y * 40 + 16].to_le_bytes();
            assert!((135..=145).contains(&light), "{light} in row {y}");
        }
    }

    #[test]
    fn a_texture_at_rest_is_copied_exactly() {
        let colour = |x: u32, y: u32| PremulSrgba8 { r: x as u8 * 6, g: y as u8 * 6, b: 7, a: 255 };
        let plane = Plane::from_fn(Size::new(40, 40), colour);
        let texture = Texture::new(&plane);
        let mut canvas = blank();
        for (x, y) in (0..5).flat_map(|y| (0..5).map(move |x| (x as f32 * 8.0, y as f32 * 8.0))) {
            let corners = [(x, y), (x + 8.0, y), (x, y + 8.0), (x + 8.0, y + 8.0)];
            canvas.draw(corners.map(|(x, y)| at_rest(x, y)), ALL, front(&texture));
        }
        let expected: Vec<u32> = plane.pixels().iter().map(|p| super::super::canvas::packed(*p)).collect();
        assert_eq!(canvas.pixels, expected);
    }

    #[test]
    fn a_cell_fades_from_side_to_side() {
        let texture = grey(255);
        let mut canvas = blank();
        let corner = |x: f32, y: f32| Corner { opacity: (x - 4.0) / 32.0, ..corner(Vec2::new(x, y)) };
        canvas.draw(
            [corner(4.0, 4.0), corner(36.0, 4.0), corner(4.0, 36.0), corner(36.0, 36.0)],
            ALL,
            front(&texture),
        );
        for x in 4..36 {
            let alpha = (canvas.pixels[20 * 40 + x] >> 24) as f32 / 255.0;
            assert!((alpha - (x as f32 - 3.5) / 32.0).abs() < 0.01, "{alpha} in column {x}");
        }
    }

    #[test]
    fn opacities_beyond_nought_and_one_are_a_sharp_round_edge_across_cells() {
        let texture = grey(255);
        let mut canvas = blank();
        let middle = Vec2::splat(20.0);
        let corner = |x: f32, y: f32| {
            let place = Vec2::new(x, y);
            Corner { opacity: 14.5 - place.distance(middle), ..corner(place) }
        };
        for (x, y) in (0..10).flat_map(|y| (0..10).map(move |x| (x as f32 * 4.0, y as f32 * 4.0))) {
            let corners = [corner(x, y), corner(x + 4.0, y), corner(x, y + 4.0), corner(x + 4.0, y + 4.0)];
            canvas.draw(corners, ALL, front(&texture));
        }
        for (i, pixel) in canvas.pixels.iter().enumerate() {
            let away = Vec2::new((i % 40) as f32 + 0.5, (i / 40) as f32 + 0.5).distance(middle);
            let alpha = (pixel >> 24) as f32 / 255.0;
            // Cells of 4 px are chords of the circle.
            assert!((alpha - (14.5 - away).clamp(0.0, 1.0)).abs() < 0.5, "{alpha}, {away} px off the middle");
        }
    }

    #[test]
    fn cells_that_pass_through_each_other_part_along_a_line() {
        let [light, dark] = [200, 20].map(|light| {
            Texture::new(&Plane::filled(
                Size::new(64, 64),
                PremulSrgba8 { r: light, g: light, b: light, a: 255 },
            ))
        });
        // The light one is before the other where x is less than 19.
        let cell = |key: fn(f32) -> f32| {
            [(4.0, 4.0), (36.0, 4.0), (4.0, 36.0), (36.0, 36.0)]
                .map(|(x, y)| Corner { key: key(x), ..corner(Vec2::new(x, y)) })
        };
        let (of_light, of_dark) = (cell(|x| x - 19.0), cell(|_| 0.0));
        let by_depth = |texture| View { by_depth: true, ..front(texture) };
        let drawn = |cells: [([Corner; 4], View<'_>); 2]| {
            let mut canvas = blank();
            canvas.start_depths();
            cells.into_iter().for_each(|(corners, view)| canvas.draw(corners, ALL, view));
            [18, 19].map(|x| canvas.pixels[20 * 40 + x] & 255)
        };
        let (light_one, dark_one) = ((of_light, by_depth(&light)), (of_dark, by_depth(&dark)));
        assert_eq!(drawn([light_one, dark_one]), [200, 20]);
        assert_eq!(drawn([dark_one, light_one]), [200, 20]);
        assert_eq!(drawn([dark_one, (of_light, front(&light))]), [20, 20]);
        assert_eq!(drawn([(of_dark, front(&dark)), light_one]), [20, 20]);
    }
}
