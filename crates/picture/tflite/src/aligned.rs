//! Floats that start at a cache line.

use std::ops::{Deref, DerefMut};

/// A cache line, and a register of the widest instruction set.
const ALIGNMENT_BYTES: usize = 64;

/// A fixed number of floats, the first at a multiple of 64 bytes: no register-wide load then straddles two cache lines.
#[derive(Debug)]
pub(crate) struct AlignedFloats {
    floats: Vec<f32>,
    start: usize,
    len: usize,
}

impl AlignedFloats {
    pub(crate) fn zeroed(len: usize) -> Self {
        let floats = vec![0.0; len + ALIGNMENT_BYTES / size_of::<f32>()];
        let start = floats.as_ptr().align_offset(ALIGNMENT_BYTES);
        // `align_offset` may give up; the floats are then merely not aligned.
        let start = if start + len <= floats.len() { start } else { 0 };
        Self { floats, start, len }
    }

    pub(crate) fn from_slice(values: &[f32]) -> Self {
        let mut floats = Self::zeroed(values.len());
        floats.copy_from_slice(values);
        floats
    }
}

impl Clone for AlignedFloats {
    fn clone(&self) -> Self {
        Self::from_slice(self)
    }
}

impl Deref for AlignedFloats {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        &self.floats[self.start..self.start + self.len]
    }
}

impl DerefMut for AlignedFloats {
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut self.floats[self.start..self.start + self.len]
    }
}
