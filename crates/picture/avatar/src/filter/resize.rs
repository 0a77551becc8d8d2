use frame::{Plane, Size};

use super::channels::floats_of_row;
use super::rows::{from_rows, reflected};
use super::{Channels, PixelRect};

/// For every output pixel of a line, the input pixels it draws on and their weights.
struct Taps {
    /// `starts[i]..starts[i + 1]` of `taps` belong to output `i`.
    starts: Vec<usize>,
    taps: Vec<(u32, f32)>,
}

impl Taps {
    fn new(outputs: usize, mut of_output: impl FnMut(usize, &mut Vec<(u32, f32)>)) -> Self {
        let mut starts = vec![0];
        let mut taps = Vec::new();
        for i in 0..outputs {
            of_output(i, &mut taps);
            starts.push(taps.len());
        }
        Self { starts, taps }
    }

    fn of(&self, output: usize) -> &[(u32, f32)] {
        &self.taps[self.starts[output]..self.starts[output + 1]]
    }

    /// The input pixels under each output pixel, by the share of it they cover.
    fn area(from: u32, to: u32) -> Self {
        let scale = f64::from(from) / f64::from(to);
        Self::new(to as usize, |i, taps| {
            let (start, end) = (i as f64 * scale, (i + 1) as f64 * scale);
            let last = ((end - 1e-6).ceil() as u32).min(from);
            for pixel in (start + 1e-6) as u32..last {
                let covered = end.min(f64::from(pixel + 1)) - start.max(f64::from(pixel));
                taps.push((pixel, (covered / scale) as f32));
            }
        })
    }

    fn linear(from: u32, to: u32) -> Self {
        Self::kernel(from, to, |f| [0.0, 1.0 - f, f, 0.0])
    }

    /// `kernel` gives the weights of the pixels −1, 0, 1, 2 about the output's centre, whose fraction it is told.
    fn kernel(from: u32, to: u32, kernel: impl Fn(f32) -> [f32; 4]) -> Self {
        let scale = f64::from(from) / f64::from(to);
        Self::new(to as usize, |i, taps| {
            let centre = (i as f64 + 0.5) * scale - 0.5;
            let weights = kernel((centre - centre.floor()) as f32);
            for (pixel, weight) in (centre.floor() as i64 - 1..).zip(weights) {
                if weight != 0.0 {
                    taps.push((pixel.clamp(0, i64::from(from) - 1) as u32, weight));
                }
            }
        })
    }
}

fn resample<P: Channels>(plane: &Plane<P>, across: &Taps, down: &Taps, size: Size) -> Plane<P> {
    resample_within(plane, across, down, PixelRect { x: 0, y: 0, size })
}

/// The part `rect` of the output.
fn resample_within<P: Channels>(plane: &Plane<P>, across: &Taps, down: &Taps, rect: PixelRect) -> Plane<P> {
    let row_of = |y: usize| down.of(rect.y + y);
    let rows = || (0..rect.size.height as usize).flat_map(row_of).map(|&(from, _)| from);
    let (Some(first), Some(last)) = (rows().min(), rows().max()) else {
        return Plane::filled(rect.size, P::splat(0.0));
    };
    let narrow = Size::new(rect.size.width, last - first + 1);
    let columns = from_rows(narrow, P::splat(0.0), |y, out| {
        let line = plane.row(first as usize + y);
        for (i, out) in (rect.x..).zip(out) {
            for &(x, weight) in across.of(i) {
                *out = out.plus(line[x as usize].times(weight));
            }
        }
    });
    from_rows(rect.size, P::splat(0.0), |y, out| {
        let out: &mut [f32] = bytemuck::cast_slice_mut(out);
        for &(from, weight) in row_of(y) {
            for (out, &value) in out.iter_mut().zip(floats_of_row(&columns, (from - first) as usize)) {
                *out += weight * value;
            }
        }
    })
}

fn resized<P: Channels>(plane: &Plane<P>, size: Size, taps: impl Fn(u32, u32) -> Taps) -> Plane<P> {
    let from = plane.size();
    if from == size {
        return plane.clone();
    }
    if from.area() == 0 {
        return Plane::filled(size, P::splat(0.0));
    }
    resample(plane, &taps(from.width, size.width), &taps(from.height, size.height), size)
}

/// Each output pixel is the mean of the input it covers: for making smaller (OpenCV's `INTER_AREA`).
pub fn resize_area<P: Channels>(plane: &Plane<P>, size: Size) -> Plane<P> {
    resized(plane, size, Taps::area)
}

/// Bilinear between pixel centres, the edge going on for ever (OpenCV's `INTER_LINEAR`).
pub fn resize_linear<P: Channels>(plane: &Plane<P>, size: Size) -> Plane<P> {
    resized(plane, size, Taps::linear)
}

/// The part `rect` of what [`resize_linear`] makes; `rect` lies in `size`.
pub fn resize_linear_within<P: Channels>(plane: &Plane<P>, size: Size, rect: PixelRect) -> Plane<P> {
    let from = plane.size();
    if from == size || from.area() == 0 {
        return rect.cut(&resize_linear(plane, size));
    }
    let (across, down) = (Taps::linear(from.width, size.width), Taps::linear(from.height, size.height));
    resample_within(plane, &across, &down, rect)
}

