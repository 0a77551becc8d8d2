//! ZIP archives of a few small parts: as much of the format as a character's file takes (PKWARE, APPNOTE 6.3: stored and
//! deflated entries, one disk, no encryption, none of the extensions for great sizes).

use std::io::{self, Read as _, Write as _};

use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};

/// Entries that are listed, at most.
const MAX_ENTRIES: usize = 64;

const STORED: u16 = 0;
const DEFLATED: u16 = 8;

const LOCAL_HEADER: &[u8] = b"PK\x03\x04";
const LOCAL_HEADER_BYTES: usize = 30;
const CENTRAL_HEADER: &[u8] = b"PK\x01\x02";
const CENTRAL_HEADER_BYTES: usize = 46;
const END: &[u8] = b"PK\x05\x06";
const END_BYTES: usize = 22;
/// How long the comment behind the end may be.
const COMMENT_BYTES: usize = u16::MAX as usize;

/// Version 2.0 of the format, the first with deflated entries; and the first day that it can tell.
const VERSION: u16 = 20;
const DATE: u16 = 1 << 5 | 1;

/// Why an archive cannot be read; each message is a clause.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// It breaks off, or says of itself what cannot be.
    #[error("it is no whole ZIP archive")]
    Damaged,
    /// More entries than are listed.
    #[error("it holds more than {MAX_ENTRIES} entries")]
    TooMany,
    /// A part is encrypted, or compressed in a way that is not read.
    #[error("its {0} is encrypted, or packed in another way than stored or deflated")]
    Unsupported(&'static str),
    /// A part unpacks to more than it may.
    #[error("its {name} is larger than {limit} bytes")]
    TooLarge {
        /// Which part.
        name: &'static str,
        /// How many bytes are read.
        limit: u64,
    },
    /// A part that cannot be unpacked, or is not what was packed.
    #[error("its {0} is damaged")]
    DamagedPart(&'static str),
    /// A part that is not there.
    #[error("it holds no {0}")]
    Missing(&'static str),
}

/// An archive in memory.
pub(crate) struct Archive<'a> {
    bytes: &'a [u8],
    entries: Vec<Entry<'a>>,
}

/// What the archive's list says of an entry.
struct Entry<'a> {
    name: &'a [u8],
    encrypted: bool,
    method: u16,
    crc: u32,
    packed_bytes: usize,
    local_header: usize,
}

impl<'a> Archive<'a> {
    /// Reads the list of entries at the end of the archive.
    pub(crate) fn open(bytes: &'a [u8]) -> Result<Self, ArchiveError> {
        let from = bytes.len().saturating_sub(END_BYTES + COMMENT_BYTES);
        let end = bytes[from..].windows(END.len()).rposition(|window| window == END);
        let end = Fields(bytes).from(from + end.ok_or(ArchiveError::Damaged)?)?;
        let count = usize::from(end.u16(10)?);
        if count > MAX_ENTRIES {
            return Err(ArchiveError::TooMany);
        }
        let mut list = Fields(bytes).from(end.u32(16)? as usize)?;
        let mut entries = Vec::with_capacity(count);
        for _ in 0..count {
            if !list.0.starts_with(CENTRAL_HEADER) {
                return Err(ArchiveError::Damaged);
            }
            let [name, extra, comment] = [28, 30, 32].map(|at| list.u16(at).map(usize::from));
            let name = name?;
            entries.push(Entry {
                name: list.part(CENTRAL_HEADER_BYTES, name)?,
                encrypted: list.u16(8)? & 1 == 1,
                method: list.u16(10)?,
                crc: list.u32(16)?,
                packed_bytes: list.u32(20)? as usize,
                local_header: list.u32(42)? as usize,
            });
            list = list.from(CENTRAL_HEADER_BYTES + name + extra? + comment?)?;
        }
        Ok(Self { bytes, entries })
    }

