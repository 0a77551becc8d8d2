//! Depthwise convolution: every channel with its own window.
//!
//! A register holds neighbouring channels, and several neighbouring output pixels are summed at once, so that an
//! input loaded for one serves the others.

use std::mem::MaybeUninit;

use super::epilogue::Place;
use super::{Epilogue, Job, Lanes};
use crate::aligned::AlignedFloats;
use crate::model::Window;

/// Weights by block of channels (a register wide, the last filled up with zeros), then by tap.
#[derive(Debug)]
pub(crate) struct DepthwiseWeights {
    blocks: AlignedFloats,
    taps: usize,
    channels: usize,
    lanes: usize,
}

impl DepthwiseWeights {
    /// Packs weights `[taps, channels]`.
    pub(crate) fn pack(weights: &[f32], channels: usize, lanes: usize) -> Self {
        let taps = weights.len() / channels;
        let mut blocks = AlignedFloats::zeroed(taps * channels.next_multiple_of(lanes));
        for (block, values) in blocks.chunks_exact_mut(taps * lanes).enumerate() {
            let first = block * lanes;
            let width = lanes.min(channels - first);
            for (tap, values) in values.chunks_exact_mut(lanes).enumerate() {
                values[..width].copy_from_slice(&weights[tap * channels + first..][..width]);
            }
        }
        Self { blocks, taps, channels, lanes }
    }
}

/// A depthwise convolution of an image.
pub(crate) struct Depthwise<'a> {
    pub(crate) weights: &'a DepthwiseWeights,
    pub(crate) epilogue: Epilogue<'a>,
    pub(crate) window: Window,
    pub(crate) image: &'a [f32],
    /// Height and width of the image.
    pub(crate) size: [usize; 2],
    pub(crate) output: &'a mut [f32],
    /// Height and width of the output.
    pub(crate) output_size: [usize; 2],
}

impl Job for Depthwise<'_> {
    #[inline(always)]
    fn run<V: Lanes>(mut self) {
        self.check::<V>();
        let Window { kernel, stride, dilation, .. } = self.window;
        match (kernel, stride, dilation) {
            // Without neighbours: a factor and a bias for each channel.
            ([1, 1], [1, 1], [1, 1]) => self.rows::<V, 1, 1>(),
            ([3, 3], [1, 1], [1, 1]) => self.rows::<V, 3, 1>(),
            ([3, 3], [2, 2], [1, 1]) => self.rows::<V, 3, 2>(),
            ([5, 5], [1, 1], [1, 1]) => self.rows::<V, 5, 1>(),
            ([5, 5], [2, 2], [1, 1]) => self.rows::<V, 5, 2>(),
            _ => self.any_window::<V>(),
        }
    }
}

