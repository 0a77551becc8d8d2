//! Constants of a file as float32: half precision widened, sparse ones filled in.

use crate::error::{Result, malformed, unsupported};
use crate::flatbuffer::Table;

/// The float32 that equals a float16.
pub(crate) fn f32_from_f16(half: u16) -> f32 {
    let sign = u32::from(half & 0x8000) << 16;
    let magnitude = u32::from(half & 0x7fff) << 13;
    match half & 0x7c00 {
        0x7c00 => f32::from_bits(sign | 0x7f80_0000 | magnitude & 0x007f_ffff),
        // Subnormal halves are normal floats: let the multiplication find the exponent.
        0 => f32::from_bits(sign | (f32::from(half & 0x3ff) * 2f32.powi(-24)).to_bits()),
        _ => f32::from_bits(sign | (magnitude + ((127 - 15) << 23))),
    }
}

pub(crate) fn f32s_from_f16(bytes: &[u8]) -> Vec<f32> {
    bytes.as_chunks().0.iter().map(|&half| f32_from_f16(u16::from_le_bytes(half))).collect()
}

pub(crate) fn f32s(bytes: &[u8]) -> Vec<f32> {
    bytes.as_chunks().0.iter().map(|&float| f32::from_le_bytes(float)).collect()
}

/// How a sparse tensor's values lie in its buffer: TensorFlow Lite's `SparsityParameters`.
///
/// The dense tensor's dimensions, some of them split into blocks, are nested in the traversal order; each level is
/// dense (every index present) or CSR (the indices present are listed).
pub(crate) struct Sparsity {
    levels: Vec<Level>,
}

struct Level {
    /// How far the dense position moves for a step of this level's index.
    stride: usize,
    size: usize,
    format: LevelFormat,
}

enum LevelFormat {
    Dense { size: usize },
    Csr { segments: Vec<usize>, indices: Vec<usize> },
}

/// Four dimensions and as many blocks.
const MAX_LEVELS: usize = 16;

impl Sparsity {
    pub(crate) fn read(table: Table<'_>, shape: &[usize]) -> Result<Self> {
        let order = table.i32s(0, MAX_LEVELS)?;
        let blocked = table.i32s(1, MAX_LEVELS)?;
        let metadata = table.tables(2, MAX_LEVELS)?;
        if order.len() != metadata.len() || order.len() != shape.len() + blocked.len() {
            return malformed("a sparse tensor's dimensions do not match its shape");
        }
        // No level has more entries than there are elements, and a segment more where it is bounded.
        let limit = shape.iter().product::<usize>() + 1;
        let formats =
            metadata.into_iter().map(|table| read_format(table, limit)).collect::<Result<Vec<_>>>()?;
        Ok(Self { levels: levels(&order, &blocked, formats, shape)? })
    }

    /// The dense tensor of `elements` values; `values` are those present.
    pub(crate) fn densify(&self, values: &[f32], elements: usize) -> Result<Vec<f32>> {
        let mut dense = vec![0.0; elements];
        // (dense position, position within the level) of everything present so far, refined level by level.
        let mut present = vec![(0, 0)];
        for level in &self.levels {
            present = level.expand(&present, elements)?;
        }
        if present.len() > values.len() {
            return malformed("a sparse tensor has fewer values than places for them");
        }
        for (&(position, _), &value) in present.iter().zip(values) {
            let Some(place) = dense.get_mut(position) else {
                return malformed("a sparse index is out of range");
            };
            *place = value;
        }
        Ok(dense)
    }
}