    /// The entries' names, as they are stored.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'a [u8]> {
        self.entries.iter().map(|entry| entry.name)
    }

    /// The part of this name, unpacked: at most `limit` bytes, whatever the archive says of it.
    pub(crate) fn read(&self, name: &'static str, limit: u64) -> Result<Vec<u8>, ArchiveError> {
        let entry = self.entries.iter().find(|entry| entry.name == name.as_bytes());
        let entry = entry.ok_or(ArchiveError::Missing(name))?;
        let local = Fields(self.bytes).from(entry.local_header)?;
        if !local.0.starts_with(LOCAL_HEADER) {
            return Err(ArchiveError::Damaged);
        }
        let before = LOCAL_HEADER_BYTES + usize::from(local.u16(26)?) + usize::from(local.u16(28)?);
        let packed = local.part(before, entry.packed_bytes)?;
        let mut bytes = Vec::new();
        let unpacked = match entry.method {
            _ if entry.encrypted => return Err(ArchiveError::Unsupported(name)),
            STORED => packed.take(limit + 1).read_to_end(&mut bytes),
            DEFLATED => DeflateDecoder::new(packed).take(limit + 1).read_to_end(&mut bytes),
            _ => return Err(ArchiveError::Unsupported(name)),
        };
        if bytes.len() as u64 > limit {
            return Err(ArchiveError::TooLarge { name, limit });
        }
        let mut crc = Crc::new();
        crc.update(&bytes);
        if unpacked.is_err() || crc.sum() != entry.crc {
            return Err(ArchiveError::DamagedPart(name));
        }
        Ok(bytes)
    }
}

/// Little-endian numbers at places of a header.
#[derive(Clone, Copy)]
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn from(self, at: usize) -> Result<Self, ArchiveError> {
        self.0.get(at..).map(Self).ok_or(ArchiveError::Damaged)
    }

    fn part(self, at: usize, length: usize) -> Result<&'a [u8], ArchiveError> {
        self.from(at)?.0.get(..length).ok_or(ArchiveError::Damaged)
    }

    fn u16(self, at: usize) -> Result<u16, ArchiveError> {
        let bytes = self.part(at, 2)?;
        Ok(u16::from_le_bytes([bytes[0], bytes[1]]))
    }

    fn u32(self, at: usize) -> Result<u32, ArchiveError> {
        Ok(u32::from(self.u16(at)?) | u32::from(self.u16(at + 2)?) << 16)
    }
}

/// How a part is packed: pictures are compressed already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Packing {
    Stored,
    Deflated,
}

