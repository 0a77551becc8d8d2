//! What a download has to be.

use media::FileKind;

/// What a download has to be, told by its first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MediaKind {
    /// JPEG, PNG or WebP.
    Image,
    /// MP4, MOV or WebM.
    Video,
}

impl MediaKind {
    /// Bytes that tell every accepted kind.
    pub(super) const HEAD_BYTES: usize = 12;

    /// Whether a file of a kind is one of these.
    pub(super) fn accepts(self, found: FileKind) -> bool {
        match self {
            Self::Image => matches!(found, FileKind::Jpeg | FileKind::Png | FileKind::WebP),
            Self::Video => matches!(found, FileKind::IsoMedia | FileKind::Matroska),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twelve_bytes_tell_every_accepted_kind() {
        let told = |kind: MediaKind, file: &[u8]| kind.accepts(FileKind::of(&file[..MediaKind::HEAD_BYTES]));
        for image in [
            b"\xFF\xD8\xFF\xE0\0\x10JFIF\0\x01".as_slice(),
            b"\x89PNG\r\n\x1A\n\0\0\0\x0DIHDR",
            b"RIFF\x40\0\0\0WEBPVP8 ",
        ] {
            assert!(told(MediaKind::Image, image) && !told(MediaKind::Video, image));
        }
        for video in [
            b"\0\0\0\x20ftypisom\0\0\x02\0".as_slice(),
            b"\0\0\0\x14ftypqt  \0\0\0\0",
            b"\0\0\x10\0moov\0\0\0\x6Cmvhd",
            b"\0\0\0\0mdat\0\0\0\0\0\0\0\0",
            b"\0\0\0\x08wide\0\0\0\0mdat",
            b"\0\0\0\x08free\0\0\0\0mdat",
            b"\0\0\0\x08skip\0\0\0\0mdat",
            b"\x1A\x45\xDF\xA3\x9F\x42\x86\x81\x01\x42\xF7\x81",
        ] {
            assert!(told(MediaKind::Video, video) && !told(MediaKind::Image, video));
        }
        for neither in [
            b"<!doctype html>".as_slice(),
            b"\0\0\0\x18ftypheic\0\0\0\0",
            b"\0\0\0\x18ftypavif\0\0\0\0",
            b"RIFF\x40\0\0\0AVI LIST",
            b"GIF89a\x01\0\x01\0\0\0",
            b"#EXTM3U\n#EXT-X",
        ] {
            assert!(!told(MediaKind::Video, neither) && !told(MediaKind::Image, neither));
        }
    }
}
