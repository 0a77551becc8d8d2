//! Matrix products of image patches with packed weights: convolutions and dense layers.
//!
//! The blocking is that of Goto & van de Geijn, "Anatomy of High-Performance Matrix Multiplication" (2008), without
//! packing the patches: a patch is a few stretches of consecutive floats of the image itself (implicit im2col).

use std::mem::MaybeUninit;
use std::ops::Range;

use super::epilogue::Place;
use super::{Epilogue, Job, Lanes};
use crate::aligned::AlignedFloats;

/// Weights in panels two registers wide, the last one register wide if that is enough; each panel holds, for every
/// input of a patch in turn, the weights of the panel's outputs.
#[derive(Debug)]
pub(crate) struct GemmWeights {
    panels: AlignedFloats,
    depth: usize,
    columns: usize,
    lanes: usize,
}

impl GemmWeights {
    /// Packs a matrix of `columns` rows of `depth` weights: for each output its weights for a patch.
    pub(crate) fn pack(weights: &[f32], depth: usize, columns: usize, lanes: usize) -> Self {
        assert_eq!(weights.len(), depth * columns);
        let mut panels = AlignedFloats::zeroed(depth * columns.next_multiple_of(lanes));
        let panels_out = &mut panels[..];
        for first in (0..columns).step_by(2 * lanes) {
            let width = (columns - first).next_multiple_of(lanes).min(2 * lanes);
            let panel = &mut panels_out[first * depth..][..width * depth];
            for (k, row) in panel.chunks_exact_mut(width).enumerate() {
                for (weight, column) in row.iter_mut().zip(first..columns) {
                    *weight = weights[column * depth + k];
                }
            }
        }
        Self { panels, depth, columns, lanes }
    }

    /// How many outputs a patch has.
    pub(crate) fn columns(&self) -> usize {
        self.columns
    }
}

/// Where patches start in the image: `outer` rows of `inner` patches, at regular distances.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rows {
    pub(crate) outer: usize,
    pub(crate) outer_stride: usize,
    pub(crate) inner: usize,
    pub(crate) inner_stride: usize,
}

/// Every patch times every column of weights.
pub(crate) struct Gemm<'a> {
    pub(crate) weights: &'a GemmWeights,
    pub(crate) epilogue: Epilogue<'a>,
    pub(crate) image: &'a [f32],
    pub(crate) rows: Rows,
    /// Where a patch's stretches begin, counted from its start.
    pub(crate) stretches: &'a [usize],
    /// Floats in a stretch.
    pub(crate) stretch: usize,
    /// Pixels × columns.
    pub(crate) output: &'a mut [f32],
}

/// Patches in the tallest tile: with two registers of columns, as many sums as AVX-512 has registers to spare.
const MAX_HEIGHT: usize = 12;

/// Patches whose inputs fit into half of a common second-level cache are multiplied with all panels in turn.
const BLOCK_FLOATS: usize = 64 * 1024;

impl Job for Gemm<'_> {
    #[inline(always)]
    fn run<V: Lanes>(mut self) {
        self.check::<V>();
        let Rows { outer, inner, .. } = self.rows;
        let panels = (0..self.weights.columns).step_by(2 * V::COUNT);
        if self.weights.panels.len() > self.image.len() {
            // The weights are read once, and the image again and again.
            for first in panels {
                for row in 0..outer {
                    self.tiles::<V>(row, 0..inner, first);
                }
            }
            return;
        }
        let block = (BLOCK_FLOATS / self.weights.depth).clamp(tallest::<V>(), inner.max(tallest::<V>()));
        for row in 0..outer {
            for start in (0..inner).step_by(block) {
                for first in panels.clone() {
                    self.tiles::<V>(row, start..inner.min(start + block), first);
                }
            }
        }
    }
}

/// The most patches of a tile.
#[inline(always)]
fn tallest<V: Lanes>() -> usize {
    if V::COUNT == 16 { MAX_HEIGHT } else { MAX_HEIGHT / 2 }
}

