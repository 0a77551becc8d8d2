use frame::{Image, Plane, PremulSrgba8, Size, Srgb8};
use glam::Vec2;

/// A colour in a word: red in the lowest byte, then green, blue and alpha.
pub(super) fn packed(p: PremulSrgba8) -> u32 {
    u32::from_le_bytes([p.r, p.g, p.b, p.a])
}

/// A place within a picture, at or after its first pixel, rounded up. By hand, as the general `ceil` is a library call.
#[inline(always)]
pub(super) fn rounded_up(place: f32) -> i32 {
    let before = place as i32;
    before + i32::from((before as f32) < place)
}

/// The lesser of two: the other one if the first is NaN. One instruction, other than `f32::min`, that asks after the other too.
#[inline(always)]
pub(super) fn least(one: f32, other: f32) -> f32 {
    if one < other { one } else { other }
}

/// The greater of two: the other one if the first is NaN.
#[inline(always)]
pub(super) fn greatest(one: f32, other: f32) -> f32 {
    if one > other { one } else { other }
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
    /// All of a picture of `size`.
    pub(super) const fn of(size: Size) -> Self {
        Self { left: 0, top: 0, right: size.width as usize, bottom: size.height as usize }
    }

    /// The least that holds those of `places` that lie in `self`; `None` where they lie beside it.
    pub(super) fn about(self, places: &[Vec2]) -> Option<Self> {
        let (mut low, mut high) = (Vec2::INFINITY, Vec2::NEG_INFINITY);
        for place in places {
            low = Vec2::new(least(place.x, low.x), least(place.y, low.y));
            high = Vec2::new(greatest(place.x, high.x), greatest(place.y, high.y));
        }
        let within = |place: f32, first: usize, end: usize| least(greatest(place, first as f32), end as f32);
        let found = Self {
            left: within(low.x, self.left, self.right) as i32 as usize,
            top: within(low.y, self.top, self.bottom) as i32 as usize,
            right: rounded_up(within(high.x, self.left, self.right)) as usize,
            bottom: rounded_up(within(high.y, self.top, self.bottom)) as usize,
        };
        (found.left < found.right && found.top < found.bottom).then_some(found)
    }

    /// The least that holds both.
    pub(super) fn joined(self, other: Self) -> Self {
        Self {
            left: self.left.min(other.left),
            top: self.top.min(other.top),
            right: self.right.max(other.right),
            bottom: self.bottom.max(other.bottom),
        }
    }

    pub(super) const fn area(self) -> usize {
        (self.right - self.left) * (self.bottom - self.top)
    }
}

/// The picture being drawn, from near to far: what is there hides what comes after it.
#[derive(Debug)]
pub(super) struct Canvas {
    pub(super) size: Size,
    /// Premultiplied colours.
    pub(super) pixels: Vec<u32>,
    /// Nothing is drawn outside it.
    pub(super) window: Window,
    /// How near what is there counts, where that is asked for: of the window's pixels.
    depths: Vec<f32>,
}

impl Default for Canvas {
    fn default() -> Self {
        Self { size: Size::new(0, 0), pixels: Vec::new(), window: Window::default(), depths: Vec::new() }
    }
}

impl Canvas {
    pub(super) fn size(&self) -> Size {
        self.size
    }

    /// Takes a picture's size. What its pixels are is not said until a window of them is begun.
    pub(super) fn resize(&mut self, size: Size) {
        self.size = size;
        self.pixels.resize(size.area(), 0);
    }

    /// Begins the part of the picture within a window: with nothing in it.
    pub(super) fn start(&mut self, window: Window) {
        self.window = window;
        let (width, Window { left, top, right, bottom }) = (self.size.width as usize, window);
        let rows = self.pixels.chunks_exact_mut(width).skip(top).take(bottom - top);
        rows.for_each(|row| row[left..right].fill(0));
    }

    /// Begins the depths of the window. What is drawn without telling how near it is stays before all.
    pub(super) fn start_depths(&mut self) {
        self.depths.clear();
        self.depths.resize(self.window.area(), f32::NEG_INFINITY);
    }

    /// A pixel of the window, and how near what is there counts.
    pub(super) fn pixel_and_depth(&mut self, x: usize, y: usize) -> (&mut u32, &mut f32) {
        let Window { left, top, right, .. } = self.window;
        let depth = &mut self.depths[(y - top) * (right - left) + x - left];
        (&mut self.pixels[y * self.size.width as usize + x], depth)
    }

    /// Whether nothing that is drawn into `part` from now on can be seen.
    pub(super) fn hides(&self, part: Window) -> bool {
        let rows = self.pixels.chunks_exact(self.size.width as usize).skip(part.top);
        rows.take(part.bottom - part.top).all(|row| {
            row[part.left..part.right].iter().fold(u32::MAX, |all, pixel| all & pixel) >> 24 == 255
        })
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
        for (y, sums) in sums.chunks_exact(right - left).enumerate() {
            let row = &mut self.pixels[(top + y) * width + left..(top + y) * width + right];
            row.iter_mut().zip(sums).for_each(|(pixel, &sum)| *pixel = share(sum, count as u32));
        }
    }

