//! Threads that share the work of a layer.

use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use crate::aligned::AlignedFloats;

/// Less work than this, in multiply-adds, is done before another thread has begun.
const LEAST_SHARED: usize = 1 << 20;

/// Bands for each thread: one that comes late, or has other work to do, leaves its part to the others.
const BANDS_A_THREAD: usize = 4;

/// Who computes, and memory for each of them.
#[derive(Debug)]
pub(crate) struct Workers {
    /// Whether the threads of the pool that a layer is run in share its work.
    shared: bool,
    scratch_len: usize,
    /// For each thread that has worked so far.
    scratches: Vec<Mutex<AlignedFloats>>,
}

impl Workers {
    /// The thread that runs the network, alone.
    pub(crate) fn alone(scratch_len: usize) -> Self {
        Self { shared: false, scratch_len, scratches: vec![Mutex::new(AlignedFloats::zeroed(scratch_len))] }
    }

    /// Every thread of the pool that the network is run in, as it is free.
    pub(crate) fn shared(scratch_len: usize) -> Self {
        Self { shared: true, ..Self::alone(scratch_len) }
    }

    /// Cuts `output` into bands, each a whole number of `unit`s (the last may be short), and has `fill` fill them: it is
    /// given the number of units before the band, the band, and memory to work in. What it writes must not depend on where
    /// the cuts are. `work`, in multiply-adds, tells whether it is worth sharing.
    pub(super) fn share(
        &mut self,
        output: &mut [f32],
        unit: usize,
        work: usize,
        fill: impl Fn(usize, &mut [f32], &mut [f32]) + Sync,
    ) {
        let threads = if self.shared && work >= LEAST_SHARED { rayon::current_num_threads() } else { 1 };
        if threads == 1 {
            return fill(0, output, self.scratches[0].get_mut().unwrap_or_else(PoisonError::into_inner));
        }
        let scratch_len = self.scratch_len;
        self.scratches.resize_with(threads.max(self.scratches.len()), || {
            Mutex::new(AlignedFloats::zeroed(scratch_len))
        });
        let band = output.len().div_ceil(unit).div_ceil(threads * BANDS_A_THREAD).max(1) * unit;
        output.par_chunks_mut(band).enumerate().with_max_len(1).for_each(|(i, band_of_output)| {
            // No two threads of a pool have the same index, so nobody waits here.
            let scratch = &self.scratches[rayon::current_thread_index().unwrap_or(0)];
            let mut scratch = scratch.lock().unwrap_or_else(PoisonError::into_inner);
            fill(i * band / unit, band_of_output, &mut scratch);
        });
    }
}

impl Clone for Workers {
    fn clone(&self) -> Self {
        Self { shared: self.shared, ..Self::alone(self.scratch_len) }
    }
}
