//! Arithmetic value by value.

use super::{Job, Lanes, Pointwise};
use crate::model::Activation;

/// Sum or product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BinaryOp {
    Add,
    Mul,
}

/// How the second operand's values pair with the first's.
#[derive(Debug, Clone)]
pub(crate) enum Broadcast {
    /// One to one.
    Same,
    /// The second repeats: value i pairs with i modulo its length.
    Cycle,
    /// The second has as many values a pixel as this says, for the first of the channels; the rest stay.
    Channels { present: usize, channels: usize },
    /// Any other: output lengths, and how far each operand moves along each dimension.
    Strides { lengths: Vec<usize>, first: Vec<usize>, second: Vec<usize> },
}

/// `output = finish(first ∘ second)`
pub(crate) struct Binary<'a> {
    pub(crate) op: BinaryOp,
    pub(crate) broadcast: &'a Broadcast,
    pub(crate) finish: Pointwise,
    pub(crate) first: &'a [f32],
    pub(crate) second: &'a [f32],
    pub(crate) output: &'a mut [f32],
}

impl Job for Binary<'_> {
    #[inline(always)]
    fn run<V: Lanes>(self) {
        let Self { op, broadcast, finish, first, second, output } = self;
        match broadcast {
            Broadcast::Same => combine::<V>(op, finish, first, second, output),
            Broadcast::Cycle => {
                for (output, first) in output.chunks_mut(second.len()).zip(first.chunks(second.len())) {
                    combine::<V>(op, finish, first, &second[..first.len()], output);
                }
            }
            Broadcast::Channels { present, channels } => {
                let pixels = output.chunks_exact_mut(*channels).zip(first.chunks_exact(*channels));
                for ((output, first), second) in pixels.zip(second.chunks_exact(*present)) {
                    combine::<V>(op, finish, &first[..*present], second, &mut output[..*present]);
                    map::<V>(finish, &first[*present..], &mut output[*present..]);
                }
            }
            Broadcast::Strides { lengths, first: first_strides, second: second_strides } => {
                let (mut index, mut i, mut j) = (vec_index(lengths), 0, 0);
                for output in output {
                    let value = match op {
                        BinaryOp::Add => first[i] + second[j],
                        BinaryOp::Mul => first[i] * second[j],
                    };
                    *output = finish_one(finish, value);
                    for d in (0..lengths.len()).rev() {
                        (index[d], i, j) = (index[d] + 1, i + first_strides[d], j + second_strides[d]);
                        if index[d] < lengths[d] {
                            break;
                        }
                        (i, j) = (i - lengths[d] * first_strides[d], j - lengths[d] * second_strides[d]);
                        index[d] = 0;
                    }
                }
            }
        }
    }
}

/// A counter for each dimension; tensors have at most six.
fn vec_index(lengths: &[usize]) -> [usize; 6] {
    assert!(lengths.len() <= 6);
    [0; 6]
}

/// Negative values times slopes, which repeat.
pub(crate) struct Prelu<'a> {
    pub(crate) input: &'a [f32],
    pub(crate) slopes: &'a [f32],
    pub(crate) output: &'a mut [f32],
}

impl Job for Prelu<'_> {
    #[inline(always)]
    fn run<V: Lanes>(self) {
        let period = self.slopes.len();
        assert_eq!(self.input.len(), self.output.len());
        for (output, input) in self.output.chunks_mut(period).zip(self.input.chunks(period)) {
            let mut at = 0;
            while at < input.len() {
                let count = (input.len() - at).min(V::COUNT);
                // SAFETY: `count` values from `at` on are within input, output and, no chunk being longer, slopes.
                unsafe {
                    let value = V::load_first(input.as_ptr().add(at), count);
                    let slope = V::load_first(self.slopes.as_ptr().add(at), count);
                    let value = value.min(V::splat(0.0)).mul_add(slope, value.max(V::splat(0.0)));
                    value.store_first(output.as_mut_ptr().add(at), count);
                }
                at += count;
            }
        }
    }
}

/// A function of each value.
pub(crate) struct Activate<'a> {
    pub(crate) activation: Activation,
    pub(crate) input: &'a [f32],
    pub(crate) output: &'a mut [f32],
}

impl Job for Activate<'_> {
    #[inline(always)]
    fn run<V: Lanes>(self) {
        match finish_of(self.activation) {
            Some(finish) => map::<V>(finish, self.input, self.output),
            None => {
                for (output, &x) in self.output.iter_mut().zip(self.input) {
                    *output = 1.0 / (1.0 + (-x).exp());
                }
            }
        }
    }
}

/// The activation as the end of a layer, if it can be one.
pub(crate) fn finish_of(activation: Activation) -> Option<Pointwise> {
    match activation {
        Activation::None => Some(Pointwise::NONE),
        Activation::Relu => Some(Pointwise::Clamp { low: 0.0, high: f32::INFINITY }),
        Activation::ReluN1To1 => Some(Pointwise::Clamp { low: -1.0, high: 1.0 }),
        Activation::Relu6 => Some(Pointwise::Clamp { low: 0.0, high: 6.0 }),
        Activation::HardSwish => Some(Pointwise::HardSwish),
        Activation::Logistic => None,
    }
}

#[inline(always)]
fn combine<V: Lanes>(op: BinaryOp, finish: Pointwise, first: &[f32], second: &[f32], output: &mut [f32]) {
    assert!(first.len() == output.len() && second.len() == output.len());
    let mut at = 0;
    while at < output.len() {
        let count = (output.len() - at).min(V::COUNT);
        // SAFETY: `count` values from `at` on are within all three slices.
        unsafe {
            let (first, second) = (first.as_ptr().add(at), second.as_ptr().add(at));
            let (a, b) = if count == V::COUNT {
                (V::load(first), V::load(second))
            } else {
                (V::load_first(first, count), V::load_first(second, count))
            };
            let value = match op {
                BinaryOp::Add => a.add(b),
                BinaryOp::Mul => a.mul(b),
            };
            let value = finish.apply(value);
            let to = output.as_mut_ptr().add(at);
            if count == V::COUNT { value.store(to) } else { value.store_first(to, count) }
        }
        at += count;
    }
}

#[inline(always)]
fn map<V: Lanes>(finish: Pointwise, input: &[f32], output: &mut [f32]) {
    assert_eq!(input.len(), output.len());
    let mut at = 0;
    while at < output.len() {
        let count = (output.len() - at).min(V::COUNT);
        // SAFETY: `count` values from `at` on are within both slices.
        unsafe {
            let value = finish.apply(V::load_first(input.as_ptr().add(at), count));
            value.store_first(output.as_mut_ptr().add(at), count);
        }
        at += count;
    }
}

fn finish_one(finish: Pointwise, value: f32) -> f32 {
    match finish {
        Pointwise::Clamp { low, high } => value.max(low).min(high),
        Pointwise::HardSwish => value * (value + 3.0).clamp(0.0, 6.0) / 6.0,
    }
}
