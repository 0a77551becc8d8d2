//! Maximum and mean over windows.

use super::{Job, Lanes, Pointwise};
use crate::model::Window;

/// What is taken of a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PoolKind {
    Max,
    Average,
}

/// Pixels outside the image do not count.
pub(crate) struct Pool<'a> {
    pub(crate) kind: PoolKind,
    pub(crate) window: Window,
    pub(crate) finish: Pointwise,
    pub(crate) image: &'a [f32],
    /// Height, width and channels of the image.
    pub(crate) size: [usize; 3],
    pub(crate) output: &'a mut [f32],
    /// Height and width of the output.
    pub(crate) output_size: [usize; 2],
}

impl Job for Pool<'_> {
    #[inline(always)]
    fn run<V: Lanes>(self) {
        let ([height, width, channels], [rows, columns]) = (self.size, self.output_size);
        assert_eq!(self.image.len(), height * width * channels);
        assert_eq!(self.output.len(), rows * columns * channels);
        for y in 0..rows {
            let ys = seen(&self.window, 0, y, height);
            for x in 0..columns {
                let xs = seen(&self.window, 1, x, width);
                let scale = 1.0 / (ys.len() * xs.len()).max(1) as f32;
                for first in (0..channels).step_by(V::COUNT) {
                    let count = (channels - first).min(V::COUNT);
                    let mut value = V::splat(if self.kind == PoolKind::Max { f32::MIN } else { 0.0 });
                    for row in ys.clone() {
                        for column in xs.clone() {
                            let at = (row * width + column) * channels + first;
                            // SAFETY: row and column are within the image, and so are `count` channels.
                            let pixel = unsafe { V::load_first(self.image.as_ptr().add(at), count) };
                            value =
                                if self.kind == PoolKind::Max { value.max(pixel) } else { value.add(pixel) };
                        }
                    }
                    if self.kind == PoolKind::Average {
                        value = value.mul(V::splat(scale));
                    }
                    let at = (y * columns + x) * channels + first;
                    // SAFETY: the pixel is within the output, and so are `count` channels.
                    unsafe { self.finish.apply(value).store_first(self.output.as_mut_ptr().add(at), count) };
                }
            }
        }
    }
}

/// The rows (axis 0) or columns (axis 1) of the image that the window of an output pixel sees.
fn seen(window: &Window, axis: usize, at: usize, size: usize) -> std::ops::Range<usize> {
    let start = at * window.stride[axis];
    let end = (start + window.kernel[axis]).saturating_sub(window.pad_before[axis]).min(size);
    start.saturating_sub(window.pad_before[axis]).min(end)..end
}

/// The mean of every channel over an image.
pub(crate) struct SpatialMean<'a> {
    pub(crate) image: &'a [f32],
    /// One a channel.
    pub(crate) output: &'a mut [f32],
}

impl Job for SpatialMean<'_> {
    #[inline(always)]
    fn run<V: Lanes>(self) {
        let channels = self.output.len();
        assert!(self.image.len().is_multiple_of(channels));
        let pixels = self.image.len() / channels;
        for first in (0..channels).step_by(V::COUNT) {
            let count = (channels - first).min(V::COUNT);
            let mut sum = V::splat(0.0);
            for pixel in 0..pixels {
                // SAFETY: `count` channels from `first` on are within the pixel.
                sum = sum
                    .add(unsafe { V::load_first(self.image.as_ptr().add(pixel * channels + first), count) });
            }
            let mean = sum.mul(V::splat(1.0 / pixels as f32));
            // SAFETY: likewise.
            unsafe { mean.store_first(self.output.as_mut_ptr().add(first), count) };
        }
    }
}
