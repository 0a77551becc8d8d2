use frame::{Image, Srgb8};
use glam::{Vec2, Vec4};

use crate::pyramid::Pyramid;
use crate::roi::Roi;

/// What lies outside a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Border {
    /// Its edge pixels, for ever.
    Edge,
    /// Black.
    Black,
}

/// The values a network takes for 0 and 255.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ValueRange {
    pub(crate) black: f32,
    pub(crate) white: f32,
}

impl ValueRange {
    pub(crate) const UNIT: Self = Self { black: 0.0, white: 1.0 };
    pub(crate) const SIGNED: Self = Self { black: -1.0, white: 1.0 };
}

/// Fills `samples` (`side` rows of `side` pixels of R, G, B) with a region of a picture: bilinear where the picture is
/// enlarged or shrunk by less than two, else bilinear in the picture halved until it is.
pub(crate) fn sample_region(
    pyramid: &mut Pyramid<'_>,
    roi: Roi,
    side: usize,
    range: ValueRange,
    border: Border,
    samples: &mut [f32],
) {
    assert_eq!(samples.len(), side * side * 3, "three channels of {side} by {side}");
    let image_from_unit = roi.image_from_unit();
    let (level, span) = pyramid.level(roi.side_px / side as f32);
    let step_x = image_from_unit.matrix2.x_axis / (side as f32 * span);
    let step_y = image_from_unit.matrix2.y_axis / (side as f32 * span);
    // Where the first sample's centre lies, in the level's pixels counted from the centre of its first.
    let first = image_from_unit.translation / span + (step_x + step_y) / 2.0 - 0.5;
    let scale = (range.white - range.black) / 255.0;
    let source = Source { image: level, bytes: bytemuck::cast_slice(level.pixels()), border };
    let has_neighbours = level.width() > 1 && level.height() > 1;
    for (y, row) in samples.chunks_exact_mut(side * 3).enumerate() {
        let start = first + step_y * y as f32;
        let at = |x: usize| start + step_x * x as f32;
        let inside = [at(0), at(side - 1)].into_iter().all(|at| source.is_inside(at));
        let near = has_neighbours && (inside || border == Border::Edge);
        for (x, sample) in row.as_chunks_mut::<3>().0.iter_mut().enumerate() {
            let colour = if near { source.bilinear_near(at(x)) } else { source.bilinear(at(x)) };
            *sample = (range.black + scale * colour).truncate().to_array();
        }
    }
}

struct Source<'a> {
    image: &'a Image,
    /// The image's pixels, R, G, B.
    bytes: &'a [u8],
    border: Border,
}

impl Source<'_> {
    /// Whether a point counted from the centre of the first pixel lies among the pixels' centres.
    fn is_inside(&self, at: Vec2) -> bool {
        let last = Vec2::new(self.image.width() as f32, self.image.height() as f32) - 1.0;
        at.cmpge(Vec2::ZERO).all() && at.cmple(last).all()
    }

    /// The colour, 0 … 255, of the nearest point among the pixels' centres, of which there are two at least along each side: beyond
    /// them, the edge's.
    #[inline(always)]
    fn bilinear_near(&self, at: Vec2) -> Vec4 {
        let (width, height) = (self.image.width(), self.image.height());
        let (x, y) = (at.x.clamp(0.0, (width - 1) as f32), at.y.clamp(0.0, (height - 1) as f32));
        // Nothing is below nought here, so that casts round down.
        let (left, top) = ((x as i32 as usize).min(width - 2), (y as i32 as usize).min(height - 2));
        let first = 3 * (top * width + left);
        // A pixel is read with the byte behind it, which one pixel of the picture has not.
        let [Some(upper), Some(lower)] = [first, first + 3 * width].map(|at| self.bytes.get(at..at + 7))
        else {
            return self.bilinear(Vec2::new(x, y));
        };
        let pixel = |row: &[u8], at: usize| Vec4::from_array([0, 1, 2, 3].map(|i| f32::from(row[at + i])));
        let corners = [pixel(upper, 0), pixel(upper, 3), pixel(lower, 0), pixel(lower, 3)];
        mixed(corners, x - left as f32, y - top as f32)
    }

    /// The colour, 0 … 255, at any point.
    fn bilinear(&self, at: Vec2) -> Vec4 {
        let floor = at.floor();
        let (x, y) = (floor.x as isize, floor.y as isize);
        let corners = [(x, y), (x + 1, y), (x, y + 1), (x + 1, y + 1)].map(|(x, y)| {
            let Srgb8 { r, g, b } = self.get(x, y);
            Vec4::new(r.into(), g.into(), b.into(), 0.0)
        });
        mixed(corners, at.x - floor.x, at.y - floor.y)
    }

    fn get(&self, x: isize, y: isize) -> Srgb8 {
        let inside = x >= 0 && y >= 0 && x < self.image.width() as isize && y < self.image.height() as isize;
        if inside || self.border == Border::Edge { self.image.get_clamped(x, y) } else { Srgb8::new(0, 0, 0) }
    }
}

