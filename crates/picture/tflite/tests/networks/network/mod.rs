//! Builds small `.tflite` files, field by field (numbers as in `tensorflow/lite/schema/schema.fbs`).

pub(crate) mod naive;

/// A FlatBuffers table: field numbers and what they hold.
#[derive(Clone, Default)]
pub(crate) struct Table(Vec<(usize, Field)>);

#[derive(Clone)]
pub(crate) enum Field {
    /// A number of up to 32 bits.
    Number(i32),
    Child(Table),
    Children(Vec<Table>),
    Bytes(Vec<u8>),
    Shorts(Vec<u16>),
    Ints(Vec<i32>),
}

impl Table {
    pub(crate) fn with(mut self, index: usize, field: Field) -> Self {
        self.0.push((index, field));
        self
    }

    pub(crate) fn number(self, index: usize, number: i32) -> Self {
        self.with(index, Field::Number(number))
    }

    /// Vtable, table, then what it refers to; returns where the table is.
    fn write(&self, file: &mut Vec<u8>) -> usize {
        let fields = self.0.iter().map(|(index, _)| index + 1).max().unwrap_or(0);
        let vtable = file.len();
        let mut slots = vec![0u16; fields];
        for (place, (index, _)) in self.0.iter().enumerate() {
            slots[*index] = 4 + 4 * place as u16;
        }
        for half in [4 + 2 * fields as u16, 4 + 4 * self.0.len() as u16].iter().chain(&slots) {
            file.extend(half.to_le_bytes());
        }
        file.resize(file.len().next_multiple_of(4), 0);
        let table = file.len();
        file.extend(((table - vtable) as i32).to_le_bytes());
        file.resize(table + 4 + 4 * self.0.len(), 0);
        for (place, (_, field)) in self.0.iter().enumerate() {
            let slot = table + 4 + 4 * place;
            let value = match field {
                Field::Number(number) => *number,
                field => (field.write(file) - slot) as i32,
            };
            file[slot..slot + 4].copy_from_slice(&value.to_le_bytes());
        }
        table
    }

    pub(crate) fn into_file(self) -> Vec<u8> {
        let mut file = vec![0; 8];
        let root = self.write(&mut file);
        file[..4].copy_from_slice(&(root as u32).to_le_bytes());
        file[4..8].copy_from_slice(b"TFL3");
        file
    }
}

impl Field {
    fn write(&self, file: &mut Vec<u8>) -> usize {
        let start = match self {
            Self::Child(table) => return table.write(file),
            _ => file.len().next_multiple_of(4),
        };
        file.resize(start, 0);
        let mut vector = |count: usize, bytes: Vec<u8>| {
            file.extend((count as u32).to_le_bytes());
            file.extend(bytes);
            file.resize(file.len().next_multiple_of(4), 0);
        };
        match self {
            Self::Bytes(bytes) => vector(bytes.len(), bytes.clone()),
            Self::Shorts(shorts) => {
                vector(shorts.len(), shorts.iter().flat_map(|n| n.to_le_bytes()).collect())
            }
            Self::Ints(ints) => vector(ints.len(), ints.iter().flat_map(|n| n.to_le_bytes()).collect()),
            Self::Children(tables) => {
                vector(tables.len(), vec![0; 4 * tables.len()]);
                for (i, table) in tables.iter().enumerate() {
                    let (slot, at) = (start + 4 + 4 * i, table.write(file));
                    file[slot..slot + 4].copy_from_slice(&((at - slot) as u32).to_le_bytes());
                }
            }
            Self::Number(_) | Self::Child(_) => unreachable!("written above or in place"),
        }
        start
    }
}

pub(crate) const FLOAT16: i32 = 1;

/// A network under construction; tensors are their numbers in the file.
#[derive(Default)]
pub(crate) struct Network {
    codes: Vec<Table>,
    operators: Vec<Table>,
    tensors: Vec<Table>,
    buffers: Vec<Table>,
    inputs: Vec<i32>,
    random: u32,
}

impl Network {
    pub(crate) fn new() -> Self {
        // Buffer 0 is the empty one.
        Self { buffers: vec![Table::default()], random: 1, ..Self::default() }
    }

    pub(crate) fn tensor(&mut self, shape: &[usize], kind: i32, buffer: i32) -> i32 {
        let name = format!("t{}", self.tensors.len()).into_bytes();
        let shape = shape.iter().map(|&n| n as i32).collect();
        let table = Table::default().with(0, Field::Ints(shape)).number(1, kind).number(2, buffer);
        self.push(table.with(3, Field::Bytes(name)))
    }

    pub(crate) fn push(&mut self, tensor: Table) -> i32 {
        self.tensors.push(tensor);
        self.tensors.len() as i32 - 1
    }

    pub(crate) fn buffer(&mut self, bytes: Vec<u8>) -> i32 {
        self.buffers.push(Table::default().with(0, Field::Bytes(bytes)));
        self.buffers.len() as i32 - 1
    }

    pub(crate) fn input(&mut self, shape: &[usize]) -> i32 {
        let id = self.tensor(shape, 0, 0);
        self.inputs.push(id);
        id
    }

    pub(crate) fn floats(&mut self, shape: &[usize], values: &[f32]) -> i32 {
        assert_eq!(values.len(), shape.iter().product::<usize>());
        let buffer = self.buffer(values.iter().flat_map(|x| x.to_le_bytes()).collect());
        self.tensor(shape, 0, buffer)
    }

    pub(crate) fn ints(&mut self, values: &[i32]) -> i32 {
        let buffer = self.buffer(values.iter().flat_map(|n| n.to_le_bytes()).collect());
        self.tensor(&[values.len()], 2, buffer)
    }

