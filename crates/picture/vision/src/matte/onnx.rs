//! The weights in an ONNX file, as far as the matte's network needs them: protocol buffers, by the field numbers of `onnx.proto3`.

use std::collections::HashMap;
use std::sync::Arc;

/// What is wrong with a file.
pub(super) type Reason = &'static str;

/// The weights of a convolution and one bias an output channel.
#[derive(Debug, PartialEq)]
pub(super) struct Convolution {
    /// Output channels, height, width, input channels.
    pub(super) shape: [usize; 4],
    /// Output channels outermost, input channels innermost.
    pub(super) weights: Arc<[f32]>,
    pub(super) bias: Arc<[f32]>,
}

/// The convolutions of a network of half-precision weights, in the order in which they run.
pub(super) struct Convolutions<'a> {
    /// The names of weights and bias.
    names: std::vec::IntoIter<[&'a [u8]; 2]>,
    tensors: HashMap<&'a [u8], Tensor<'a>>,
}

#[derive(Clone, Default)]
struct Tensor<'a> {
    name: &'a [u8],
    shape: Vec<usize>,
    kind: u64,
    data: &'a [u8],
}

impl<'a> Convolutions<'a> {
    /// Those of the file `bytes`; no weights are decoded yet.
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, Reason> {
        const GRAPH: u64 = 7;
        const NODE: u64 = 1;
        const INITIALIZER: u64 = 5;
        let (mut names, mut tensors) = (Vec::new(), HashMap::new());
        for field in Fields(bytes).filter(|field| !matches!(field, Ok((number, _)) if *number != GRAPH)) {
            for field in Fields(field?.1.bytes()?) {
                match field? {
                    (NODE, node) => names.extend(convolution_names(node.bytes()?)?),
                    (INITIALIZER, tensor) => {
                        let tensor = Tensor::read(tensor.bytes()?)?;
                        tensors.insert(tensor.name, tensor);
                    }
                    _ => {}
                }
            }
        }
        Ok(Self { names: names.into_iter(), tensors })
    }

    /// The next convolution.
    pub(super) fn next(&mut self) -> Result<Convolution, Reason> {
        let [weights, bias] = self.names.next().ok_or("it has too few convolutions")?;
        let tensor = |name| self.tensors.get(name).ok_or("a convolution's weights are missing");
        let (weights, bias) = (tensor(weights)?, tensor(bias)?);
        let &[columns, channels, height, width] = weights.shape.as_slice() else {
            return Err("a convolution's weights have not four dimensions");
        };
        let halves = weights.halves()?;
        let of_column = (halves.len() / columns.max(1)).max(1);
        let taps = (of_column / channels.max(1)).max(1);
        // Into what is there already: to collect them in the order in which they lie would take twice the memory.
        let mut channels_last: Arc<[f32]> = std::iter::repeat_n(0.0, halves.len()).collect();
        let values = Arc::get_mut(&mut channels_last).expect("nobody else has it yet");
        for (halves, values) in halves.chunks_exact(of_column).zip(values.chunks_exact_mut(of_column)) {
            for (channel, taps) in halves.chunks_exact(taps).enumerate() {
                for (value, &half) in values[channel..].iter_mut().step_by(channels).zip(taps) {
                    *value = f32_from_half(half);
                }
            }
        }
        Ok(Convolution {
            shape: [columns, height, width, channels],
            weights: channels_last,
            bias: bias.halves()?.iter().map(|&half| f32_from_half(half)).collect(),
        })
    }
}

/// The names of weights and bias if a node is a convolution that has both.
fn convolution_names(node: &[u8]) -> Result<Option<[&[u8]; 2]>, Reason> {
    const INPUT: u64 = 1;
    const OPERATOR: u64 = 4;
    let (mut inputs, mut operator) = (Vec::new(), &[][..]);
    for field in Fields(node) {
        match field? {
            (INPUT, name) => inputs.push(name.bytes()?),
            (OPERATOR, name) => operator = name.bytes()?,
            _ => {}
        }
    }
    Ok(match inputs.as_slice() {
        &[_, weights, bias] if operator == b"Conv" => Some([weights, bias]),
        _ => None,
    })
}

impl<'a> Tensor<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, Reason> {
        const DIMENSIONS: u64 = 1;
        const KIND: u64 = 2;
        const NAME: u64 = 8;
        const RAW_DATA: u64 = 9;
        let mut tensor = Self::default();
        for field in Fields(bytes) {
            match field? {
                (DIMENSIONS, Value::Number(length)) => tensor.shape.push(length as usize),
                (KIND, Value::Number(kind)) => tensor.kind = kind,
                (NAME, name) => tensor.name = name.bytes()?,
                (RAW_DATA, data) => tensor.data = data.bytes()?,
                _ => {}
            }
        }
        Ok(tensor)
    }

    /// The values as little-endian pairs of bytes; they must be of half precision.
    fn halves(&self) -> Result<&'a [[u8; 2]], Reason> {
        const FLOAT16: u64 = 10;
        let count = self.shape.iter().try_fold(2usize, |bytes, &length| bytes.checked_mul(length));
        if self.kind != FLOAT16 || count != Some(self.data.len()) {
            return Err("weights are not of half precision, or not as many as their shape says");
        }
        Ok(self.data.as_chunks().0)
    }
}

