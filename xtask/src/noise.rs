//! Randomness that is the same on every run.

/// A fixed pseudo-random number in 0 … 1 for a whole number (Wang's integer hash).
pub(crate) fn noise(seed: u32) -> f32 {
    let mut n = (seed ^ 61) ^ (seed >> 16);
    n = n.wrapping_mul(9);
    n ^= n >> 4;
    n = n.wrapping_mul(0x27d4_eb2d);
    n ^= n >> 15;
    (n >> 8) as f32 / (1u32 << 24) as f32
}