    /// Constants between −1 and 1.
    pub(crate) fn weights(&mut self, shape: &[usize]) -> i32 {
        let values: Vec<f32> = (0..shape.iter().product()).map(|_| self.next_random()).collect();
        self.floats(shape, &values)
    }

    fn next_random(&mut self) -> f32 {
        self.random = self.random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.random >> 8) as f32 / (1 << 23) as f32 - 1.0
    }

    /// An operator by its number in the schema; returns its result.
    pub(crate) fn op(&mut self, code: i32, inputs: &[i32], output: &[usize], options: Table) -> i32 {
        // Numbers below 127 are in the old field, as older files have them.
        let table =
            if code < 127 { Table::default().number(0, code) } else { Table::default().number(3, code) };
        self.push_operator(table, inputs, output, Table::default().with(4, Field::Child(options)))
    }

    /// A custom operator with its attributes.
    pub(crate) fn custom(
        &mut self,
        name: &str,
        inputs: &[i32],
        output: &[usize],
        attributes: Vec<u8>,
    ) -> i32 {
        let code = Table::default().number(0, 32).with(1, Field::Bytes(name.into()));
        self.push_operator(code, inputs, output, Table::default().with(5, Field::Bytes(attributes)))
    }

    fn push_operator(&mut self, code: Table, inputs: &[i32], output: &[usize], operator: Table) -> i32 {
        let output = self.tensor(output, 0, 0);
        self.codes.push(code);
        let operator = operator
            .number(0, self.codes.len() as i32 - 1)
            .with(1, Field::Ints(inputs.to_vec()))
            .with(2, Field::Ints(vec![output]));
        self.operators.push(operator);
        output
    }

    pub(crate) fn finish(self, outputs: &[i32]) -> Vec<u8> {
        let graph = Table::default()
            .with(0, Field::Children(self.tensors))
            .with(1, Field::Ints(self.inputs))
            .with(2, Field::Ints(outputs.to_vec()))
            .with(3, Field::Children(self.operators));
        Table::default()
            .number(0, 3)
            .with(1, Field::Children(self.codes))
            .with(2, Field::Children(vec![graph]))
            .with(4, Field::Children(self.buffers))
            .into_file()
    }
}

/// Options of CONV_2D (`depthwise`: of DEPTHWISE_CONV_2D).
#[derive(Clone, Copy, Debug)]
pub(crate) struct ConvOptions {
    pub(crate) same: bool,
    pub(crate) stride: [i32; 2],
    pub(crate) dilation: [i32; 2],
    pub(crate) activation: i32,
}

impl Default for ConvOptions {
    fn default() -> Self {
        Self { same: true, stride: [1, 1], dilation: [1, 1], activation: 0 }
    }
}

impl ConvOptions {
    pub(crate) fn table(self, depthwise: bool) -> Table {
        let at = 3 + usize::from(depthwise);
        let table = Table::default()
            .number(0, i32::from(!self.same))
            .number(1, self.stride[1])
            .number(2, self.stride[0]);
        let table = if depthwise { table.number(3, 1) } else { table };
        table.number(at, self.activation).number(at + 1, self.dilation[1]).number(at + 2, self.dilation[0])
    }

    /// The output's height and width.
    pub(crate) fn output(self, size: [usize; 2], kernel: [usize; 2]) -> [usize; 2] {
        [0, 1].map(|axis| {
            let (stride, reach) =
                (self.stride[axis] as usize, (kernel[axis] - 1) * self.dilation[axis] as usize + 1);
            if self.same { size[axis].div_ceil(stride) } else { (size[axis] - reach) / stride + 1 }
        })
    }
}

/// A FlexBuffer map, every width four bytes: names in alphabetical order, each with a number or a list.
pub(crate) fn attributes(entries: &[(&str, &[f32])]) -> Vec<u8> {
    const WIDTH: u8 = 2; // log2 of the bytes
    let mut bytes = Vec::new();
    let keys: Vec<usize> = entries
        .iter()
        .map(|(name, _)| {
            bytes.extend(name.bytes().chain([0]));
            bytes.len() - name.len() - 1
        })
        .collect();
    let lists: Vec<usize> = entries
        .iter()
        .map(|(_, values)| {
            if values.len() > 1 {
                bytes.extend((values.len() as u32).to_le_bytes());
                bytes.extend(values.iter().flat_map(|&x| (x as i32).to_le_bytes()));
            }
            bytes.len() - 4 * values.len()
        })
        .collect();
    bytes.extend((keys.len() as u32).to_le_bytes());
    let key_vector = bytes.len();
    for key in keys {
        bytes.extend(((bytes.len() - key) as u32).to_le_bytes());
    }
    bytes.extend(((bytes.len() - key_vector) as u32).to_le_bytes());
    bytes.extend(4u32.to_le_bytes());
    bytes.extend((entries.len() as u32).to_le_bytes());
    let values = bytes.len();
    for ((_, numbers), list) in entries.iter().zip(&lists) {
        match numbers {
            [number] => bytes.extend(number.to_le_bytes()),
            _ => bytes.extend(((bytes.len() - list) as u32).to_le_bytes()),
        }
    }
    // Types: float, or vector of int.
    bytes.extend(entries.iter().map(|(_, numbers)| (if numbers.len() == 1 { 3 } else { 11 }) << 2 | WIDTH));
    let root = bytes.len();
    bytes.extend(((root - values) as u32).to_le_bytes());
    bytes.extend([9 << 2 | WIDTH, 4]);
    bytes
}
