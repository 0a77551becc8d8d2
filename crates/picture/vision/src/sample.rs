use frame::{Image, Srgb8};
use glam::Vec2;

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
    let source = Source { image: level, border };
    let scale = (range.white - range.black) / 255.0;
    for (y, row) in samples.chunks_exact_mut(side * 3).enumerate() {
        let start = first + step_y * y as f32;
        for (x, sample) in row.chunks_exact_mut(3).enumerate() {
            let colour = source.bilinear(start + step_x * x as f32);
            for (value, channel) in sample.iter_mut().zip(colour) {
                *value = range.black + scale * channel;
            }
        }
    }
}

struct Source<'a> {
    image: &'a Image,
    border: Border,
}

impl Source<'_> {
    /// The colour, 0 … 255, at a point counted from the centre of the first pixel.
    #[inline(always)]
    fn bilinear(&self, at: Vec2) -> [f32; 3] {
        let (fx, fy) = (at.x.floor(), at.y.floor());
        let (tx, ty) = (at.x - fx, at.y - fy);
        let (x, y) = (fx as isize, fy as isize);
        let (width, height) = (self.image.width(), self.image.height());
        let [a, b, c, d] = if x >= 0 && y >= 0 && x + 1 < width as isize && y + 1 < height as isize {
            let index = y as usize * width + x as usize;
            let pixels = self.image.pixels();
            [pixels[index], pixels[index + 1], pixels[index + width], pixels[index + width + 1]]
        } else {
            [self.beyond(x, y), self.beyond(x + 1, y), self.beyond(x, y + 1), self.beyond(x + 1, y + 1)]
        };
        let mix = |a: u8, b: u8, c: u8, d: u8| {
            let (a, b, c, d) = (f32::from(a), f32::from(b), f32::from(c), f32::from(d));
            let (upper, lower) = (a + (b - a) * tx, c + (d - c) * tx);
            upper + (lower - upper) * ty
        };
        [mix(a.r, b.r, c.r, d.r), mix(a.g, b.g, c.g, d.g), mix(a.b, b.b, c.b, d.b)]
    }

    #[cold]
    fn beyond(&self, x: isize, y: isize) -> Srgb8 {
        let inside = x >= 0 && y >= 0 && x < self.image.width() as isize && y < self.image.height() as isize;
        if inside || self.border == Border::Edge { self.image.get_clamped(x, y) } else { Srgb8::new(0, 0, 0) }
    }
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
