use std::fmt;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use crate::MediaError;

/// What a file is by its first bytes; names are never believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
    /// WebP.
    WebP,
    /// ISO base media: MP4, MOV, 3GP.
    IsoMedia,
    /// EBML: WebM and Matroska.
    Matroska,
    /// A ZIP archive that begins with a part of a character: its picture, its matte or its landmarks.
    Character,
    /// A stored motion, as JSON.
    Motion,
    /// A motion as a Biovision hierarchy.
    Bvh,
    /// Something else, by name, with its article.
    Other(&'static str),
}

impl FileKind {
    /// Bytes of the head that are looked at.
    pub const HEAD_BYTES: usize = 64;

    /// The kind of the file at `path`.
    ///
    /// Errors: a file that cannot be read, and what is no regular file.
    pub fn of_file(path: &Path) -> Result<Self, MediaError> {
        let mut head = Vec::new();
        regular_file_len(path)
            .and_then(|_| File::open(path))
            .and_then(|file| file.take(Self::HEAD_BYTES as u64).read_to_end(&mut head))
            .map_err(|source| MediaError::Unreadable { path: path.to_owned(), source })?;
        Ok(Self::of(&head))
    }

    /// The kind of a file that begins with `head`.
    pub fn of(head: &[u8]) -> Self {
        let at = |offset: usize, magic: &[u8]| head.get(offset..).is_some_and(|rest| rest.starts_with(magic));
        match head {
            [] => Self::Other("an empty file"),
            _ if at(0, b"\xFF\xD8\xFF") => Self::Jpeg,
            _ if at(0, b"\x89PNG\r\n\x1A\n") => Self::Png,
            _ if at(0, b"RIFF") && at(8, b"WEBP") => Self::WebP,
            _ if at(0, b"\x1A\x45\xDF\xA3") => Self::Matroska,
            _ if at(4, b"ftyp") => match head.get(8..12) {
                Some(b"heic" | b"heix" | b"hevc" | b"heim" | b"heis" | b"mif1" | b"msf1") => {
                    Self::Other("a HEIC image")
                }
                Some(b"avif" | b"avis") => Self::Other("an AVIF image"),
                _ => Self::IsoMedia,
            },
            _ if [b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot"].iter().any(|atom| at(4, *atom)) => {
                Self::IsoMedia
            }
            _ if at(0, b"PK\x03\x04") && begins_a_character(head) => Self::Character,
            _ => Self::of_text(head).unwrap_or_else(|| Self::Other(Self::name_of_other(head))),
        }
    }

    /// The kind of a file of which so much has come; `None` where what comes next may tell otherwise.
    pub fn of_beginning(head: &[u8]) -> Option<Self> {
        /// What all but archives and texts are told by.
        const MAGIC_BYTES: usize = 12;
        let text = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head).trim_ascii_start();
        let may_be = [b"PK\x03\x04".as_slice(), b"{", b"HIERARCHY"];
        let is_open =
            text.is_empty() || may_be.iter().any(|magic| text.starts_with(magic) || magic.starts_with(text));
        let kind = Self::of(head);
        let is_told = match kind {
            Self::Other(_) => head.len() >= Self::HEAD_BYTES || (head.len() >= MAGIC_BYTES && !is_open),
            _ => head.len() >= MAGIC_BYTES,
        };
        is_told.then_some(kind)
    }

    /// The kind of a text that is read, whatever blanks and byte order mark it begins with.
    fn of_text(head: &[u8]) -> Option<Self> {
        let text = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head).trim_ascii_start();
        let holds = |word: &[u8]| text.windows(word.len()).any(|window| window == word);
        if text.starts_with(b"HIERARCHY") {
            Some(Self::Bvh)
        } else if text.starts_with(b"{") && holds(b"\"pantomime-motion-") {
            Some(Self::Motion)
        } else {
            None
        }
    }

    fn name_of_other(head: &[u8]) -> &'static str {
        const NAMES: [(&[u8], &str); 17] = [
            (b"#EXTM3U", "an HLS playlist"),
            (b"GIF8", "a GIF image"),
            (b"BM", "a BMP image"),
            (b"II*\0", "a TIFF image"),
            (b"MM\0*", "a TIFF image"),
            (b"\0\0\x01\0", "an icon"),
            (b"\xFF\x0A", "a JPEG XL image"),
            (b"\0\0\0\x0CJXL ", "a JPEG XL image"),
            (b"%PDF", "a PDF document"),
            (b"PK\x03\x04", "a ZIP archive"),
            (b"RIFF", "an AVI or WAV file"),
            (b"FLV", "a Flash video"),
            (b"OggS", "an Ogg file"),
            (b"ID3", "an MP3 file"),
            (b"fLaC", "a FLAC file"),
            (b"\x30\x26\xB2\x75", "a Windows Media file"),
            (b"<", "a web page or other markup"),
        ];
        let known = NAMES.iter().find(|(magic, _)| head.starts_with(magic)).map(|&(_, name)| name);
        let head = &head[..head.len().min(Self::HEAD_BYTES)];
        let is_text = std::str::from_utf8(head)
            .map_or_else(|error| error.valid_up_to() + 4 > head.len(), |_| true)
            && !head.contains(&0);
        known.unwrap_or(if is_text { "a text file" } else { "of an unknown kind" })
    }
}

