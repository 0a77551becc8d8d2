use frame::{Image, Size, Srgb8};

/// A picture and, made when first asked for, itself halved again and again, so that a much smaller sample of it can be
/// taken by looking at few pixels and yet miss none.
pub(crate) struct Pyramid<'a> {
    base: &'a Image,
    halves: Vec<Image>,
}

impl<'a> Pyramid<'a> {
    pub(crate) fn new(base: &'a Image) -> Self {
        Self { base, halves: Vec::new() }
    }

    /// The size of the picture itself.
    pub(crate) fn size(&self) -> Size {
        self.base.size()
    }

    /// The level to sample where `pixels_per_sample` of the picture's pixels, along one side, become one: it holds at
    /// least one and less than two pixels a sample. Answers the level's pixels and how many of the picture's pixels one
    /// of them spans, along one side.
    pub(crate) fn level(&mut self, pixels_per_sample: f32) -> (&Image, f32) {
        let mut halvings = 0;
        let mut span = 1.0;
        while span * 2.0 <= pixels_per_sample && self.image(halvings).size().long_side() > 1 {
            halvings += 1;
            span *= 2.0;
            if self.halves.len() < halvings {
                let half = halved(self.image(halvings - 1));
                self.halves.push(half);
            }
        }
        (self.image(halvings), span)
    }

    fn image(&self, halvings: usize) -> &Image {
        match halvings {
            0 => self.base,
            n => &self.halves[n - 1],
        }
    }
}

/// Each pixel the mean of four; where a side is odd, the last row or column counts twice.
fn halved(image: &Image) -> Image {
    let size = Size::new(image.size().width.div_ceil(2), image.size().height.div_ceil(2));
    let mut pixels = Vec::with_capacity(size.area());
    let mean = |a: Srgb8, b: Srgb8, c: Srgb8, d: Srgb8| {
        let channel = |a: u8, b: u8, c: u8, d: u8| {
            ((u16::from(a) + u16::from(b) + u16::from(c) + u16::from(d) + 2) / 4) as u8
        };
        Srgb8::new(channel(a.r, b.r, c.r, d.r), channel(a.g, b.g, c.g, d.g), channel(a.b, b.b, c.b, d.b))
    };
    for y in 0..size.height as usize {
        let upper = image.row(2 * y);
        let lower = image.row((2 * y + 1).min(image.height() - 1));
        let (pairs, rest) = (upper.chunks_exact(2), upper.chunks_exact(2).remainder());
        pixels.extend(pairs.zip(lower.chunks_exact(2)).map(|(u, l)| mean(u[0], u[1], l[0], l[1])));
        if let [last] = rest {
            let below = lower[lower.len() - 1];
            pixels.push(mean(*last, *last, below, below));
        }
    }
    Image::new(size, pixels).expect("one pixel was pushed for each of the size")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_hold_between_one_and_two_pixels_a_sample() {
        let image = Image::filled(Size::new(100, 37), Srgb8::new(10, 20, 30));
        let mut pyramid = Pyramid::new(&image);
        for (per_sample, size, span) in [
            (0.3, Size::new(100, 37), 1.0),
            (1.9, Size::new(100, 37), 1.0),
            (2.0, Size::new(50, 19), 2.0),
            (7.9, Size::new(25, 10), 4.0),
            (1e9, Size::new(1, 1), 128.0),
        ] {
            let (level, found) = pyramid.level(per_sample);
            assert_eq!((level.size(), found), (size, span), "{per_sample}");
            assert!(level.pixels().iter().all(|&p| p == Srgb8::new(10, 20, 30)));
        }
    }

    #[test]
    fn an_odd_edge_counts_twice() {
        let image = Image::from_fn(Size::new(3, 1), |x, _| Srgb8::new(x as u8 * 100, 0, 0));
        assert_eq!(halved(&image).pixels(), [Srgb8::new(50, 0, 0), Srgb8::new(200, 0, 0)]);
    }
}
