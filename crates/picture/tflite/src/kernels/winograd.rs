//! Convolutions with 3 × 3 taps by Winograd's minimal filtering, F(4 × 4, 3 × 3): Lavin & Gray, "Fast Algorithms for
//! Convolutional Neural Networks" (2016).
//!
//! Tiles of 4 × 4 output pixels, and the 6 × 6 input pixels they see, are transformed so that 36 products of matrices do what
//! took 144: a quarter of the multiplications.

use super::epilogue::Place;
use super::{Epilogue, Finish, Gemm, GemmWeights, Job, Lanes, Pointwise, Rows};
use crate::aligned::AlignedFloats;

/// Output pixels along the side of a tile.
pub(crate) const TILE: usize = 4;
/// Input pixels along its side.
const SEEN: usize = TILE + 2;
/// Transformed values a tile and channel.
pub(crate) const POINTS: usize = SEEN * SEEN;
/// Most tiles that are transformed together: their values should stay in the second-level cache, and the weights be read few
/// times.
const MAX_TILES: usize = 48;
/// Between the values of two points, so that those of a tile do not fall into one set of the first-level cache.
const GAP: usize = 16;

/// The transformed weights, for each point a matrix of its own.
#[derive(Debug)]
pub(crate) struct WinogradWeights {
    points: Vec<GemmWeights>,
    no_bias: AlignedFloats,
    channels: usize,
    columns: usize,
}

impl WinogradWeights {
    /// Transforms weights `[columns, 3, 3, channels]`.
    pub(crate) fn pack(weights: &[f32], channels: usize, columns: usize, lanes: usize) -> Self {
        assert_eq!(weights.len(), columns * 9 * channels);
        let mut transformed = vec![0.0; POINTS * columns * channels];
        for (column, taps) in weights.chunks_exact(9 * channels).enumerate() {
            for channel in 0..channels {
                let tap = |row: usize, at: usize| taps[(row * 3 + at) * channels + channel];
                let columns_done: [[f32; SEEN]; 3] =
                    std::array::from_fn(|at| filtered(std::array::from_fn(|row| tap(row, at))));
                for row in 0..SEEN {
                    let values = filtered(std::array::from_fn(|at| columns_done[at][row]));
                    for (at, value) in values.into_iter().enumerate() {
                        transformed[((row * SEEN + at) * columns + column) * channels + channel] = value;
                    }
                }
            }
        }
        let points = transformed.chunks_exact(columns * channels);
        Self {
            points: points.map(|weights| GemmWeights::pack(weights, channels, columns, lanes)).collect(),
            no_bias: AlignedFloats::zeroed(columns.next_multiple_of(lanes)),
            channels,
            columns,
        }
    }

    /// How many floats of memory [`Winograd`] needs to work in.
    pub(crate) fn scratch_len(&self) -> usize {
        POINTS * (MAX_TILES * (self.channels + self.columns) + 2 * GAP)
    }
}

/// G · g: three taps in a row or column, transformed.
fn filtered([a, b, c]: [f32; 3]) -> [f32; SEEN] {
    let (even, odd) = (-(a + c) / 6.0, -b / 6.0);
    let (far_even, far_odd) = (a / 24.0 + c / 6.0, b / 12.0);
    [a / 4.0, even + odd, even - odd, far_even + far_odd, far_even - far_odd, c]
}

/// A convolution with 3 × 3 taps at stride 1, or a band of its output: whole rows, from a multiple of [`TILE`] on.
pub(crate) struct Winograd<'a> {
    pub(crate) weights: &'a WinogradWeights,
    /// Of the band.
    pub(crate) epilogue: Epilogue<'a>,
    /// The whole image.
    pub(crate) image: &'a [f32],
    /// Its height and width.
    pub(crate) size: [usize; 2],
    /// Pixels of zeros before its first row and column.
    pub(crate) pad_before: [usize; 2],
    /// The first output row of the band.
    pub(crate) first_row: usize,
    /// Pixels of an output row.
    pub(crate) output_width: usize,
    pub(crate) output: &'a mut [f32],
    /// At least [`WinogradWeights::scratch_len`].
    pub(crate) scratch: &'a mut [f32],
}

