//! Threads that share the work of a layer.

use std::thread;

use crate::aligned::AlignedFloats;

/// Less work than this, in multiply-adds, is done before another thread has begun.
const LEAST_SHARED: usize = 1 << 22;

/// How many threads compute, and memory for each of them.
#[derive(Debug, Clone)]
pub(crate) struct Workers {
    scratches: Vec<AlignedFloats>,
}

impl Workers {
    /// `threads` of them, each with `scratch_len` floats to work in.
    pub(crate) fn new(threads: usize, scratch_len: usize) -> Self {
        Self { scratches: (0..threads.max(1)).map(|_| AlignedFloats::zeroed(scratch_len)).collect() }
    }

    /// Cuts `output` into as many bands as there are threads, each a whole number of `unit`s (the last may be short), and has `fill` fill them: it is
    /// given the number of units before the band, the band, and memory to work in. What it writes must not depend on where
    /// the cuts are. `work`, in multiply-adds, tells whether it is worth sharing.
    pub(super) fn share(
        &mut self,
        output: &mut [f32],
        unit: usize,
        work: usize,
        fill: impl Fn(usize, &mut [f32], &mut [f32]) + Sync,
    ) {
        let threads = if work < LEAST_SHARED { 1 } else { self.scratches.len() };
        if threads == 1 {
            return fill(0, output, &mut self.scratches[0]);
        }
        let band = output.len().div_ceil(unit).div_ceil(threads).max(1) * unit;
        let fill = &fill;
        thread::scope(|scope| {
            let mut bands = output.chunks_mut(band).zip(&mut self.scratches).enumerate();
            let first = bands.next();
            for (i, (band_of_output, scratch)) in bands {
                scope.spawn(move || fill(i * band / unit, band_of_output, scratch));
            }
            if let Some((_, (band_of_output, scratch))) = first {
                fill(0, band_of_output, scratch);
            }
        });
    }
}