/// The float32 that equals a finite float16.
fn f32_from_half(half: [u8; 2]) -> f32 {
    let half = u16::from_le_bytes(half);
    // The exponents' biases are 127 and 15; the product makes subnormal halves right too.
    const REBIAS: f32 = f32::from_bits((127 + 127 - 15) << 23);
    let magnitude = f32::from_bits(u32::from(half & 0x7fff) << 13) * REBIAS;
    f32::from_bits(magnitude.to_bits() | u32::from(half & 0x8000) << 16)
}

/// The fields of a message: number and value.
struct Fields<'a>(&'a [u8]);

#[derive(Clone, Copy)]
enum Value<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

impl<'a> Value<'a> {
    fn bytes(self) -> Result<&'a [u8], Reason> {
        if let Self::Bytes(bytes) = self {
            Ok(bytes)
        } else {
            Err("a field holds a number where text is expected")
        }
    }
}

impl<'a> Fields<'a> {
    fn number(&mut self) -> Result<u64, Reason> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let (&byte, rest) = self.0.split_first().ok_or(BROKEN_OFF)?;
            self.0 = rest;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err("a number is longer than 64 bits")
    }

    fn take(&mut self, count: u64) -> Result<&'a [u8], Reason> {
        let count = usize::try_from(count).map_err(|_| BROKEN_OFF)?;
        let (taken, rest) = self.0.split_at_checked(count).ok_or(BROKEN_OFF)?;
        self.0 = rest;
        Ok(taken)
    }

    fn field(&mut self) -> Result<(u64, Value<'a>), Reason> {
        let tag = self.number()?;
        let value = match tag & 7 {
            0 => Value::Number(self.number()?),
            1 => Value::Bytes(self.take(8)?),
            2 => {
                let count = self.number()?;
                Value::Bytes(self.take(count)?)
            }
            5 => Value::Bytes(self.take(4)?),
            _ => return Err("a field is of no known kind"),
        };
        Ok((tag >> 3, value))
    }
}

const BROKEN_OFF: Reason = "it breaks off";

impl<'a> Iterator for Fields<'a> {
    type Item = Result<(u64, Value<'a>), Reason>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let field = self.field();
        if field.is_err() {
            self.0 = &[];
        }
        Some(field)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn bytes_field(number: u8, bytes: &[u8]) -> Vec<u8> {
        [&[number << 3 | 2, bytes.len() as u8], bytes].concat()
    }

    fn tensor(name: &str, shape: &[u8], halves: &[u16]) -> Vec<u8> {
        let mut message: Vec<u8> = shape.iter().flat_map(|&length| [1 << 3, length]).collect();
        message.extend([2 << 3, 10]);
        message.extend(bytes_field(8, name.as_bytes()));
        message
            .extend(bytes_field(9, &halves.iter().flat_map(|half| half.to_le_bytes()).collect::<Vec<_>>()));
        bytes_field(5, &message)
    }

    /// A network of one convolution: one output channel, two input channels, 1 × 2 taps.
    fn network() -> Vec<u8> {
        let inputs = ["x", "w", "b"].map(|name| bytes_field(1, name.as_bytes())).concat();
        let node = bytes_field(1, &[inputs, bytes_field(4, b"Conv")].concat());
        let weights = tensor("w", &[1, 2, 1, 2], &[0x3c00, 0x4000, 0xc200, 0x0001]);
        let graph = [node, tensor("b", &[1], &[0x3800]), weights].concat();
        bytes_field(7, &graph)
    }

    #[test]
    fn weights_come_in_the_order_of_the_convolutions_channels_last() {
        let file = network();
        let mut convolutions = Convolutions::read(&file).unwrap();
        let expected = Convolution {
            shape: [1, 1, 2, 2],
            weights: [1.0, -3.0, 2.0, 2f32.powi(-24)].into(),
            bias: [0.5].into(),
        };
        assert_eq!(convolutions.next(), Ok(expected));
        assert_eq!(convolutions.next(), Err("it has too few convolutions"));
    }

    proptest! {
        #[test]
        fn damage_is_survived(at in 0usize..90, byte: u8, length in 0usize..90) {
            let mut file = network();
            let at = at % file.len();
            file[at] = byte;
            file.truncate(length);
            if let Ok(mut convolutions) = Convolutions::read(&file) {
                let _ = convolutions.next();
            }
        }
    }
}