/// Bicubic with a = −¾, the edge going on for ever (OpenCV's `INTER_CUBIC`). May overshoot the input's range.
pub fn resize_cubic<P: Channels>(plane: &Plane<P>, size: Size) -> Plane<P> {
    const A: f32 = -0.75;
    let near = |x: f32| ((A + 2.0) * x - (A + 3.0)) * x * x + 1.0;
    let far = |x: f32| ((A * x - 5.0 * A) * x + 8.0 * A) * x - 4.0 * A;
    resized(plane, size, |from, to| {
        Taps::kernel(from, to, |f| [far(1.0 + f), near(f), near(1.0 - f), far(2.0 - f)])
    })
}

/// The input pixel that holds each output pixel's centre (OpenCV's `INTER_NEAREST_EXACT`). The input must have pixels.
pub fn resize_nearest<P: Copy + Send + Sync>(plane: &Plane<P>, size: Size) -> Plane<P> {
    let from = plane.size();
    let pick = |i: usize, from: u32, to: u32| (2 * i + 1) * from as usize / (2 * to as usize);
    let columns: Vec<usize> = (0..size.width as usize).map(|x| pick(x, from.width, size.width)).collect();
    from_rows(size, plane.get(0, 0), |y, out| {
        let line = plane.row(pick(y, from.height, size.height));
        for (out, &x) in out.iter_mut().zip(&columns) {
            *out = line[x];
        }
    })
}

/// Half the size, rounded up, after a 1-4-6-4-1 blur (Burt & Adelson 1983; OpenCV's `pyrDown`).
pub fn pyramid_down<P: Channels>(plane: &Plane<P>) -> Plane<P> {
    const KERNEL: [f32; 5] = [1.0 / 16.0, 4.0 / 16.0, 6.0 / 16.0, 4.0 / 16.0, 1.0 / 16.0];
    let taps = |from: u32| {
        Taps::new(from.div_ceil(2) as usize, |i, taps| {
            let first = 2 * i as isize - 2;
            taps.extend((first..).zip(KERNEL).map(|(at, w)| (reflected(at, from as usize) as u32, w)));
        })
    };
    let from = plane.size();
    let half = Size::new(from.width.div_ceil(2), from.height.div_ceil(2));
    resample(plane, &taps(from.width), &taps(from.height), half)
}

/// Undoes the halving of [`pyramid_down`], smoothly: `size` is twice `plane`'s or one less, each side by itself (OpenCV's
/// `pyrUp`).
pub fn pyramid_up<P: Channels>(plane: &Plane<P>, size: Size) -> Plane<P> {
    let taps = |from: u32, to: u32| {
        Taps::new(to as usize, |i, taps| {
            let at = (i as u32 / 2).min(from - 1);
            let next = (at + 1).min(from - 1);
            if i % 2 == 0 {
                let before = reflected(at as isize - 1, from as usize) as u32;
                taps.extend([(before, 0.125), (at, 0.75), (next, 0.125)]);
            } else {
                taps.extend([(at, 0.5), (next, 0.5)]);
            }
        })
    };
    let from = plane.size();
    resample(plane, &taps(from.width, size.width), &taps(from.height, size.height), size)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ramp(size: Size) -> Plane<[f32; 2]> {
        Plane::from_fn(size, |x, y| {
            [(x as f32 + 0.5) / size.width as f32, (y as f32 + 0.5) / size.height as f32]
        })
    }

    #[test]
    fn a_ramp_stays_where_it_is_at_every_size() {
        let source = ramp(Size::new(40, 30));
        for size in [Size::new(20, 15), Size::new(13, 17), Size::new(97, 64), Size::new(40, 30)] {
            let expected = ramp(size);
            for result in
                [resize_area(&source, size), resize_linear(&source, size), resize_cubic(&source, size)]
            {
                // Away from the edge, where the ramp does not go on; a box of an enlarged ramp is a staircase.
                for (y, x) in (6..size.height as usize - 6)
                    .flat_map(|y| (6..size.width as usize - 6).map(move |x| (y, x)))
                {
                    for c in 0..2 {
                        assert!(
                            (result.get(x, y)[c] - expected.get(x, y)[c]).abs() < 0.018,
                            "{size} {x} {y}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn shrinking_by_area_keeps_the_mean() {
        let plane = Plane::from_fn(Size::new(37, 23), |x, y| ((x * 7 + y * 13) % 11) as f32);
        let mean = |p: &Plane<f32>| p.pixels().iter().sum::<f32>() / p.pixels().len() as f32;
        assert!((mean(&plane) - mean(&resize_area(&plane, Size::new(9, 7)))).abs() < 1e-4);
    }

    #[test]
    fn nearest_takes_the_pixel_under_the_centre() {
        let plane = Plane::new(Size::new(4, 1), vec![0u8, 1, 2, 3]).unwrap();
        assert_eq!(resize_nearest(&plane, Size::new(2, 1)).pixels(), [1, 3]);
        assert_eq!(resize_nearest(&plane, Size::new(8, 1)).pixels(), [0, 0, 1, 1, 2, 2, 3, 3]);
    }

    #[test]
    fn a_flat_plane_stays_flat_down_and_up_the_pyramid() {
        let plane = Plane::filled(Size::new(11, 8), 3.0f32);
        let up = pyramid_up(&pyramid_down(&plane), plane.size());
        assert!(up.pixels().iter().all(|v| (v - 3.0).abs() < 1e-5));
    }
}
