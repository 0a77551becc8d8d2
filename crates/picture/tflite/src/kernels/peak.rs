//! Multiply-adds and nothing else, to measure what a processor can do.

use std::hint::black_box;

use super::{Job, Lanes};

/// As many sums as keep two units busy that each take five cycles for a multiply-add and begin one a cycle, and as still fit
/// sixteen registers with the factor and the addend.
const SUMS: usize = 12;

/// `rounds` times a multiply-add of each of [`SUMS`] registers, none of which waits for memory or for another.
pub(super) struct Peak<'a> {
    pub(super) rounds: u64,
    /// How many were done.
    pub(super) multiply_adds: &'a mut u64,
}

impl Job for Peak<'_> {
    #[inline(always)]
    fn run<V: Lanes>(self) {
        let (factor, addend) = (V::splat(black_box(0.5)), V::splat(black_box(1.0)));
        let mut sums = [V::splat(black_box(0.0)); SUMS];
        for _ in 0..self.rounds {
            for sum in &mut sums {
                *sum = sum.mul_add(factor, addend);
            }
        }
        let total = sums.into_iter().fold(V::splat(0.0), V::add);
        let mut values = [0.0; 16];
        // SAFETY: a register holds at most sixteen floats.
        unsafe { total.store(values.as_mut_ptr()) };
        black_box(values);
        *self.multiply_adds = self.rounds * (SUMS * V::COUNT) as u64;
    }
}
