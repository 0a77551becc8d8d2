use frame::{Image, PremulSrgba8, Size, Srgb8};

/// A colour in a word: red in the lowest byte, then green, blue and alpha.
pub(super) fn packed(p: PremulSrgba8) -> u32 {
    u32::from_le_bytes([p.r, p.g, p.b, p.a])
}

/// A background ready to be drawn over.
#[derive(Clone, Debug)]
pub struct Backdrop {
    size: Size,
    pixels: Vec<u32>,
}

impl Backdrop {
    /// The backdrop that shows `image`.
    pub fn new(image: &Image) -> Self {
        let opaque = |p: &Srgb8| packed(PremulSrgba8 { r: p.r, g: p.g, b: p.b, a: 255 });
        Self { size: image.size(), pixels: image.pixels().iter().map(opaque).collect() }
    }
}

/// The picture being drawn.
#[derive(Debug)]
pub(super) struct Canvas {
    pub(super) size: Size,
    pub(super) pixels: Vec<u32>,
}

impl Default for Canvas {
    fn default() -> Self {
        Self { size: Size::new(0, 0), pixels: Vec::new() }
    }
}

impl Canvas {
    pub(super) fn size(&self) -> Size {
        self.size
    }

    /// Begins a picture with nothing but the backdrop.
    pub(super) fn start(&mut self, backdrop: &Backdrop) {
        self.size = backdrop.size;
        self.pixels.clone_from(&backdrop.pixels);
    }

    /// Copies the picture out.
    pub(super) fn copy_into(&self, image: &mut Image) {
        if image.size() != self.size {
            *image = Image::filled(self.size, Srgb8::default());
        }
        for (out, pixel) in image.pixels_mut().iter_mut().zip(&self.pixels) {
            let [r, g, b, _] = pixel.to_le_bytes();
            *out = Srgb8::new(r, g, b);
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
