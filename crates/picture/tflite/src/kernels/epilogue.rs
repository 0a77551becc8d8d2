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

    /// Finishes the sums (bias included) of a register of channels of some neighbouring pixels, and stores them.
    ///
    /// # Safety
    /// [`check`](Self::check) must have passed for as many pixels and channels as `output` has; `place` must lie
    /// within them, and its sums be readable.
    #[inline(always)]
    pub(super) unsafe fn store<V: Lanes>(&self, place: Place<V>, output: &mut [f32]) {
        // The kind of ending is asked for once, not for every pixel.
        // SAFETY: the caller vouches for it.
        unsafe {
            match (self.residual, self.finish) {
                (None, Finish::Clamp { low, high }) => {
                    let (low, high) = (V::splat(low), V::splat(high));
                    place.store_each(output, |sum, _| sum.max(low).min(high));
                }
                (Some(residual), Finish::Clamp { low, high }) => {
                    let (low, high) = (V::splat(low), V::splat(high));
                    place
                        .store_each(output, |sum, pixel| residual.add(sum, pixel, &place).max(low).min(high));
                }
                (None, finish) => place.store_each(output, |sum, _| finish.apply(sum, place.channel)),
                (Some(residual), finish) => place.store_each(output, |sum, pixel| {
                    finish.apply(residual.add(sum, pixel, &place), place.channel)
                }),
            }
        }
    }
}

/// Sums, and where they belong in the output.
#[derive(Clone, Copy)]
pub(super) struct Place<V> {
    /// The first pixel's sum; the others' follow at distances of `step`.
    pub(super) sums: *const V,
    pub(super) step: usize,
    pub(super) pixel: usize,
    pub(super) pixels: usize,
    pub(super) channel: usize,
    /// Of the whole output.
    pub(super) channels: usize,
}

impl<V: Lanes> Place<V> {
    #[inline(always)]
    fn count(&self) -> usize {
        (self.channels - self.channel).min(V::COUNT)
    }

    /// # Safety
    /// The sums must be readable, and pixels and channel lie within the output.
    #[inline(always)]
    unsafe fn store_each(&self, output: &mut [f32], finish: impl Fn(V, usize) -> V) {
        let count = self.count();
        // SAFETY: the caller vouches for it.
        unsafe {
            let mut to = output.as_mut_ptr().add(self.pixel * self.channels + self.channel);
            for p in 0..self.pixels {
                let value = finish(*self.sums.add(p * self.step), self.pixel + p);
                if count == V::COUNT {
                    value.store(to)
                } else {
                    value.store_first(to, count)
                }
                to = to.add(self.channels);
            }
        }
    }
}

impl Residual<'_> {
    /// # Safety
    /// [`Epilogue::check`] must have passed, and pixel and place lie within what it was given.
    #[inline(always)]
    unsafe fn add<V: Lanes>(&self, sum: V, pixel: usize, place: &Place<V>) -> V {
        let present = self.channels.saturating_sub(place.channel).min(V::COUNT);
        // SAFETY: `present` channels from the place's on are within the pixel's.
        unsafe {
            let from = self.values.as_ptr().add(pixel * self.channels + place.channel.min(self.channels));
            sum.add(if present == V::COUNT { V::load(from) } else { V::load_first(from, present) })
        }
    }
}