impl Gemm<'_> {
    fn check<V: Lanes>(&self) {
        let Rows { outer, outer_stride, inner, inner_stride } = self.rows;
        let GemmWeights { panels, depth, columns, lanes } = self.weights;
        assert!(*lanes == V::COUNT && panels.len() == depth * columns.next_multiple_of(V::COUNT));
        assert_eq!(*depth, self.stretches.len() * self.stretch);
        assert!(outer > 0 && inner > 0 && *depth > 0);
        let last_patch = (outer - 1) * outer_stride + (inner - 1) * inner_stride;
        let reach = self.stretches.iter().max().map_or(0, |stretch| stretch + self.stretch);
        assert!(last_patch + reach <= self.image.len(), "every patch within the image");
        assert_eq!(self.output.len(), outer * inner * columns);
        self.epilogue.check(outer * inner, *columns, V::COUNT);
    }

    /// The products of some patches of a row with the panel at column `first`: by tiles of even height, the last one overlapping
    /// its neighbour rather than being short.
    #[inline(always)]
    fn tiles<V: Lanes>(&mut self, row: usize, patches: Range<usize>, first: usize) {
        let height = patches.len().div_ceil(patches.len().div_ceil(tallest::<V>()));
        for patch in patches.clone().step_by(height) {
            self.tile::<V>(row, patch.min(patches.end - height), height, first);
        }
    }

    /// The products of the `height` patches from `patch` on with the panel at column `first`, finished and stored.
    #[inline(always)]
    fn tile<V: Lanes>(&mut self, row: usize, patch: usize, height: usize, first: usize) {
        let columns = self.weights.columns;
        let width = if columns - first > V::COUNT { 2 } else { 1 };
        // Through memory, once for all sizes of tile: indexed by a variable, the sums would never be in registers.
        let mut sums = MaybeUninit::<[V; MAX_HEIGHT * 2]>::uninit();
        let to = sums.as_mut_ptr().cast::<V>();
        macro_rules! heights {
            ($($height:literal)*) => {
                match (height, width) {
                    $(
                        // SAFETY: `check` passed; patch, tile and column are within its bounds.
                        ($height, 2) => unsafe { self.multiply::<V, $height, 2>(row, patch, first, to) },
                        // SAFETY: likewise.
                        ($height, _) => unsafe { self.multiply::<V, $height, 1>(row, patch, first, to) },
                    )*
                    _ => unreachable!("tiles are at most as tall as the tallest"),
                }
            };
        }
        if V::COUNT == 16 {
            heights!(1 2 3 4 5 6 7 8 9 10 11 12)
        } else {
            heights!(1 2 3 4 5 6)
        }
        for c in 0..width {
            let (pixel, channel) = (row * self.rows.inner + patch, first + c * V::COUNT);
            // SAFETY: `multiply` has written height × width sums; pixels and columns are within the output.
            unsafe {
                let place =
                    Place { sums: to.add(c), step: width, pixel, pixels: height, channel, channels: columns };
                self.epilogue.store(place, self.output);
            }
        }
    }

    /// Sums of `R` patches times `C` registers of columns, bias included, patch by patch into `to`.
    ///
    /// # Safety
    /// [`check`](Self::check) must have passed, the patches `patch .. patch + R` lie within `row`, the panel at
    /// column `first` be `C` registers wide, and `to` be writable for `R` × `C` registers.
    #[inline(always)]
    unsafe fn multiply<V: Lanes, const R: usize, const C: usize>(
        &self,
        row: usize,
        patch: usize,
        first: usize,
        to: *mut V,
    ) {
        let Rows { outer_stride, inner_stride, .. } = self.rows;
        // SAFETY: the panel starts within the packed weights, patches are within the image, and `to` has the space.
        unsafe {
            let mut weights = self.weights.panels.as_ptr().add(first * self.weights.depth);
            let patches = self.image.as_ptr().add(row * outer_stride + patch * inner_stride);
            let mut sums = [[V::splat(0.0); C]; R];
            for column in 0..C {
                let bias = V::load(self.epilogue.bias.as_ptr().add(first + column * V::COUNT));
                for sums in &mut sums {
                    sums[column] = bias;
                }
            }
            for &stretch in self.stretches {
                let inputs = patches.add(stretch);
                for k in 0..self.stretch {
                    let mut weight = [V::splat(0.0); C];
                    for (column, weight) in weight.iter_mut().enumerate() {
                        *weight = V::load(weights.add(column * V::COUNT));
                    }
                    for (r, sums) in sums.iter_mut().enumerate() {
                        let input = V::splat(*inputs.add(r * inner_stride + k));
                        for (sum, &weight) in sums.iter_mut().zip(&weight) {
                            *sum = input.mul_add(weight, *sum);
                        }
                    }
                    weights = weights.add(C * V::COUNT);
                }
            }
            for (r, sums) in sums.iter().enumerate() {
                for (c, &sum) in sums.iter().enumerate() {
                    to.add(r * C + c).write(sum);
                }
            }
        }
    }
}
