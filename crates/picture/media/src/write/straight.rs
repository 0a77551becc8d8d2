use frame::{Image, Plane, PremulSrgba8, Size, Srgb8};

/// How far the colours of an edge are carried on into what is clear, in pixels: as far as chroma and an encoder's filters reach.
const REACH_PX: u8 = 8;

/// Room for a layer's own colours, not multiplied by alpha: what formats with straight alpha hold.
///
/// What is clear has no colour. Next to an edge it takes the edge's, so that neither subsampled chroma nor compression mixes
/// another one into it; farther away it is black, which costs no bits.
pub(super) struct Straight {
    image: Image,
    /// How far from an edge a pixel's colour was taken, 0 for its own; [`FAR`] for none.
    steps: Vec<u8>,
}

const FAR: u8 = u8::MAX;

impl Straight {
    pub(super) fn new(size: Size) -> Self {
        Self { image: Image::filled(size, Srgb8::default()), steps: vec![FAR; size.area()] }
    }

    /// The layer's colours. It has the size of the room.
    pub(super) fn of(&mut self, layer: &Plane<PremulSrgba8>) -> &Image {
        let pixels = self.image.pixels_mut().iter_mut().zip(&mut self.steps);
        for ((colour, steps), pixel) in pixels.zip(layer.pixels()) {
            (*colour, *steps) = match pixel.a {
                0 => (Srgb8::default(), FAR),
                alpha => (divided(pixel, alpha), 0),
            };
        }
        let (width, height) = (self.image.width(), self.image.height());
        for y in 0..height {
            self.carry((0..width).map(|x| y * width + x));
            self.carry((0..width).rev().map(|x| y * width + x));
        }
        for x in 0..width {
            self.carry((0..height).map(|y| y * width + x));
            self.carry((0..height).rev().map(|y| y * width + x));
        }
        &self.image
    }

    /// Carries colours on along a line of pixels, where that brings them from less far.
    fn carry(&mut self, line: impl Iterator<Item = usize>) {
        let pixels = self.image.pixels_mut();
        let (mut colour, mut steps) = (Srgb8::default(), FAR);
        for at in line {
            let next = steps.saturating_add(1);
            if next <= REACH_PX && next < self.steps[at] {
                (pixels[at], self.steps[at]) = (colour, next);
            }
            (colour, steps) = (pixels[at], self.steps[at]);
        }
    }
}

fn divided(pixel: &PremulSrgba8, alpha: u8) -> Srgb8 {
    let alpha = u16::from(alpha);
    let channel = |value: u8| ((u16::from(value) * 255 + alpha / 2) / alpha).min(255) as u8;
    Srgb8::new(channel(pixel.r), channel(pixel.g), channel(pixel.b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_divided_and_carried_on_beyond_the_edge() {
        let size = Size::new(30, 3);
        let half_red = PremulSrgba8 { r: 100, g: 0, b: 50, a: 128 };
        let layer = Plane::from_fn(size, |x, _| if x == 10 { half_red } else { PremulSrgba8::default() });
        let mut straight = Straight::new(size);
        let image = straight.of(&layer);
        let own = Srgb8::new(199, 0, 100);
        for x in [2, 9, 10, 11, 18] {
            assert_eq!(image.get(x, 1), own, "column {x}");
        }
        for x in [1, 19, 29] {
            assert_eq!(image.get(x, 1), Srgb8::default(), "column {x}");
        }
        // Nothing of the picture before is left.
        let clear = Plane::filled(size, PremulSrgba8::default());
        assert!(straight.of(&clear).pixels().iter().all(|pixel| *pixel == Srgb8::default()));
    }
}
