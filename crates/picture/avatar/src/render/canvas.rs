use frame::{Image, Plane, PremulSrgba8, Size, Srgb8};
use glam::Vec2;

use super::Ground;
use crate::plate::CastShadow;

/// A colour in a word: red in the lowest byte, then green, blue and alpha.
pub(super) fn packed(p: PremulSrgba8) -> u32 {
    u32::from_le_bytes([p.r, p.g, p.b, p.a])
}

/// A background ready to be drawn over.
#[derive(Clone, Debug)]
pub struct Backdrop {
    size: Size,
    pixels: Vec<u32>,
    shadow: Option<CastShadow>,
}

impl Backdrop {
    /// The backdrop that shows `image`.
    pub fn new(image: &Image) -> Self {
        let opaque = |p: &Srgb8| packed(PremulSrgba8 { r: p.r, g: p.g, b: p.b, a: 255 });
        Self { size: image.size(), pixels: image.pixels().iter().map(opaque).collect(), shadow: None }
    }

    /// The same, and what is drawn over it casts `shadow` on it, in its pixels.
    #[must_use]
    pub fn with_shadow(self, shadow: Option<CastShadow>) -> Self {
        Self { shadow, ..self }
    }

    pub(super) fn size(&self) -> Size {
        self.size
    }

    pub(super) fn pixels(&self) -> &[u32] {
        &self.pixels
    }

    pub(super) fn shadow(&self) -> Option<&CastShadow> {
        self.shadow.as_ref()
    }
}

/// A rectangle of pixels: its first column and row, and those after its last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) left: usize,
    pub(super) top: usize,
    pub(super) right: usize,
    pub(super) bottom: usize,
}

impl Window {
    fn whole(size: Size) -> Self {
        Self { left: 0, top: 0, right: size.width as usize, bottom: size.height as usize }
    }

    /// The pixels of a picture of `size` between two corners; `None` where there are none.
    pub(super) fn about(low: Vec2, high: Vec2, size: Size) -> Option<Self> {
        // Casts from float saturate.
        let (width, height) = (size.width as usize, size.height as usize);
        let (left, top) = (low.x.floor() as usize, low.y.floor() as usize);
        let (right, bottom) = ((high.x.ceil() as usize).min(width), (high.y.ceil() as usize).min(height));
        (left < right && top < bottom).then_some(Self { left, top, right, bottom })
    }

    pub(super) const fn area(self) -> usize {
        (self.right - self.left) * (self.bottom - self.top)
    }
}

/// The picture being drawn.
#[derive(Debug)]
pub(super) struct Canvas {
    pub(super) size: Size,
    pub(super) pixels: Vec<u32>,
    /// Nothing is drawn outside it.
    pub(super) window: Window,
}

impl Default for Canvas {
    fn default() -> Self {
        Self { size: Size::new(0, 0), pixels: Vec::new(), window: Window::default() }
    }
}

impl Canvas {
    pub(super) fn size(&self) -> Size {
        self.size
    }

    /// Begins a picture with nothing but what is drawn over.
    pub(super) fn start(&mut self, ground: &Ground<'_>) {
        match ground {
            Ground::Backdrop(backdrop) => {
                self.size = backdrop.size;
                self.pixels.clone_from(&backdrop.pixels);
            }
            Ground::Clear(size) => {
                self.size = *size;
                self.pixels.clear();
                self.pixels.resize(size.area(), 0);
            }
        }
        self.window = Window::whole(self.size);
    }

    /// Begins the picture within its window anew.
    pub(super) fn start_window(&mut self, ground: &Ground<'_>) {
        let (width, Window { left, right, .. }) = (self.size.width as usize, self.window);
        for y in self.window.top..self.window.bottom {
            let row = y * width + left..y * width + right;
            match ground {
                Ground::Backdrop(backdrop) => {
                    self.pixels[row.clone()].copy_from_slice(&backdrop.pixels[row]);
                }
                Ground::Clear(_) => self.pixels[row].fill(0),
            }
        }
    }

    /// Adds the window's pixels to sums, a lane each channel.
    pub(super) fn add_to(&self, sums: &mut [u64]) {
        for (sums, row) in sums.chunks_exact_mut(self.window.right - self.window.left).zip(self.rows()) {
            sums.iter_mut().zip(row).for_each(|(sum, &pixel)| *sum += spread(pixel));
        }
    }

    fn rows(&self) -> impl Iterator<Item = &[u32]> {
        let Window { left, right, top, bottom } = self.window;
        let rows = self.pixels.chunks_exact(self.size.width as usize);
        rows.skip(top).take(bottom - top).map(move |row| &row[left..right])
    }

