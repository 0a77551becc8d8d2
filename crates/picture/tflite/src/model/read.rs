//! From the tables of a file to a checked [`Model`]. Field numbers are those of `tensorflow/lite/schema/schema.fbs`.

use std::sync::Arc;

use super::constant::{Sparsity, f32s, f32s_from_f16};
use super::operator::{Operator, TensorId};
use super::options::{Code, RawOperator};
use super::shape;
use super::{Model, Tensor, TensorInfo};
use crate::error::{Error, Result, malformed, too_large, unsupported};
use crate::flatbuffer::Table;

const MAX_TENSORS: usize = 1 << 14;
const MAX_OPERATORS: usize = 1 << 12;
const MAX_OPERANDS: usize = 64;
const MAX_RANK: usize = 6;
const MAX_NAME_BYTES: usize = 512;
/// 512 MB of float32, for one tensor as for all constants together.
const MAX_ELEMENTS: usize = 1 << 27;
/// Filling in a sparse constant takes many times its own memory.
const MAX_SPARSE_ELEMENTS: usize = 1 << 22;
/// A few seconds on one core; the largest network of pose tracking takes 2³¹.
const MAX_MULTIPLY_ADDS: u64 = 1 << 34;

const FLOAT32: i8 = 0;
const FLOAT16: i8 = 1;
const INT32: i8 = 2;

/// A tensor as the file gives it.
struct RawTensor<'a> {
    name: &'a str,
    shape: Vec<usize>,
    kind: i8,
    data: &'a [u8],
    sparsity: Option<Table<'a>>,
}

pub(super) fn read(bytes: &[u8]) -> Result<Model> {
    let file = Table::root(bytes)?;
    if bytes.get(4..8) != Some(b"TFL3") {
        return malformed("it does not bear the mark TFL3");
    }
    let graphs = file.tables(2, 16)?;
    let [graph] = graphs.as_slice() else {
        return unsupported(format!("a network of {} graphs, where one is expected", graphs.len()));
    };
    let codes = file.tables(1, MAX_OPERATORS)?.into_iter().map(read_code).collect::<Result<Vec<_>>>()?;
    let buffers = file.tables(4, MAX_TENSORS)?;
    let raw = graph.tables(0, MAX_TENSORS)?;
    let raw = raw.into_iter().map(|table| read_tensor(table, &buffers)).collect::<Result<Vec<_>>>()?;
    let ids = |field| -> Result<Vec<TensorId>> {
        graph.i32s(field, MAX_OPERANDS)?.into_iter().map(|id| tensor_id(id, raw.len())).collect()
    };
    let (inputs, outputs) = (ids(1)?, ids(2)?);
    let mut reader = Reader::new(&raw, &inputs)?;
    for table in graph.tables(3, MAX_OPERATORS)? {
        reader.operator(table, &codes)?;
    }
    reader.finish(inputs, outputs)
}

struct Reader<'a> {
    raw: &'a [RawTensor<'a>],
    tensors: Vec<Tensor>,
    operators: Vec<Operator>,
    /// Whether a tensor has a value at the point reached: it is an input, or an operator has computed it.
    computed: Vec<bool>,
    constant_elements: usize,
    multiply_adds: u64,
}