impl Job for Winograd<'_> {
    #[inline(always)]
    fn run<V: Lanes>(mut self) {
        let WinogradWeights { channels, columns, .. } = *self.weights;
        let rows = self.output.len() / (self.output_width * columns);
        self.check::<V>(rows);
        let across = self.output_width.div_ceil(TILE);
        let tiles = rows.div_ceil(TILE) * across;
        // Blocks of even size: the last is not left with a handful.
        let block = tiles.div_ceil(tiles.div_ceil(MAX_TILES));
        let (inputs_stride, sums_stride) = (block * channels + GAP, block * columns + GAP);
        let scratch = std::mem::take(&mut self.scratch);
        let (inputs, rest) = scratch.split_at_mut(POINTS * inputs_stride);
        let sums = &mut rest[..POINTS * sums_stride];
        for start in (0..tiles).step_by(block) {
            let count = block.min(tiles - start);
            for tile in 0..count {
                let (row, column) = ((start + tile) / across, (start + tile) % across);
                for first in (0..channels).step_by(V::COUNT) {
                    let to = &mut inputs[tile * channels + first..];
                    // SAFETY: `check` passed, and the tile begins within the output.
                    unsafe { self.transform_input::<V>(row * TILE, column * TILE, first, to, inputs_stride) };
                }
            }
            for (point, weights) in self.weights.points.iter().enumerate() {
                let gemm = Gemm {
                    weights,
                    epilogue: Epilogue {
                        bias: &self.weights.no_bias,
                        residual: None,
                        finish: Finish::Pointwise(Pointwise::NONE),
                    },
                    image: &inputs[point * inputs_stride..][..count * channels],
                    rows: Rows { outer: 1, outer_stride: 0, inner: count, inner_stride: channels },
                    stretches: &[0],
                    stretch: channels,
                    output: &mut sums[point * sums_stride..][..count * columns],
                };
                gemm.run::<V>();
            }
            for tile in 0..count {
                let (row, column) = ((start + tile) / across, (start + tile) % across);
                for first in (0..columns).step_by(V::COUNT) {
                    let from = &sums[tile * columns + first..];
                    // SAFETY: `check` passed, and the tile begins within the output.
                    unsafe { self.transform_sums::<V>(row * TILE, column * TILE, first, from, sums_stride) };
                }
            }
        }
    }
}

