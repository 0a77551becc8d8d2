//! Bilinear interpolation between images of different sizes.

use super::{Job, Lanes};

/// Where one side's output coordinates lie in the input: the two neighbours and the second's weight.
#[derive(Debug)]
pub(crate) struct ResizeMap(Vec<(usize, usize, f32)>);

impl ResizeMap {
    /// TensorFlow's conventions (`tensorflow/lite/kernels/internal/reference/resize_bilinear.h`).
    pub(crate) fn new(input: usize, output: usize, align_corners: bool, half_pixel_centers: bool) -> Self {
        let scale = if align_corners && output > 1 {
            (input - 1) as f32 / (output - 1) as f32
        } else {
            input as f32 / output as f32
        };
        let neighbours = |at: usize| {
            let at = if half_pixel_centers { (at as f32 + 0.5) * scale - 0.5 } else { at as f32 * scale };
            let below = at.floor().max(0.0);
            let low = (below as usize).min(input - 1);
            // Rounding may put the last coordinate a hair beyond the last pixel's centre.
            (low, ((at.ceil().max(0.0)) as usize).min(input - 1), at - below)
        };
        Self((0..output).map(neighbours).collect())
    }
}

/// Resizes an image.
pub(crate) struct Resize<'a> {
    pub(crate) rows: &'a ResizeMap,
    pub(crate) columns: &'a ResizeMap,
    pub(crate) image: &'a [f32],
    /// Height, width and channels of the image.
    pub(crate) size: [usize; 3],
    pub(crate) output: &'a mut [f32],
}

impl Job for Resize<'_> {
    #[inline(always)]
    fn run<V: Lanes>(self) {
        let [height, width, channels] = self.size;
        assert_eq!(self.image.len(), height * width * channels);
        assert_eq!(self.output.len(), self.rows.0.len() * self.columns.0.len() * channels);
        let fits =
            |map: &ResizeMap, size: usize| map.0.iter().all(|&(low, high, _)| low < size && high < size);
        assert!(fits(self.rows, height) && fits(self.columns, width));
        let image = self.image.as_ptr();
        let mut to = self.output.as_mut_ptr();
        for &(top, bottom, down) in &self.rows.0 {
            for &(left, right, across) in &self.columns.0 {
                let corner = |row, column| (row * width + column) * channels;
                let corners =
                    [corner(top, left), corner(top, right), corner(bottom, left), corner(bottom, right)];
                for first in (0..channels).step_by(V::COUNT) {
                    let count = (channels - first).min(V::COUNT);
                    // SAFETY: rows and columns are within the image, as checked, and so are `count` channels; the
                    // output has a pixel for each pair of them.
                    unsafe {
                        let [a, b, c, d] = corners.map(|at| V::load_first(image.add(at + first), count));
                        let upper = b.sub(a).mul_add(V::splat(across), a);
                        let lower = d.sub(c).mul_add(V::splat(across), c);
                        lower.sub(upper).mul_add(V::splat(down), upper).store_first(to, count);
                        to = to.add(count);
                    }
                }
            }
        }
    }
}