impl Depthwise<'_> {
    fn check<V: Lanes>(&self) {
        let DepthwiseWeights { blocks, taps, channels, lanes } = self.weights;
        let Window { kernel, .. } = self.window;
        let [height, width] = self.output_size;
        assert!(*lanes == V::COUNT && *taps == kernel[0] * kernel[1]);
        assert_eq!(blocks.len(), taps * channels.next_multiple_of(V::COUNT));
        assert_eq!(self.image.len(), self.size[0] * self.size[1] * channels);
        assert_eq!(self.output.len(), height * width * channels);
        self.epilogue.check(height * width, *channels, V::COUNT);
    }

    /// Kernels of `K` × `K` taps at stride `S`.
    #[inline(always)]
    fn rows<V: Lanes, const K: usize, const S: usize>(&mut self) {
        let [height, width] = self.output_size;
        let tile = tile_width(width, if V::COUNT == 16 { &[8, 7, 6, 4, 2, 1] } else { &[4, 3, 2, 1] });
        for y in 0..height {
            for first in (0..self.weights.channels).step_by(V::COUNT) {
                for x in (0..width).step_by(tile) {
                    self.tile::<V, K, S>(y, x.min(width - tile), tile, first);
                }
            }
        }
    }

    /// `width` neighbouring output pixels of a register of channels, finished and stored.
    #[inline(always)]
    fn tile<V: Lanes, const K: usize, const S: usize>(
        &mut self,
        y: usize,
        x: usize,
        width: usize,
        first: usize,
    ) {
        let mut sums = MaybeUninit::<[V; MAX_WIDTH]>::uninit();
        let to = sums.as_mut_ptr().cast::<V>();
        // The last constant is (pixels − 1) · stride + taps, the input columns that the pixels see.
        macro_rules! widths {
            ($($pixels:literal: $k3s1:literal $k5s1:literal $k3s2:literal $k5s2:literal,)*) => {
                // SAFETY: `check` passed; row, channel and the tile's pixels are within the output.
                unsafe {
                    match (width, K, S) {
                        $(
                            ($pixels, 1, 1) => self.sum::<V, K, S, $pixels, $pixels>(y, x, first, to),
                            ($pixels, 3, 1) => self.sum::<V, K, S, $pixels, $k3s1>(y, x, first, to),
                            ($pixels, 5, 1) => self.sum::<V, K, S, $pixels, $k5s1>(y, x, first, to),
                            ($pixels, 3, 2) => self.sum::<V, K, S, $pixels, $k3s2>(y, x, first, to),
                            ($pixels, 5, 2) => self.sum::<V, K, S, $pixels, $k5s2>(y, x, first, to),
                        )*
                        _ => unreachable!("one of the widths that were to choose from"),
                    }
                }
            };
        }
        if V::COUNT == 16 {
            widths!(1: 3 5 3 5, 2: 4 6 5 7, 4: 6 8 9 11, 6: 8 10 13 15, 7: 9 11 15 17, 8: 10 12 17 19,);
        } else {
            widths!(1: 3 5 3 5, 2: 4 6 5 7, 3: 5 7 7 9, 4: 6 8 9 11,);
        }
        // SAFETY: `sum` has written a sum for each pixel; pixels and channels are within the output.
        unsafe { self.store(to, width, y * self.output_size[1] + x, first) };
    }

    /// Sums of `P` neighbouring output pixels of a register of channels, which see `I` input columns, into `to`.
    ///
    /// # Safety
    /// [`check`](Self::check) must have passed; `y`, `x + P − 1` and `first` must lie within the output, and `to` be
    /// writable for `P` registers.
    #[inline(always)]
    unsafe fn sum<V: Lanes, const K: usize, const S: usize, const P: usize, const I: usize>(
        &self,
        y: usize,
        x: usize,
        first: usize,
        to: *mut V,
    ) {
        let (channels, [height, width]) = (self.weights.channels, self.size);
        let count = (channels - first).min(V::COUNT);
        let [top, left] = self.window.pad_before;
        let start = x * S;
        let inside = start >= left && start + I <= width + left;
        // SAFETY: rows and columns outside the image are left out, so every load is of `count` channels within it.
        unsafe {
            let mut sums = [V::load(self.epilogue.bias.as_ptr().add(first)); P];
            let weights = self.weights.blocks.as_ptr().add(first * K * K);
            // Rows and columns are counted from the padding's corner.
            for ky in 0..K {
                let Some(row) = (y * S + ky).checked_sub(top).filter(|&row| row < height) else { continue };
                let row = self.image.as_ptr().add(row * width * channels + first);
                let mut inputs = [V::splat(0.0); I];
                if inside && (count == V::COUNT || V::PARTIAL_LOADS_ARE_FREE) {
                    let from = row.add((start - left) * channels);
                    for (i, input) in inputs.iter_mut().enumerate() {
                        let from = from.add(i * channels);
                        *input = if V::PARTIAL_LOADS_ARE_FREE {
                            V::load_first(from, count)
                        } else {
                            V::load(from)
                        };
                    }
                } else {
                    for (i, input) in inputs.iter_mut().enumerate() {
                        // Before the left edge, the difference is huge.
                        let column = (start + i).wrapping_sub(left);
                        if column < width {
                            *input = V::load_first(row.add(column * channels), count);
                        }
                    }
                }
                for kx in 0..K {
                    let weight = V::load(weights.add((ky * K + kx) * V::COUNT));
                    for (p, sum) in sums.iter_mut().enumerate() {
                        *sum = inputs[p * S + kx].mul_add(weight, *sum);
                    }
                }
            }
            for (p, &sum) in sums.iter().enumerate() {
                to.add(p).write(sum);
            }
        }
    }

    #[inline(always)]
    fn any_window<V: Lanes>(&mut self) {
        let [height, width] = self.output_size;
        for y in 0..height {
            for x in 0..width {
                for first in (0..self.weights.channels).step_by(V::COUNT) {
                    // SAFETY: `check` passed; the pixel and channel are within the output.
                    unsafe { self.sum_any::<V>(y, x, first) };
                }
            }
        }
    }

    /// One output pixel of a register of channels, whatever the window.
    ///
    /// # Safety
    /// [`check`](Self::check) must have passed; `y`, `x` and `first` must lie within the output.
    #[inline(always)]
    unsafe fn sum_any<V: Lanes>(&mut self, y: usize, x: usize, first: usize) {
        let (channels, [height, width]) = (self.weights.channels, self.size);
        let count = (channels - first).min(V::COUNT);
        let Window { kernel, stride, dilation, pad_before, .. } = self.window;
        // SAFETY: as in `sum`.
        unsafe {
            let mut sum = V::load(self.epilogue.bias.as_ptr().add(first));
            let weights = self.weights.blocks.as_ptr().add(first * self.weights.taps);
            for ky in 0..kernel[0] {
                let row = (y * stride[0] + ky * dilation[0]).checked_sub(pad_before[0]);
                let Some(row) = row.filter(|&row| row < height) else { continue };
                for kx in 0..kernel[1] {
                    let column = (x * stride[1] + kx * dilation[1]).checked_sub(pad_before[1]);
                    let Some(column) = column.filter(|&column| column < width) else { continue };
                    let from = self.image.as_ptr().add((row * width + column) * channels + first);
                    let input = if count == V::COUNT { V::load(from) } else { V::load_first(from, count) };
                    let weight = V::load(weights.add((ky * kernel[1] + kx) * V::COUNT));
                    sum = input.mul_add(weight, sum);
                }
            }
            self.store(&raw const sum, 1, y * self.output_size[1] + x, first);
        }
    }

    /// Finishes and stores the sums of neighbouring pixels.
    ///
    /// # Safety
    /// [`check`](Self::check) must have passed; the sums must be readable, pixels and channel lie within the output.
    #[inline(always)]
    unsafe fn store<V: Lanes>(&mut self, sums: *const V, pixels: usize, pixel: usize, channel: usize) {
        let place = Place { sums, step: 1, pixel, pixels, channel, channels: self.weights.channels };
        // SAFETY: the caller vouches for it.
        unsafe { self.epilogue.store(place, self.output) };
    }
}

/// The widest tile, with its inputs as many registers as AVX-512 has.
const MAX_WIDTH: usize = 8;

/// The width of tile, of those there are (falling to 1), that computes a row with the least work: the last tile
/// overlaps its neighbour rather than being narrower.
fn tile_width(row: usize, widths: &[usize]) -> usize {
    let fitting = widths.iter().copied().filter(|&width| width <= row);
    // Each tile costs about two pixels besides its own.
    fitting.min_by_key(|&width| row.div_ceil(width) * (width + 2)).unwrap_or(1)
}