impl<'a> Reader<'a> {
    fn new(raw: &'a [RawTensor<'a>], inputs: &[TensorId]) -> Result<Self> {
        let info =
            |tensor: &RawTensor<'_>| TensorInfo { name: tensor.name.to_owned(), shape: tensor.shape.clone() };
        let mut computed = vec![false; raw.len()];
        for &id in inputs {
            if raw[id].kind != FLOAT32 || !raw[id].data.is_empty() || computed[id] {
                return unsupported("an input that is not float32, is a constant or is named twice");
            }
            computed[id] = true;
        }
        let tensors = raw.iter().map(|tensor| Tensor { info: info(tensor), constant: None }).collect();
        Ok(Self { raw, tensors, operators: Vec::new(), computed, constant_elements: 0, multiply_adds: 0 })
    }

    fn operator(&mut self, table: Table<'a>, codes: &[Code<'a>]) -> Result<()> {
        let Some(&code) = codes.get(table.u32(0, 0)? as usize) else {
            return malformed("an operator has no code");
        };
        let mut inputs = table.i32s(1, MAX_OPERANDS)?;
        // A layer without a bias names tensor −1.
        if inputs.len() == 3 && inputs[2] == -1 {
            inputs.pop();
        }
        let inputs =
            inputs.into_iter().map(|id| tensor_id(id, self.raw.len())).collect::<Result<Vec<TensorId>>>()?;
        let &[output] = table.i32s(2, MAX_OPERANDS)?.as_slice() else {
            return unsupported("an operator with other than one result");
        };
        let output = tensor_id(output, self.raw.len())?;
        if self.computed[output]
            || self.tensors[output].constant.is_some()
            || !self.raw[output].data.is_empty()
        {
            return malformed("an operator overwrites a tensor");
        }
        if code == Code::DENSIFY || code == Code::DEQUANTIZE {
            return self.widen(&inputs, output);
        }
        let raw = RawOperator {
            code,
            options: table.table(4)?,
            custom_options: table.bytes(5)?,
            inputs: inputs.iter().map(|&id| self.raw[id].shape.as_slice()).collect(),
            arguments: inputs.iter().map(|&id| self.raw[id].argument()).collect(),
            output: &self.raw[output].shape,
        };
        let (op, operands) = raw.resolve()?;
        let Some(operands) = inputs.get(..operands) else { return malformed("an operator lacks an operand") };
        for &id in operands {
            self.require(id)?;
        }
        if self.raw[output].kind != FLOAT32 {
            return unsupported("an operator whose result is not float32");
        }
        self.computed[output] = true;
        let operator = Operator { op, inputs: operands.to_vec(), output };
        self.multiply_adds += shape::check(&operator, &self.tensors)?;
        if self.multiply_adds > MAX_MULTIPLY_ADDS {
            return too_large(format!("a run takes more than {MAX_MULTIPLY_ADDS} multiplications"));
        }
        self.operators.push(operator);
        Ok(())
    }

    /// DENSIFY and DEQUANTIZE of constants: their result is a constant.
    fn widen(&mut self, inputs: &[TensorId], output: TensorId) -> Result<()> {
        let &[input] = inputs else { return malformed("a constant made from other than one tensor") };
        if self.raw[input].shape != self.raw[output].shape {
            return malformed("a constant changes its shape");
        }
        let known = self.tensors[input].constant.clone();
        let constant = known.map_or_else(|| self.decode(input), Ok)?;
        self.tensors[output].constant = Some(constant);
        Ok(())
    }

    /// Makes sure that an operand has a value: if it is a constant, decodes it.
    fn require(&mut self, id: TensorId) -> Result<()> {
        if self.computed[id] || self.tensors[id].constant.is_some() {
            return Ok(());
        }
        if self.raw[id].kind != FLOAT32 {
            return unsupported("an operand that is not float32");
        }
        self.tensors[id].constant = Some(self.decode(id)?);
        Ok(())
    }

    fn decode(&mut self, id: TensorId) -> Result<Arc<[f32]>> {
        let RawTensor { ref shape, kind, data, sparsity, .. } = self.raw[id];
        if data.is_empty() {
            return malformed("an operand is used before it is computed");
        }
        let elements = shape.iter().product();
        self.constant_elements = self.constant_elements.saturating_add(elements);
        if self.constant_elements > MAX_ELEMENTS {
            return too_large("its constants take more than 512 MB");
        }
        let element_size = if kind == FLOAT32 { 4 } else { 2 };
        let fits = if sparsity.is_none() {
            data.len() == elements * element_size
        } else {
            data.len() <= elements * element_size
        };
        if !fits {
            return malformed("a constant has more or fewer values than its shape");
        }
        let values = match kind {
            FLOAT32 => f32s(data),
            FLOAT16 => f32s_from_f16(data),
            _ => return unsupported("a constant that is neither float32 nor float16"),
        };
        let Some(sparsity) = sparsity else { return Ok(values.into()) };
        if elements > MAX_SPARSE_ELEMENTS {
            return too_large(format!("a sparse constant of {elements} elements"));
        }
        Ok(Sparsity::read(sparsity, shape)?.densify(&values, elements)?.into())
    }

    fn finish(self, inputs: Vec<TensorId>, outputs: Vec<TensorId>) -> Result<Model> {
        let Self { tensors, operators, computed, multiply_adds, .. } = self;
        if outputs.is_empty() || outputs.iter().any(|&id| !computed[id]) {
            return malformed("an output is not computed");
        }
        Ok(Model { tensors, operators, inputs, outputs, multiply_adds })
    }
}

impl RawTensor<'_> {
    /// The values of a short constant of whole numbers: an argument such as a size or an axis.
    fn argument(&self) -> Option<Vec<i32>> {
        let count: usize = self.shape.iter().product();
        let short = self.kind == INT32 && count <= 2 * MAX_RANK && self.data.len() == 4 * count;
        short.then(|| self.data.as_chunks().0.iter().map(|&n| i32::from_le_bytes(n)).collect())
    }
}

fn tensor_id(id: i32, count: usize) -> Result<TensorId> {
    match usize::try_from(id) {
        Ok(id) if id < count => Ok(id),
        _ => malformed(format!("there is no tensor {id}")),
    }
}

fn read_code(table: Table<'_>) -> Result<Code<'_>> {
    const CUSTOM: i32 = 32;
    // The schema's first field ran out of numbers; newer operators are in the last.
    match i32::from(table.i8(0, 0)?).max(table.i32(3, 0)?) {
        CUSTOM => Ok(Code::Custom(table.string(1)?)),
        code => Ok(Code::Builtin(code)),
    }
}

fn read_tensor<'a>(table: Table<'a>, buffers: &[Table<'a>]) -> Result<RawTensor<'a>> {
    let name = table.string(3)?;
    if name.len() > MAX_NAME_BYTES {
        return malformed("a tensor's name is longer than 512 bytes");
    }
    let Some(buffer) = buffers.get(table.u32(2, 0)? as usize) else {
        return malformed(format!("the tensor `{name}` has no buffer"));
    };
    let shape = read_shape(table)?;
    Ok(RawTensor { name, shape, kind: table.i8(1, 0)?, data: buffer.bytes(0)?, sparsity: table.table(6)? })
}

fn read_shape(table: Table<'_>) -> Result<Vec<usize>> {
    let mut elements = 1usize;
    let mut shape = Vec::new();
    for length in table.i32s(0, MAX_RANK)? {
        let Some(length) = usize::try_from(length).ok().filter(|&length| length > 0) else {
            return unsupported(format!("a dimension of length {length}"));
        };
        elements = elements.saturating_mul(length);
        shape.push(length);
    }
    if elements > MAX_ELEMENTS {
        return Err(Error::TooLarge(format!("a tensor of the shape {shape:?} takes more than 512 MB")));
    }
    Ok(shape)
}
