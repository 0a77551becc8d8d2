use bytemuck::{Pod, Zeroable};

/// An opaque colour, sRGB-encoded, 8 bits a channel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct Srgb8 {
    /// Red.
    pub r: u8,
    /// Green.
    pub g: u8,
    /// Blue.
    pub b: u8,
}

impl Srgb8 {
    /// A colour from its three channels.
    pub const fn new(r: u8, g: u8, b: u8) -> Self {
        Self { r, g, b }
    }
}

/// A colour whose sRGB-encoded channels are already multiplied by its alpha (0 clear … 255 solid).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct PremulSrgba8 {
    /// Red × alpha.
    pub r: u8,
    /// Green × alpha.
    pub g: u8,
    /// Blue × alpha.
    pub b: u8,
    /// Coverage.
    pub a: u8,
}
