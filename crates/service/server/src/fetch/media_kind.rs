//! What a download has to be.

use media::FileKind;

/// What a download has to be, told by its first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MediaKind {
    /// JPEG, PNG or WebP; or a character that was exported.
    Image,
    /// MP4, MOV or WebM; or a motion, stored or as BVH.
    Video,
}

impl MediaKind {
    /// Whether a file of a kind is one of these.
    pub(super) fn accepts(self, found: FileKind) -> bool {
        match self {
            Self::Image => {
                matches!(found, FileKind::Jpeg | FileKind::Png | FileKind::WebP | FileKind::Character)
            }
            Self::Video => {
                matches!(found, FileKind::IsoMedia | FileKind::Matroska | FileKind::Motion | FileKind::Bvh)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_head_tells_every_accepted_kind() {
        let told = |kind: MediaKind, file: &[u8]| kind.accepts(FileKind::of(file));
        for image in [
            b"\xFF\xD8\xFF\xE0\0\x10JFIF\0\x01".as_slice(),
            b"\x89PNG\r\n\x1A\n\0\0\0\x0DIHDR",
            b"RIFF\x40\0\0\0WEBPVP8 ",
            b"PK\x03\x04\x14\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x09\0\0\0image.png\x89PNG",
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
            b"{\"format\":\"pantomime-motion-1\",\"size\"",
            b"HIERARCHY\nROOT Hips\n",
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
            b"PK\x03\x04\x14\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x07\0\0\0doc.xml",
            b"{\"error\":\"not found\"}",
        ] {
            assert!(!told(MediaKind::Video, neither) && !told(MediaKind::Image, neither));
        }
    }
}
