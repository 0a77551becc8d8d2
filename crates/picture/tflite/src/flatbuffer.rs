//! Reads FlatBuffers: tables whose fields are found through a vtable of 16-bit offsets, every reference a
//! 32-bit offset forward from where it stands (<https://flatbuffers.dev/internals>).
//!
//! Nothing is trusted: each read is checked against the end of the file, and nothing is followed recursively.

use crate::error::{Result, malformed};

/// A table inside the bytes of a file. A field that the file leaves out reads as its default.
#[derive(Clone, Copy)]
pub(crate) struct Table<'a> {
    bytes: &'a [u8],
    at: usize,
    /// The field offsets, two bytes each, counted from `at`; zero: not there.
    fields: &'a [u8],
}

impl<'a> Table<'a> {
    /// The table that the file's first four bytes point to.
    pub(crate) fn root(bytes: &'a [u8]) -> Result<Self> {
        Self::at(bytes, read_u32(bytes, 0)? as usize)
    }

    fn at(bytes: &'a [u8], at: usize) -> Result<Self> {
        let back = i64::from(read_u32(bytes, at)?.cast_signed());
        let Some(vtable) = usize::try_from(at as i64 - back).ok() else {
            return malformed("a table's vtable lies before the file");
        };
        let length = usize::from(read_u16(bytes, vtable)?);
        match vtable.checked_add(length).and_then(|end| bytes.get(vtable..end)) {
            Some(vtable) if length >= 4 => Ok(Self { bytes, at, fields: &vtable[4..] }),
            _ => malformed("a vtable reaches past the end of the file"),
        }
    }

    fn field(&self, index: usize) -> Option<usize> {
        let offset = self.fields.get(2 * index..2 * index + 2)?;
        let offset = usize::from(u16::from_le_bytes([offset[0], offset[1]]));
        (offset != 0).then(|| self.at + offset)
    }

    pub(crate) fn u8(&self, index: usize, default: u8) -> Result<u8> {
        self.field(index).map_or(Ok(default), |at| Ok(read::<1>(self.bytes, at)?[0]))
    }

    pub(crate) fn i8(&self, index: usize, default: i8) -> Result<i8> {
        self.u8(index, default.cast_unsigned()).map(u8::cast_signed)
    }

    pub(crate) fn bool(&self, index: usize) -> Result<bool> {
        Ok(self.u8(index, 0)? != 0)
    }

    pub(crate) fn u32(&self, index: usize, default: u32) -> Result<u32> {
        self.field(index).map_or(Ok(default), |at| read_u32(self.bytes, at))
    }

    pub(crate) fn i32(&self, index: usize, default: i32) -> Result<i32> {
        self.u32(index, default.cast_unsigned()).map(u32::cast_signed)
    }

    pub(crate) fn table(&self, index: usize) -> Result<Option<Self>> {
        self.field(index).map(|at| Self::at(self.bytes, follow(self.bytes, at)?)).transpose()
    }

    /// The tables of a vector, at most `limit` of them.
    pub(crate) fn tables(&self, index: usize, limit: usize) -> Result<Vec<Self>> {
        let Some((start, references)) = self.vector(index, 4)? else { return Ok(Vec::new()) };
        let count = references.len() / 4;
        if count > limit {
            return malformed(format!("a list of {count} entries, where {limit} is the limit"));
        }
        (0..count).map(|i| Self::at(self.bytes, follow(self.bytes, start + 4 * i)?)).collect()
    }

    /// The bytes of a vector of bytes; empty if it is not there.
    pub(crate) fn bytes(&self, index: usize) -> Result<&'a [u8]> {
        Ok(self.vector(index, 1)?.map_or(&[], |(_, bytes)| bytes))
    }

    /// A vector of at most `limit` 16-bit numbers; empty if it is not there.
    pub(crate) fn u16s(&self, index: usize, limit: usize) -> Result<Vec<u16>> {
        Ok(self.short_vector(index, limit)?.iter().map(|&b| u16::from_le_bytes(b)).collect())
    }

    /// A vector of at most `limit` 32-bit numbers; empty if it is not there.
    pub(crate) fn i32s(&self, index: usize, limit: usize) -> Result<Vec<i32>> {
        Ok(self.short_vector(index, limit)?.iter().map(|&b| i32::from_le_bytes(b)).collect())
    }

    fn short_vector<const SIZE: usize>(&self, index: usize, limit: usize) -> Result<&'a [[u8; SIZE]]> {
        let elements = self.vector(index, SIZE)?.map_or(&[][..], |(_, bytes)| bytes.as_chunks().0);
        if elements.len() > limit {
            return malformed(format!("a list of {} numbers, where {limit} is the limit", elements.len()));
        }
        Ok(elements)
    }

    /// A string; empty if it is not there.
    pub(crate) fn string(&self, index: usize) -> Result<&'a str> {
        match std::str::from_utf8(self.bytes(index)?) {
            Ok(text) => Ok(text),
            Err(_) => malformed("a name is not UTF-8"),
        }
    }

    /// Where a vector's elements start, and their bytes.
    fn vector(&self, index: usize, element_size: usize) -> Result<Option<(usize, &'a [u8])>> {
        let Some(at) = self.field(index) else { return Ok(None) };
        let at = follow(self.bytes, at)?;
        let count = read_u32(self.bytes, at)? as usize;
        let start = at + 4;
        match count.checked_mul(element_size).and_then(|size| self.bytes.get(start..start.checked_add(size)?))
        {
            Some(bytes) => Ok(Some((start, bytes))),
            None => malformed(format!("a list of {count} entries reaches past the end of the file")),
        }
    }
}

fn follow(bytes: &[u8], at: usize) -> Result<usize> {
    match at.checked_add(read_u32(bytes, at)? as usize) {
        Some(target) if target < bytes.len() => Ok(target),
        _ => malformed("a reference points past the end of the file"),
    }
}

fn read<const N: usize>(bytes: &[u8], at: usize) -> Result<[u8; N]> {
    match bytes.get(at..).and_then(|rest| rest.first_chunk()) {
        Some(found) => Ok(*found),
        None => malformed("it ends in the middle of a table"),
    }
}

fn read_u16(bytes: &[u8], at: usize) -> Result<u16> {
    Ok(u16::from_le_bytes(read(bytes, at)?))
}

fn read_u32(bytes: &[u8], at: usize) -> Result<u32> {
    Ok(u32::from_le_bytes(read(bytes, at)?))
}