    /// Copies a part of the picture out, its alpha too, to a plane of the picture's size.
    pub(super) fn copy(&self, part: Window, layer: &mut Plane<PremulSrgba8>) {
        for y in part.top..part.bottom {
            let from = &self.pixels[y * self.size.width as usize..][part.left..part.right];
            for (out, pixel) in layer.row_mut(y)[part.left..part.right].iter_mut().zip(from) {
                let [r, g, b, a] = pixel.to_le_bytes();
                *out = PremulSrgba8 { r, g, b, a };
            }
        }
    }

    /// Lays a part of the picture over an image of the picture's size.
    pub(super) fn lay_over(&self, part: Window, image: &mut Image) {
        /// Most pixels have neighbours like them: all clear, or all opaque.
        const TOGETHER: usize = 8;
        for y in part.top..part.bottom {
            let from = &self.pixels[y * self.size.width as usize..][part.left..part.right];
            let into = &mut image.row_mut(y)[part.left..part.right];
            for (into, from) in into.chunks_mut(TOGETHER).zip(from.chunks(TOGETHER)) {
                let all = from.iter().fold(u32::MAX, |all, pixel| all & pixel) >> 24;
                let any = from.iter().fold(0, |any, pixel| any | pixel) >> 24;
                match (all, any) {
                    (_, 0) => {}
                    (255, _) => into.iter_mut().zip(from).for_each(|(out, pixel)| *out = opaque(*pixel)),
                    _ => into.iter_mut().zip(from).for_each(|(out, pixel)| {
                        *out = opaque(over(*pixel, u32::from_le_bytes([out.r, out.g, out.b, 255])));
                    }),
                }
            }
        }
    }
}

fn opaque(pixel: u32) -> Srgb8 {
    let [r, g, b, _] = pixel.to_le_bytes();
    Srgb8 { r, g, b }
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

/// A sum of `count` colours, a lane each channel, divided by their number.
#[inline]
fn share(sum: u64, count: u32) -> u32 {
    // The lanes of 16 bits are red, blue, green, alpha, from the lowest on.
    let channel = |lane: u32| (((sum >> (16 * lane)) as u32 & 0xffff) + count / 2) / count;
    channel(0) | channel(2) << 8 | channel(1) << 16 | channel(3) << 24
}

/// The mean of some colours, at most 257.
pub(super) fn mean(colours: impl Iterator<Item = u32>) -> u32 {
    let (sum, count) = colours.fold((0, 0), |(sum, count), colour| (sum + spread(colour), count + 1));
    share(sum, count.max(1))
}

/// Premultiplied `source` over `below`, rounded to nearest.
#[inline]
pub(super) fn over(source: u32, below: u32) -> u32 {
    // x / 255 rounded is (x + 128 + (x + 128) / 256) / 256.
    let x = spread(below) * u64::from(255 - (source >> 24)) + HALF;
    source + gather(((x + ((x >> 8) & LANES)) >> 8) & LANES)
}

/// `share` / 256 of a colour and the rest of another.
pub(super) fn mix(one: u32, other: u32, share: u32) -> u32 {
    let sum = spread(one) * u64::from(share) + spread(other) * u64::from(256 - share) + HALF;
    gather((sum >> 8) & LANES)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blank(size: Size) -> Canvas {
        let mut canvas = Canvas::default();
        canvas.resize(size);
        canvas.start(Window::of(size));
        canvas
    }

    #[test]
    fn an_image_shows_where_nothing_is_drawn_over_it() {
        let size = Size::new(5, 3);
        let backdrop =
            Image::from_fn(size, |x, y| Srgb8 { r: x as u8 * 9, g: 200 + y as u8, b: 77 + x as u8 });
        let mut canvas = blank(size);
        canvas.pixels[6] = packed(PremulSrgba8 { r: 1, g: 2, b: 3, a: 255 });
        canvas.pixels[7] = packed(PremulSrgba8 { r: 100, g: 0, b: 0, a: 128 });
        let mut image = backdrop.clone();
        canvas.lay_over(canvas.window, &mut image);
        let mut expected = backdrop.clone();
        expected.set(1, 1, Srgb8 { r: 1, g: 2, b: 3 });
        expected.set(2, 1, Srgb8 { r: 109, g: 100, b: 39 });
        assert_eq!(image, expected);

        let mut image = backdrop.clone();
        canvas.lay_over(Window { right: 2, ..canvas.window }, &mut image);
        assert_eq!((image.get(1, 1), image.get(2, 1)), (expected.get(1, 1), backdrop.get(2, 1)));
    }

    #[test]
    fn only_what_is_opaque_throughout_hides() {
        let mut canvas = blank(Size::new(8, 8));
        let part = Window { left: 2, top: 3, right: 6, bottom: 5 };
        assert!(!canvas.hides(part));
        for y in 3..5 {
            canvas.pixels[y * 8 + 2..y * 8 + 6].fill(0xff00_0000);
        }
        assert!(canvas.hides(part));
        canvas.pixels[4 * 8 + 5] = 0xfe00_0000;
        assert!(!canvas.hides(part));
        canvas.start(part);
        assert!(canvas.pixels.iter().all(|&pixel| pixel == 0));
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
