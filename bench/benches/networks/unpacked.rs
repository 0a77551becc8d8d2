//! An ONNX file whose lists of integers are written one by one: tract's writer packs those of attributes and shapes
//! together, as the third version of the format does by default, and rten's reader takes only the second version's default.

use prost::encoding::{WireType, decode_key, decode_varint, encode_key, encode_varint};

/// The messages on the way to such lists.
#[derive(Clone, Copy)]
enum Kind {
    Model,
    Graph,
    Node,
    Attribute,
    Tensor,
}

impl Kind {
    /// The message that a field holds.
    const fn inner(self, tag: u32) -> Option<Self> {
        match (self, tag) {
            (Self::Model, 7) => Some(Self::Graph),
            (Self::Graph, 1) => Some(Self::Node),
            (Self::Graph, 5) | (Self::Attribute, 5) => Some(Self::Tensor),
            (Self::Node, 5) => Some(Self::Attribute),
            _ => None,
        }
    }

    /// Whether a field is a list of integers: an attribute's, or a tensor's shape.
    const fn is_list(self, tag: u32) -> bool {
        matches!((self, tag), (Self::Attribute, 8) | (Self::Tensor, 1))
    }
}

/// The same file with those integers written one by one.
pub(crate) fn with_unpacked_integers(file: &[u8]) -> Vec<u8> {
    message(file, Kind::Model)
}

fn message(mut fields: &[u8], of: Kind) -> Vec<u8> {
    const SOUND: &str = "our own writer's file";
    let mut written = Vec::with_capacity(fields.len());
    while !fields.is_empty() {
        let (tag, kind) = decode_key(&mut fields).expect(SOUND);
        let length = match kind {
            WireType::Varint => {
                encode_key(tag, kind, &mut written);
                encode_varint(decode_varint(&mut fields).expect(SOUND), &mut written);
                continue;
            }
            WireType::ThirtyTwoBit => 4,
            WireType::SixtyFourBit => 8,
            _ => decode_varint(&mut fields).expect(SOUND) as usize,
        };
        let (mut value, rest) = fields.split_at(length);
        fields = rest;
        if of.is_list(tag) && kind == WireType::LengthDelimited {
            while !value.is_empty() {
                encode_key(tag, WireType::Varint, &mut written);
                encode_varint(decode_varint(&mut value).expect(SOUND), &mut written);
            }
            continue;
        }
        encode_key(tag, kind, &mut written);
        let inner = of.inner(tag).map_or_else(|| value.to_vec(), |inner| message(value, inner));
        if kind == WireType::LengthDelimited {
            encode_varint(inner.len() as u64, &mut written);
        }
        written.extend_from_slice(&inner);
    }
    written
}