/// An archive of these parts, in their order; the same for the same parts.
///
/// # Errors
/// If a part or the whole is too large for the format.
pub(crate) fn pack(parts: &[(&str, &[u8], Packing)]) -> io::Result<Vec<u8>> {
    let too_large = |_| io::Error::new(io::ErrorKind::FileTooLarge, "a part is too large for an archive");
    let four = |number: usize| u32::try_from(number).map(u32::to_le_bytes).map_err(too_large);
    let two = |number: usize| u16::try_from(number).map(u16::to_le_bytes).map_err(too_large);
    let (mut archive, mut list) = (Vec::new(), Vec::new());
    for (name, bytes, packing) in parts {
        let mut crc = Crc::new();
        crc.update(bytes);
        let (method, packed) = match packing {
            Packing::Stored => (STORED, bytes.to_vec()),
            Packing::Deflated => {
                let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
                encoder.write_all(bytes)?;
                (DEFLATED, encoder.finish()?)
            }
        };
        // What both headers say, from the needed version to the length of the extra field.
        let mut fields = Vec::new();
        for number in [VERSION, 0, method, 0, DATE] {
            fields.extend(number.to_le_bytes());
        }
        fields.extend(crc.sum().to_le_bytes());
        fields.extend(four(packed.len())?);
        fields.extend(four(bytes.len())?);
        fields.extend(two(name.len())?);
        fields.extend([0; 2]);

        list.extend(CENTRAL_HEADER);
        list.extend(VERSION.to_le_bytes());
        list.extend(&fields);
        list.extend([0; 10]);
        list.extend(four(archive.len())?);
        list.extend(name.as_bytes());

        archive.extend(LOCAL_HEADER);
        archive.extend(&fields);
        archive.extend(name.as_bytes());
        archive.extend(packed);
    }
    let (count, at, length) = (two(parts.len())?, four(archive.len())?, four(list.len())?);
    archive.extend(list);
    archive.extend(END);
    archive.extend([0; 4]);
    archive.extend([count, count].concat());
    archive.extend(length);
    archive.extend(at);
    archive.extend([0; 2]);
    Ok(archive)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn parts_come_back_as_they_were_packed() {
        let long = vec![7; 100_000];
        let archive = pack(&[("a", b"one", Packing::Stored), ("b.txt", &long, Packing::Deflated)]).unwrap();
        assert!(archive.len() < 1000);
        let archive = Archive::open(&archive).unwrap();
        assert_eq!(archive.names().collect::<Vec<_>>(), [b"a".as_slice(), b"b.txt"]);
        assert_eq!(archive.read("a", 3).unwrap(), b"one");
        assert_eq!(archive.read("b.txt", 100_000).unwrap(), long);
        assert_eq!(archive.read("c", 9).unwrap_err().to_string(), "it holds no c");
    }

    #[test]
    fn nothing_is_unpacked_beyond_its_limit() {
        let archive = pack(&[("bomb", &vec![0; 64 << 20], Packing::Deflated)]).unwrap();
        let error = Archive::open(&archive).unwrap().read("bomb", 1 << 20).unwrap_err();
        assert_eq!(error.to_string(), "its bomb is larger than 1048576 bytes");
        let stored = pack(&[("part", b"four", Packing::Stored)]).unwrap();
        assert!(Archive::open(&stored).unwrap().read("part", 3).is_err());
    }

    #[test]
    fn what_is_damaged_or_unusual_is_told() {
        let parts = [("part", b"some bytes".as_slice(), Packing::Stored)];
        let good = pack(&parts).unwrap();
        let read = |bytes: &[u8]| Archive::open(bytes).and_then(|archive| archive.read("part", 99));
        assert_eq!(read(&good).unwrap(), b"some bytes");
        let told = |at: usize, byte: u8| {
            let mut bytes = good.clone();
            bytes[at] = byte;
            read(&bytes).unwrap_err().to_string()
        };
        assert_eq!(told(LOCAL_HEADER_BYTES + 5, b'X'), "its part is damaged");
        let list = good.len() - END_BYTES - CENTRAL_HEADER_BYTES - 4;
        let unusual = "its part is encrypted, or packed in another way than stored or deflated";
        assert_eq!(told(list + 8, 1), unusual);
        assert_eq!(told(list + 10, 12), unusual);
        assert_eq!(told(list + 23, 255), "it is no whole ZIP archive");
        assert_eq!(told(good.len() - END_BYTES + 10, 200), "it holds more than 64 entries");
        assert!(matches!(Archive::open(b"PK\x03\x04"), Err(ArchiveError::Damaged)));
        // A comment behind the end is part of the format.
        assert!(read(&[&good[..], b"a comment"].concat()).is_ok());
    }

    proptest! {
        #[test]
        fn any_bytes_are_no_trouble(mut bytes in prop::collection::vec(any::<u8>(), 0..200), end: bool) {
            if end {
                bytes.extend(END);
                bytes.extend([0; 18]);
            }
            if let Ok(archive) = Archive::open(&bytes) {
                let _ = archive.read("part", 10);
            }
        }

        #[test]
        fn an_archive_cut_or_spoilt_anywhere_is_no_trouble(at in 0usize..150, byte: u8) {
            let mut bytes = pack(&[("part", &[9; 40], Packing::Deflated)]).unwrap();
            let at = at % bytes.len();
            let _ = Archive::open(&bytes[..at]).and_then(|archive| archive.read("part", 50));
            bytes[at] = byte;
            if let Ok(part) = Archive::open(&bytes).and_then(|archive| archive.read("part", 50)) {
                prop_assert_eq!(part, vec![9; 40]);
            }
        }
    }
}