/// Four neighbours (top left, top right, bottom left, bottom right) mixed by how far right and down a point lies between them.
#[inline(always)]
fn mixed([a, b, c, d]: [Vec4; 4], right: f32, down: f32) -> Vec4 {
    let (upper, lower) = (a + (b - a) * right, c + (d - c) * right);
    upper + (lower - upper) * down
}

#[cfg(test)]
mod tests {
    use frame::Size;
    use proptest::prelude::*;

    use super::*;

    fn samples(image: &Image, roi: Roi, side: usize, border: Border) -> Vec<f32> {
        let mut samples = vec![f32::NAN; side * side * 3];
        let range = ValueRange { black: 0.0, white: 255.0 };
        sample_region(&mut Pyramid::new(image), roi, side, range, border, &mut samples);
        samples
    }

    /// Red is the column's centre, green the row's.
    fn ramp(size: Size) -> Image {
        Image::from_fn(size, |x, y| Srgb8::new(x as u8, y as u8, 0))
    }

    #[test]
    fn the_whole_picture_at_its_own_size_is_itself() {
        let image = ramp(Size::new(8, 8));
        let found = samples(&image, Roi::whole(image.size()), 8, Border::Edge);
        let expected: Vec<f32> =
            image.pixels().iter().flat_map(|p| [f32::from(p.r), f32::from(p.g), f32::from(p.b)]).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn beyond_the_edge_is_black_or_the_edge() {
        let image = Image::filled(Size::new(8, 4), Srgb8::new(200, 200, 200));
        let black = samples(&image, Roi::whole(image.size()), 8, Border::Black);
        assert_eq!((black[0], black[4 * 8 * 3]), (0.0, 200.0));
        let edge = samples(&image, Roi::whole(image.size()), 8, Border::Edge);
        assert!(edge.iter().all(|&v| v == 200.0));
    }

    #[test]
    fn a_value_range_is_met_at_both_ends() {
        let image = Image::from_fn(Size::new(2, 2), |x, _| {
            if x == 0 { Srgb8::default() } else { Srgb8::new(255, 255, 255) }
        });
        let mut found = [0.0; 12];
        let roi = Roi::whole(image.size());
        sample_region(&mut Pyramid::new(&image), roi, 2, ValueRange::SIGNED, Border::Edge, &mut found);
        assert_eq!((found[0], found[3]), (-1.0, 1.0));
    }

    proptest! {
        /// On a ramp the colour tells where a sample was taken.
        #[test]
        fn samples_are_taken_where_the_region_says(
            x in 80.0f32..120.0, y in 80.0f32..120.0, side_px in 4.0f32..100.0, rotation_rad in -3.0f32..3.0,
        ) {
            let image = ramp(Size::new(200, 200));
            let roi = Roi { center: Vec2::new(x, y), side_px, rotation_rad };
            let found = samples(&image, roi, 16, Border::Edge);
            for (row, column) in [(0, 0), (3, 9), (15, 15)] {
                let unit = (Vec2::new(column as f32, row as f32) + 0.5) / 16.0;
                let expected = roi.image_from_unit().transform_point2(unit) - 0.5;
                let at = (row * 16 + column) * 3;
                prop_assert!((found[at] - expected.x).abs() < 0.6, "{} {}", found[at], expected.x);
                prop_assert!((found[at + 1] - expected.y).abs() < 0.6);
            }
        }
    }
}