/// Whether the first entry of a ZIP archive, whose header lies in `head`, is one of a character's (APPNOTE 4.3.7).
fn begins_a_character(head: &[u8]) -> bool {
    let length = head.get(26..28).map(|two| usize::from(u16::from_le_bytes([two[0], two[1]])));
    let name = length.and_then(|length| head.get(30..30 + length));
    name.is_some_and(|name| CHARACTER_ENTRIES.iter().any(|entry| entry.as_bytes() == name))
}

/// What a character's archive holds: its picture, its matte, its landmarks.
pub const CHARACTER_ENTRIES: [&str; 3] = ["image.png", "matte.png", "character.json"];

impl fmt::Display for FileKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Jpeg => "a JPEG image",
            Self::Png => "a PNG image",
            Self::WebP => "a WebP image",
            Self::IsoMedia => "an MP4 or MOV file",
            Self::Matroska => "a WebM or Matroska file",
            Self::Character => "a character",
            Self::Motion => "a motion",
            Self::Bvh => "a BVH motion",
            Self::Other(name) => name,
        })
    }
}

/// The length of a regular file in bytes. A pipe or device could be read for ever and is refused.
pub(crate) fn regular_file_len(path: &Path) -> io::Result<u64> {
    let metadata = std::fs::metadata(path)?;
    if metadata.is_file() {
        Ok(metadata.len())
    } else {
        Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file"))
    }
}

/// A length for people: `12.3 MB`.
pub(crate) fn megabytes(bytes: u64) -> String {
    format!("{} MB", (bytes as f64 / 1e5).round() / 10.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_told_by_their_first_bytes() {
        let name = |head: &[u8]| FileKind::of(head).to_string();
        assert_eq!(name(b""), "an empty file");
        assert_eq!(name(b"#EXTM3U\n#EXT-X-VERSION:3"), "an HLS playlist");
        assert_eq!(name(b"hello, w\xC3\xB6rld"), "a text file");
        assert_eq!(name(b"\x01\x02\x03\x00\xFF\xFE\xFD"), "of an unknown kind");
        assert_eq!(name(b"\0\0\0\x18ftypheic"), "a HEIC image");
        assert_eq!(FileKind::of(b"\0\0\0\x18ftypisom"), FileKind::IsoMedia);
        assert_eq!(FileKind::of(b"\0\0\0\x08wide\0\0\0\0mdat"), FileKind::IsoMedia);
        assert_eq!(FileKind::of(b"\x1A\x45\xDF\xA3\x9F"), FileKind::Matroska);
    }

    #[test]
    fn no_more_is_waited_for_than_tells_the_kind() {
        let character = [b"PK\x03\x04".as_slice(), &[0; 22], &[9, 0, 0, 0], b"image.png", &[0; 40]].concat();
        let files: [(&[u8], usize, FileKind); 6] = [
            (b"\x89PNG\r\n\x1A\n\0\0\0\x0DIHDR", 12, FileKind::Png),
            (b"\0\0\0\x18ftypheic\0\0\0\0", 12, FileKind::Other("a HEIC image")),
            (b"<!doctype html><title>", 12, FileKind::Other("a web page or other markup")),
            (b"\n\n\n\n\n\n\n\n\n\n\n\nHIERARCHY\nROOT", 21, FileKind::Bvh),
            (b"{\"format\":\"pantomime-motion-2\"", 28, FileKind::Motion),
            (&character, 39, FileKind::Character),
        ];
        for (file, enough, kind) in files {
            let told = (0..file.len()).find(|&length| FileKind::of_beginning(&file[..length]).is_some());
            assert_eq!(told, Some(enough), "{kind}");
            assert_eq!(FileKind::of_beginning(file), Some(kind));
        }
        let object = [b"{".as_slice(), &[b' '; 100]].concat();
        assert_eq!(FileKind::of_beginning(&object[..63]), None);
        assert_eq!(FileKind::of_beginning(&object[..64]), Some(FileKind::Other("a text file")));
    }

    #[test]
    fn motions_are_told_by_their_first_words() {
        for text in ["HIERARCHY\nROOT", "\u{feff}HIERARCHY", "\r\n  HIERARCHY"] {
            assert_eq!(FileKind::of(text.as_bytes()), FileKind::Bvh);
        }
        for text in [r#"{"format":"pantomime-motion-1","#, "{\n  \"format\": \"pantomime-motion-1\",\n"] {
            assert_eq!(FileKind::of(text.as_bytes()), FileKind::Motion);
        }
        for text in [r#"{"error":"not found"}"#, r#"["pantomime-motion-1"]"#, "hierarchy", "{"] {
            assert_eq!(FileKind::of(text.as_bytes()), FileKind::Other("a text file"), "{text}");
        }
    }

    #[test]
    fn a_character_is_told_from_other_archives_by_its_first_entry() {
        let archive = |name: &str| {
            let mut head = b"PK\x03\x04".to_vec();
            head.resize(26, 0);
            head.extend([name.len() as u8, 0, 0, 0]);
            head.extend(name.as_bytes());
            FileKind::of(&head)
        };
        for name in CHARACTER_ENTRIES {
            assert_eq!(archive(name), FileKind::Character);
        }
        for name in ["", "x/image.png", "word/document.xml", "image.pn"] {
            assert_eq!(archive(name), FileKind::Other("a ZIP archive"));
        }
        assert_eq!(FileKind::of(b"PK\x03\x04"), FileKind::Other("a ZIP archive"));
    }
}
