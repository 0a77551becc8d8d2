use crate::{Size, Srgb8};

/// A rectangle of pixels, row by row from the top, without padding. `P` names the channels and their encoding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plane<P> {
    size: Size,
    pixels: Vec<P>,
}

/// An upright opaque picture.
pub type Image = Plane<Srgb8>;

/// Colours as floats for calculation: sRGB-encoded R, G, B in 0 … 255, straight.
pub type SrgbPlane = Plane<[f32; 3]>;

/// How much of each pixel is the subject: 0 background … 1 subject.
#[derive(Clone, Debug, PartialEq)]
pub struct Matte(pub Plane<f32>);

/// A plane's pixels did not number what its size says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{found} pixels do not make a plane of {size}")]
pub struct SizeMismatch {
    /// The size asked for.
    pub size: Size,
    /// The pixels that came.
    pub found: usize,
}

impl<P> Plane<P> {
    /// A plane over `pixels`, which must number `size.area()`.
    pub fn new(size: Size, pixels: Vec<P>) -> Result<Self, SizeMismatch> {
        if pixels.len() == size.area() {
            Ok(Self { size, pixels })
        } else {
            Err(SizeMismatch { size, found: pixels.len() })
        }
    }

    /// Each pixel by its column and row.
    pub fn from_fn(size: Size, mut pixel: impl FnMut(u32, u32) -> P) -> Self {
        let mut pixels = Vec::with_capacity(size.area());
        for y in 0..size.height {
            for x in 0..size.width {
                pixels.push(pixel(x, y));
            }
        }
        Self { size, pixels }
    }

    /// Width and height.
    pub const fn size(&self) -> Size {
        self.size
    }

    /// Columns, as an index type.
    pub const fn width(&self) -> usize {
        self.size.width as usize
    }

    /// Rows, as an index type.
    pub const fn height(&self) -> usize {
        self.size.height as usize
    }

    /// All pixels, row by row.
    pub fn pixels(&self) -> &[P] {
        &self.pixels
    }

    /// All pixels, row by row.
    pub fn pixels_mut(&mut self) -> &mut [P] {
        &mut self.pixels
    }

    /// The pixels alone.
    pub fn into_pixels(self) -> Vec<P> {
        self.pixels
    }

    /// Row `y`. Panics outside the plane.
    pub fn row(&self, y: usize) -> &[P] {
        let width = self.width();
        &self.pixels[y * width..(y + 1) * width]
    }

    /// Row `y`. Panics outside the plane.
    pub fn row_mut(&mut self, y: usize) -> &mut [P] {
        let width = self.width();
        &mut self.pixels[y * width..(y + 1) * width]
    }

    /// A plane of the same size whose pixels are `f` of these.
    pub fn map<Q>(&self, f: impl FnMut(&P) -> Q) -> Plane<Q> {
        Plane { size: self.size, pixels: self.pixels.iter().map(f).collect() }
    }

    /// A plane of the same size whose pixels are `f` of these and `other`'s. Panics if the sizes differ.
    pub fn zip_map<Q, R>(&self, other: &Plane<Q>, mut f: impl FnMut(&P, &Q) -> R) -> Plane<R> {
        assert_eq!(self.size, other.size, "planes of different sizes");
        Plane {
            size: self.size,
            pixels: self.pixels.iter().zip(&other.pixels).map(|(a, b)| f(a, b)).collect(),
        }
    }
}

impl<P: Copy> Plane<P> {
    /// A plane of one value.
    pub fn filled(size: Size, pixel: P) -> Self {
        Self { size, pixels: vec![pixel; size.area()] }
    }

    /// The pixel in column `x` of row `y`. Panics outside the plane.
    pub fn get(&self, x: usize, y: usize) -> P {
        assert!(x < self.width(), "column {x} of {}", self.size);
        self.pixels[y * self.width() + x]
    }

    /// Sets the pixel in column `x` of row `y`. Panics outside the plane.
    pub fn set(&mut self, x: usize, y: usize, pixel: P) {
        assert!(x < self.width(), "column {x} of {}", self.size);
        let width = self.width();
        self.pixels[y * width + x] = pixel;
    }

    /// The pixel nearest to column `x` of row `y`: the edge goes on for ever.
    pub fn get_clamped(&self, x: isize, y: isize) -> P {
        let x = x.clamp(0, self.width() as isize - 1) as usize;
        let y = y.clamp(0, self.height() as isize - 1) as usize;
        self.pixels[y * self.width() + x]
    }

    /// The rectangle of `size` whose top-left pixel is (`x`, `y`). Panics if it does not lie inside.
    pub fn crop(&self, x: usize, y: usize, size: Size) -> Self {
        let mut pixels = Vec::with_capacity(size.area());
        for row in y..y + size.height as usize {
            pixels.extend_from_slice(&self.row(row)[x..x + size.width as usize]);
        }
        Self { size, pixels }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pixels_must_fit_the_size() {
        let size = Size::new(3, 2);
        assert_eq!(Plane::new(size, vec![0u8; 5]), Err(SizeMismatch { size, found: 5 }));
        assert_eq!(Plane::new(size, vec![0u8; 6]).map(|p| p.height()), Ok(2));
    }

    #[test]
    fn a_crop_keeps_the_rows_in_order() {
        let plane = Plane::from_fn(Size::new(4, 3), |x, y| (x, y));
        let crop = plane.crop(1, 1, Size::new(2, 2));
        assert_eq!(crop.pixels(), [(1, 1), (2, 1), (1, 2), (2, 2)]);
        assert_eq!(plane.get_clamped(-5, 9), (0, 2));
    }
}
