//! What a layer does with its sums before it stores them.

use std::ops::Range;

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

/// The activation at the end of a layer.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Finish<'a> {
    Pointwise(Pointwise),
    /// Factors for negative values, one a channel, filled up to whole registers.
    Prelu(&'a [f32]),
}

/// An activation that is the same for every channel.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Pointwise {
    /// Also none at all, with infinite bounds.
    Clamp {
        low: f32,
        high: f32,
    },
    HardSwish,
}

impl Pointwise {
    pub(crate) const NONE: Self = Self::Clamp { low: f32::NEG_INFINITY, high: f32::INFINITY };

    #[inline(always)]
    pub(super) fn apply<V: Lanes>(self, value: V) -> V {
        match self {
            Self::Clamp { low, high } => Clamp::new(low, high).end(value),
            Self::HardSwish => HardSwish.end(value),
        }
    }
}

/// A [`Finish`] for one register of channels, a type for each so that it is chosen outside the loop over pixels.
trait Ending<V>: Copy {
    fn end(self, sum: V) -> V;
}

#[derive(Clone, Copy)]
struct Clamp<V> {
    low: V,
    high: V,
}

impl<V: Lanes> Clamp<V> {
    #[inline(always)]
    fn new(low: f32, high: f32) -> Self {
        Self { low: V::splat(low), high: V::splat(high) }
    }
}

impl<V: Lanes> Ending<V> for Clamp<V> {
    #[inline(always)]
    fn end(self, sum: V) -> V {
        sum.max(self.low).min(self.high)
    }
}

#[derive(Clone, Copy)]
struct HardSwish;

impl<V: Lanes> Ending<V> for HardSwish {
    #[inline(always)]
    fn end(self, sum: V) -> V {
        let gate = sum.add(V::splat(3.0)).max(V::splat(0.0)).min(V::splat(6.0));
        sum.mul(gate).mul(V::splat(1.0 / 6.0))
    }
}

#[derive(Clone, Copy)]
struct Slope<V>(V);

impl<V: Lanes> Ending<V> for Slope<V> {
    #[inline(always)]
    fn end(self, sum: V) -> V {
        sum.min(V::splat(0.0)).mul_add(self.0, sum.max(V::splat(0.0)))
    }
}

impl Epilogue<'_> {
    /// The epilogue of a part of the output's pixels.
    pub(crate) fn of(self, pixels: Range<usize>) -> Self {
        let residual = self.residual.map(|Residual { values, channels }| Residual {
            values: &values[pixels.start * channels..pixels.end * channels],
            channels,
        });
        Self { residual, ..self }
    }

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
        // SAFETY: the caller vouches for it; the slopes fill whole registers, as checked.
        unsafe {
            match self.finish {
                Finish::Pointwise(Pointwise::Clamp { low, high }) => {
                    self.store_ended(place, Clamp::new(low, high), output);
                }
                Finish::Pointwise(Pointwise::HardSwish) => self.store_ended(place, HardSwish, output),
                Finish::Prelu(slopes) => {
                    self.store_ended(place, Slope(V::load(slopes.as_ptr().add(place.channel))), output);
                }
            }
        }
    }

    /// # Safety
    /// As for [`store`](Self::store).
    #[inline(always)]
    unsafe fn store_ended<V: Lanes>(&self, place: Place<V>, ending: impl Ending<V>, output: &mut [f32]) {
        let count = (place.channels - place.channel).min(V::COUNT);
        // SAFETY: the caller vouches for it.
        unsafe {
            let mut to = output.as_mut_ptr().add(place.pixel * place.channels + place.channel);
            for p in 0..place.pixels {
                let mut sum = *place.sums.add(p * place.step);
                if let Some(residual) = self.residual {
                    sum = residual.add(sum, place.pixel + p, place.channel);
                }
                let value = ending.end(sum);
                if count == V::COUNT {
                    value.store(to)
                } else {
                    value.store_first(to, count)
                }
                to = to.add(place.channels);
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

impl Residual<'_> {
    /// # Safety
    /// [`Epilogue::check`] must have passed, and pixel and channel lie within what it was given.
    #[inline(always)]
    unsafe fn add<V: Lanes>(&self, sum: V, pixel: usize, channel: usize) -> V {
        let present = self.channels.saturating_sub(channel).min(V::COUNT);
        // SAFETY: `present` channels from `channel` on are within the pixel's.
        unsafe {
            let from = self.values.as_ptr().add(pixel * self.channels + channel.min(self.channels));
            sum.add(if present == V::COUNT { V::load(from) } else { V::load_first(from, present) })
        }
    }
}