impl Level {
    fn expand(&self, parents: &[(usize, usize)], elements: usize) -> Result<Vec<(usize, usize)>> {
        let mut children = Vec::new();
        for &(base, parent) in parents {
            match &self.format {
                LevelFormat::Dense { size } if children.len() + size <= elements => {
                    children.extend((0..*size).map(|i| (base + i * self.stride, parent * size + i)));
                }
                LevelFormat::Dense { .. } => {
                    return malformed("a sparse tensor has more values than elements");
                }
                LevelFormat::Csr { segments, indices } => {
                    let range = match segments.get(parent..=parent + 1) {
                        Some(&[start, end]) if start <= end && end <= indices.len() => start..end,
                        _ => return malformed("a sparse tensor's segments are out of order"),
                    };
                    for i in range {
                        if indices[i] >= self.size {
                            return malformed("a sparse index is out of range");
                        }
                        children.push((base + indices[i] * self.stride, i));
                    }
                }
            }
            if children.len() > elements {
                return malformed("a sparse tensor has more values than elements");
            }
        }
        Ok(children)
    }
}

fn read_format(table: Table<'_>, limit: usize) -> Result<LevelFormat> {
    const DENSE: i8 = 0;
    const CSR: i8 = 1;
    match table.i8(0, DENSE)? {
        DENSE => match usize::try_from(table.i32(1, 0)?) {
            Ok(size) if size > 0 => Ok(LevelFormat::Dense { size }),
            _ => malformed("a sparse tensor has a dimension without length"),
        },
        CSR => {
            let segments = indices(table, 2, limit)?;
            Ok(LevelFormat::Csr { segments, indices: indices(table, 4, limit)? })
        }
        _ => unsupported("a sparse tensor in an unknown format"),
    }
}

/// Joins every level of the traversal order to its place in the dense tensor.
fn levels(order: &[i32], blocked: &[i32], formats: Vec<LevelFormat>, shape: &[usize]) -> Result<Vec<Level>> {
    let rank = shape.len();
    let Some(blocked) =
        blocked.iter().map(|&d| usize::try_from(d).ok().filter(|&d| d < rank)).collect::<Option<Vec<_>>>()
    else {
        return malformed("a sparse tensor's block belongs to no dimension");
    };
    let mut level_of = vec![None; order.len()];
    for (level, &dimension) in order.iter().enumerate() {
        match usize::try_from(dimension).ok().and_then(|d| level_of.get_mut(d)) {
            Some(place @ None) => *place = Some(level),
            _ => return malformed("a sparse tensor's traversal order is no order"),
        }
    }
    // Each dimension's length in blocks, and how far one index moves the dense position.
    let mut size = shape.to_vec();
    let mut stride: Vec<usize> = (0..rank).map(|d| shape[d + 1..].iter().product()).collect();
    for (block, &dimension) in blocked.iter().enumerate() {
        let Some(&LevelFormat::Dense { size: side }) = level_of[rank + block].map(|level| &formats[level])
        else {
            return unsupported("a sparse tensor whose blocks are sparse");
        };
        if !size[dimension].is_multiple_of(side) {
            return malformed("a sparse tensor's blocks do not fill its shape");
        }
        size.push(side);
        stride.push(stride[dimension]);
        size[dimension] /= side;
        stride[dimension] *= side;
    }
    let placed = order.iter().zip(formats).map(|(&dimension, format)| {
        let (size, stride) = (size[dimension as usize], stride[dimension as usize]);
        match format {
            LevelFormat::Dense { size: found } if found != size => {
                malformed("a sparse tensor's sizes contradict its shape")
            }
            format => Ok(Level { stride, size, format }),
        }
    });
    placed.collect()
}

/// A `SparseIndexVector` union: its type in field `index`, its table in the next.
fn indices(table: Table<'_>, index: usize, limit: usize) -> Result<Vec<usize>> {
    let Some(vector) = table.table(index + 1)? else { return malformed("a sparse tensor lacks its indices") };
    let unsigned = |i: i32| usize::try_from(i).or_else(|_| malformed("a sparse tensor's index is negative"));
    match table.u8(index, 0)? {
        1 => vector.i32s(0, limit)?.into_iter().map(unsigned).collect(),
        2 => Ok(vector.u16s(0, limit)?.into_iter().map(usize::from).collect()),
        3 if vector.bytes(0)?.len() <= limit => {
            Ok(vector.bytes(0)?.iter().map(|&i| usize::from(i)).collect())
        }
        _ => unsupported("a sparse tensor with an unknown kind of index"),
    }
}
