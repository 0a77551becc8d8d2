//! Reads the FlexBuffers that hold the attributes of custom operators: one map of names to numbers or to lists of
//! whole numbers (<https://flatbuffers.dev/flatbuffers_internals.html#flexbuffers>). Nothing else is needed here.
//!
//! A value's type byte is `type << 2 | log2(width)`. References count backwards from where they stand.

use crate::error::{Error, Result, malformed};

/// A map of attributes.
pub(crate) struct Map<'a> {
    bytes: &'a [u8],
    /// Where the values start; their type bytes follow them.
    values: usize,
    /// Where the references to the keys start.
    keys: usize,
    count: usize,
    width: usize,
    key_width: usize,
}

const INT: u8 = 1;
const UINT: u8 = 2;
const FLOAT: u8 = 3;
const INDIRECT_INT: u8 = 6;
const INDIRECT_UINT: u8 = 7;
const INDIRECT_FLOAT: u8 = 8;
const MAP: u8 = 9;
const VECTOR: u8 = 10;
const VECTOR_INT: u8 = 11;
const VECTOR_UINT: u8 = 12;

/// No attribute of the operators known here is a longer list.
const MAX_ENTRIES: usize = 4096;

impl<'a> Map<'a> {
    pub(crate) fn root(bytes: &'a [u8]) -> Result<Self> {
        let [.., kind, width] = *bytes else { return malformed("an operator's attributes are empty") };
        let width = usize::from(width);
        let Some(root) = bytes.len().checked_sub(2 + width) else { return bad() };
        if kind >> 2 != MAP {
            return malformed("an operator's attributes are not a map");
        }
        let (values, width) = (back(bytes, root, width)?, 1 << (kind & 3));
        // Before a map's values: the reference to its keys, the keys' width, the count.
        let Some(header) = values.checked_sub(3 * width) else { return bad() };
        let keys = back(bytes, header, width)?;
        let key_width = uint(bytes, header + width, width)? as usize;
        let count = uint(bytes, header + 2 * width, width)? as usize;
        if count > MAX_ENTRIES || !matches!(key_width, 1 | 2 | 4 | 8) {
            return bad();
        }
        Ok(Self { bytes, values, keys, count, width, key_width })
    }

    pub(crate) fn number(&self, name: &str) -> Result<f64> {
        let (at, kind) = self.value(name)?;
        number(self.bytes, at, kind, self.width)
    }

    pub(crate) fn numbers(&self, name: &str) -> Result<Vec<f64>> {
        let (at, kind) = self.value(name)?;
        let (start, width) = (back(self.bytes, at, self.width)?, 1 << (kind & 3));
        let Some(count_at) = start.checked_sub(width) else { return bad() };
        let count = uint(self.bytes, count_at, width)? as usize;
        if count > MAX_ENTRIES {
            return bad();
        }
        let element_kind = |i| match kind >> 2 {
            VECTOR_INT => Ok(INT << 2),
            VECTOR_UINT => Ok(UINT << 2),
            VECTOR => Ok(read(self.bytes, start + count * width + i)?),
            _ => malformed(format!("the attribute `{name}` is no list")),
        };
        (0..count).map(|i| number(self.bytes, start + i * width, element_kind(i)?, width)).collect()
    }

    /// Where the value of `name` stands, and its type byte.
    fn value(&self, name: &str) -> Result<(usize, u8)> {
        for i in 0..self.count {
            let key = back(self.bytes, self.keys + i * self.key_width, self.key_width)?;
            let Some(rest) = self.bytes.get(key..) else { return bad() };
            if rest.strip_prefix(name.as_bytes()).is_some_and(|rest| rest.first() == Some(&0)) {
                let kind = read(self.bytes, self.values + self.count * self.width + i)?;
                return Ok((self.values + i * self.width, kind));
            }
        }
        malformed(format!("an operator lacks its attribute `{name}`"))
    }
}

fn number(bytes: &[u8], at: usize, kind: u8, width: usize) -> Result<f64> {
    let (at, width, kind) = match kind >> 2 {
        INDIRECT_INT | INDIRECT_UINT | INDIRECT_FLOAT => {
            (back(bytes, at, width)?, 1 << (kind & 3), (kind >> 2) - 5)
        }
        direct => (at, width, direct),
    };
    let raw = uint(bytes, at, width)?;
    let unused_bits = 64 - 8 * width as u32;
    match (kind, width) {
        (INT, _) => Ok((raw.cast_signed() << unused_bits >> unused_bits) as f64),
        (UINT, _) => Ok(raw as f64),
        (FLOAT, 4) => Ok(f64::from(f32::from_bits(raw as u32))),
        (FLOAT, 8) => Ok(f64::from_bits(raw)),
        _ => malformed("an operator's attribute is not a number"),
    }
}

fn back(bytes: &[u8], at: usize, width: usize) -> Result<usize> {
    let distance = uint(bytes, at, width)?;
    usize::try_from(distance).ok().and_then(|distance| at.checked_sub(distance)).ok_or_else(bad_error)
}

fn uint(bytes: &[u8], at: usize, width: usize) -> Result<u64> {
    let found = at.checked_add(width).and_then(|end| bytes.get(at..end)).ok_or_else(bad_error)?;
    let mut raw = [0; 8];
    raw.get_mut(..width).ok_or_else(bad_error)?.copy_from_slice(found);
    Ok(u64::from_le_bytes(raw))
}

fn read(bytes: &[u8], at: usize) -> Result<u8> {
    bytes.get(at).copied().ok_or_else(bad_error)
}

fn bad<T>() -> Result<T> {
    Err(bad_error())
}

fn bad_error() -> Error {
    Error::Malformed("an operator's attributes are damaged".into())
}