    /// Makes every pixel of the window the mean of `count` that were summed, at most 257.
    pub(super) fn take_mean(&mut self, sums: &[u64], count: usize) {
        let (width, Window { left, right, top, .. }) = (self.size.width as usize, self.window);
        let (half, count) = (count as u32 / 2, count as u32);
        for (y, sums) in sums.chunks_exact(right - left).enumerate() {
            let row = &mut self.pixels[(top + y) * width + left..(top + y) * width + right];
            for (pixel, sum) in row.iter_mut().zip(sums) {
                // The lanes of 16 bits are red, blue, green, alpha, from the lowest on.
                let channel = |lane: u32| ((sum >> (16 * lane)) as u32 & 0xffff) + half;
                let mean = |lane: u32| channel(lane) / count;
                *pixel = mean(0) | mean(2) << 8 | mean(1) << 16 | mean(3) << 24;
            }
        }
    }

    /// Copies the picture out, its alpha too.
    pub(super) fn copy_layer_into(&self, layer: &mut Plane<PremulSrgba8>) {
        if layer.size() != self.size {
            *layer = Plane::filled(self.size, PremulSrgba8::default());
        }
        for (out, pixel) in layer.pixels_mut().iter_mut().zip(&self.pixels) {
            let [r, g, b, a] = pixel.to_le_bytes();
            *out = PremulSrgba8 { r, g, b, a };
        }
    }

    /// Copies the picture out.
    pub(super) fn copy_into(&self, image: &mut Image) {
        if image.size() != self.size {
            *image = Image::filled(self.size, Srgb8::default());
        }
        // Four pixels are three words without their alphas.
        let bytes: &mut [u8] = bytemuck::cast_slice_mut(image.pixels_mut());
        let (fours, rest) = self.pixels.as_chunks::<4>();
        let (words, bytes) = bytes.split_at_mut(12 * fours.len());
        for (out, four) in words.as_chunks_mut::<12>().0.iter_mut().zip(fours) {
            let [a, b, c, d] = four.map(|pixel| pixel & 0xff_ffff);
            let words = [a | b << 24, b >> 8 | c << 16, c >> 16 | d << 8];
            *out = bytemuck::cast(words.map(u32::to_le_bytes));
        }
        for (out, pixel) in bytes.as_chunks_mut::<3>().0.iter_mut().zip(rest) {
            [out[0], out[1], out[2], _] = pixel.to_le_bytes();
        }
    }
}

/// A byte in each of four lanes of 16 bits.
pub(super) const LANES: u64 = 0x00ff_00ff_00ff_00ff;
/// One half of 1/256 in every lane.
pub(super) const HALF: u64 = 0x0080_0080_0080_0080;

/// The four channels of a colour, a lane each.
#[inline]
pub(super) fn spread(colour: u32) -> u64 {
    (u64::from(colour) | u64::from(colour) << 24) & LANES
}

/// The colour whose channels lie in the lanes.
#[inline]
pub(super) fn gather(lanes: u64) -> u32 {
    (lanes | lanes >> 24) as u32
}

/// Premultiplied `source` over `below`, rounded to nearest.
#[inline]
pub(super) fn over(source: u32, below: u32) -> u32 {
    // x / 255 rounded is (x + 128 + (x + 128) / 256) / 256.
    let x = spread(below) * u64::from(255 - (source >> 24)) + HALF;
    source + gather(((x + ((x >> 8) & LANES)) >> 8) & LANES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_copied_out_is_what_was_drawn() {
        for width in [1, 3, 4, 5, 11] {
            let size = Size::new(width, 3);
            let picture = Image::from_fn(size, |x, y| Srgb8::new(x as u8 * 9, 200 + y as u8, 77 + x as u8));
            let mut canvas = Canvas::default();
            canvas.start(&Ground::Backdrop(&Backdrop::new(&picture)));
            let mut copy = Image::filled(Size::new(1, 1), Srgb8::default());
            canvas.copy_into(&mut copy);
            assert_eq!(copy, picture);
        }
    }

    #[test]
    fn over_is_exact_for_every_alpha() {
        for alpha in 0..=255u32 {
            for below in [0u32, 1, 127, 128, 254, 255] {
                let result = over(alpha << 24 | alpha << 8, below | below << 8 | 0xff00_0000);
                let expected = (below as f32 * (255 - alpha) as f32 / 255.0).round() as u32;
                assert_eq!(result & 255, expected, "alpha {alpha} over {below}");
                assert_eq!(result >> 24, 255);
            }
        }
    }
}
