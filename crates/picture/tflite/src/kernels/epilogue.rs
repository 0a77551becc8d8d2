//! What a layer does with its sums before it stores them.

use super::Lanes;

/// Bias, then a residual, then an activation.
#[derive(Clone, Copy)]
pub(crate) struct Epilogue<'a> {
    /// One a channel, filled up with zeros to whole registers.
    pub(crate) bias: &'a [f32],
    pub(crate) residual: Option<Residual<'a>>,
    pub(crate) finish: Finish<'a>,
}

/// A tensor added to the output: pixel by pixel, as many of the first channels as it has.
#[derive(Clone, Copy)]
pub(crate) struct Residual<'a> {
    pub(crate) values: &'a [f32],
    pub(crate) channels: usize,
}

/// The activation.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Finish<'a> {
    /// Also none at all, with infinite bounds.
    Clamp {
        low: f32,
        high: f32,
    },
    HardSwish,
    /// Factors for negative values, one a channel, filled up to whole registers.
    Prelu(&'a [f32]),
}

impl Finish<'_> {
    pub(crate) const NONE: Self = Self::Clamp { low: f32::NEG_INFINITY, high: f32::INFINITY };

    /// # Safety
    /// The slopes must reach `channel + V::COUNT`.
    #[inline(always)]
    pub(super) unsafe fn apply<V: Lanes>(self, value: V, channel: usize) -> V {
        match self {
            Self::Clamp { low, high } => value.max(V::splat(low)).min(V::splat(high)),
            Self::HardSwish => {
                let gate = value.add(V::splat(3.0)).max(V::splat(0.0)).min(V::splat(6.0));
                value.mul(gate).mul(V::splat(1.0 / 6.0))
            }
            Self::Prelu(slopes) => {
                // SAFETY: the caller vouches for the slopes.
                let slope = unsafe { V::load(slopes.as_ptr().add(channel)) };
                value.min(V::splat(0.0)).mul_add(slope, value.max(V::splat(0.0)))
            }
        }
    }
}

impl Epilogue<'_> {
    /// Checks the operands once, so that [`finish`](Self::finish) may use pointers.
    pub(super) fn check(&self, pixels: usize, channels: usize, lanes: usize) {
        let whole = channels.next_multiple_of(lanes);
        assert!(self.bias.len() >= whole, "a bias for every register");
        if let Finish::Prelu(slopes) = self.finish {
            assert!(slopes.len() >= whole, "slopes for every register");
        }
        if let Some(residual) = self.residual {
            assert!(residual.channels <= channels && residual.values.len() == pixels * residual.channels);
        }
    }

    /// Finishes the sums (bias included) of the `count` channels from `channel` on of a pixel.
    ///
    /// # Safety
    /// [`check`](Self::check) must have passed, the pixel and channels lie within what it was given, and
    /// `count` be at most `V::COUNT`.
    #[inline(always)]
    pub(super) unsafe fn finish<V: Lanes>(&self, sums: V, pixel: usize, channel: usize, count: usize) -> V {
        let mut sums = sums;
        if let Some(residual) = self.residual {
            let present = residual.channels.saturating_sub(channel).min(count);
            // SAFETY: `present` channels from `channel` on are within the pixel's.
            unsafe {
                let from =
                    residual.values.as_ptr().add(pixel * residual.channels + channel.min(residual.channels));
                let addend = if present == V::COUNT { V::load(from) } else { V::load_first(from, present) };
                sums = sums.add(addend);
            }
        }
        // SAFETY: the slopes fill whole registers, as checked.
        unsafe { self.finish.apply(sums, channel) }
    }
}