impl Winograd<'_> {
    fn check<V: Lanes>(&self, rows: usize) {
        let WinogradWeights { channels, columns, .. } = *self.weights;
        assert!(channels.is_multiple_of(V::COUNT) && columns.is_multiple_of(V::COUNT));
        assert!(self.scratch.len() >= self.weights.scratch_len());
        assert_eq!(self.image.len(), self.size[0] * self.size[1] * channels);
        assert_eq!(self.output.len(), rows * self.output_width * columns);
        assert!(self.first_row.is_multiple_of(TILE));
        self.epilogue.check(rows * self.output_width, columns, V::COUNT);
    }

    /// Bᵀ · d · B of the pixels that the tile at output row `y` of the band and column `x` sees, a register of channels from
    /// `first` on; the points go to `to` at distances of `stride`.
    ///
    /// # Safety
    /// [`check`](Self::check) must have passed, and the tile begin within the output.
    #[inline(always)]
    unsafe fn transform_input<V: Lanes>(
        &self,
        y: usize,
        x: usize,
        first: usize,
        to: &mut [f32],
        stride: usize,
    ) {
        assert!(to.len() >= (POINTS - 1) * stride + V::COUNT);
        let (channels, [height, width]) = (self.weights.channels, self.size);
        let mut seen = [[V::splat(0.0); SEEN]; SEEN];
        for (dy, seen) in seen.iter_mut().enumerate() {
            // Before the first row or column, the difference is huge.
            let row = (self.first_row + y + dy).wrapping_sub(self.pad_before[0]);
            if row >= height {
                continue;
            }
            for (dx, seen) in seen.iter_mut().enumerate() {
                let column = (x + dx).wrapping_sub(self.pad_before[1]);
                if column < width {
                    // SAFETY: the pixel is within the image, and a register of channels within the pixel.
                    *seen = unsafe {
                        V::load(self.image.as_ptr().add((row * width + column) * channels + first))
                    };
                }
            }
        }
        #[expect(clippy::needless_range_loop, reason = "a column runs through all rows")]
        for at in 0..SEEN {
            let column = input_transform([0, 1, 2, 3, 4, 5].map(|row| seen[row][at]));
            for (row, value) in column.into_iter().enumerate() {
                seen[row][at] = value;
            }
        }
        for (row, &values) in seen.iter().enumerate() {
            for (at, value) in input_transform(values).into_iter().enumerate() {
                // SAFETY: `to` is long enough, as checked above.
                unsafe { value.store(to.as_mut_ptr().add((row * SEEN + at) * stride)) };
            }
        }
    }

    /// Aᵀ · m · A: from the points' sums to the tile's output pixels, finished and stored; what of the tile lies outside the
    /// output is left out.
    ///
    /// # Safety
    /// [`check`](Self::check) must have passed, and the tile begin within the output.
    #[inline(always)]
    unsafe fn transform_sums<V: Lanes>(
        &mut self,
        y: usize,
        x: usize,
        first: usize,
        from: &[f32],
        stride: usize,
    ) {
        assert!(from.len() >= (POINTS - 1) * stride + V::COUNT);
        let columns = self.weights.columns;
        let mut half = [[V::splat(0.0); SEEN]; TILE];
        #[expect(clippy::needless_range_loop, reason = "a column runs through all rows")]
        for at in 0..SEEN {
            // SAFETY: `from` is long enough, as checked above.
            let point = |row: usize| unsafe { V::load(from.as_ptr().add((row * SEEN + at) * stride)) };
            for (row, value) in output_transform([0, 1, 2, 3, 4, 5].map(point)).into_iter().enumerate() {
                half[row][at] = value;
            }
        }
        let rows = self.output.len() / (self.output_width * columns);
        let pixels = TILE.min(self.output_width - x);
        for (dy, &half) in half.iter().enumerate().take(rows - y) {
            // SAFETY: there is a bias for every register of channels, and the pixels are within the output.
            unsafe {
                let bias = V::load(self.epilogue.bias.as_ptr().add(first));
                let sums = output_transform(half).map(|sum| sum.add(bias));
                let pixel = (y + dy) * self.output_width + x;
                let place =
                    Place { sums: sums.as_ptr(), step: 1, pixel, pixels, channel: first, channels: columns };
                self.epilogue.store(place, self.output);
            }
        }
    }
}

/// Bᵀ · d
#[inline(always)]
fn input_transform<V: Lanes>([a, b, c, d, e, f]: [V; SEEN]) -> [V; SEEN] {
    let (minus_four, minus_five, two) = (V::splat(-4.0), V::splat(-5.0), V::splat(2.0));
    let (even, odd) = (c.mul_add(minus_four, e), b.mul_add(minus_four, d));
    let (far_even, far_odd) = (e.sub(c), d.sub(b).mul(two));
    [
        a.mul_add(V::splat(4.0), c.mul_add(minus_five, e)),
        even.add(odd),
        even.sub(odd),
        far_even.add(far_odd),
        far_even.sub(far_odd),
        b.mul_add(V::splat(4.0), d.mul_add(minus_five, f)),
    ]
}

/// Aᵀ · m
#[inline(always)]
fn output_transform<V: Lanes>([a, b, c, d, e, f]: [V; SEEN]) -> [V; TILE] {
    let (near, near_difference) = (b.add(c), b.sub(c));
    let (far, far_difference) = (d.add(e), d.sub(e));
    [
        a.add(near).add(far),
        far_difference.mul_add(V::splat(2.0), near_difference),
        far.mul_add(V::splat(4.0), near),
        far_difference.mul_add(V::splat(8.0), near_difference).add(f),
    ]
}
