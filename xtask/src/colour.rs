//! Colours as light: linear RGB for shading, sRGB for pixels.

use frame::Srgb8;
use glam::Vec3;

/// The linear light of an sRGB colour written `0xRRGGBB`.
pub(crate) fn light(rgb: u32) -> Vec3 {
    let channel = |shift: u32| decode(((rgb >> shift) & 0xff) as f32 / 255.0);
    Vec3::new(channel(16), channel(8), channel(0))
}

/// The sRGB pixel of linear light in 0 … 1; beyond it is cut.
pub(crate) fn pixel(light: Vec3) -> Srgb8 {
    let channel = |v: f32| (encode(v) * 255.0).round() as u8;
    Srgb8::new(channel(light.x), channel(light.y), channel(light.z))
}

/// sRGB transfer function (IEC 61966-2-1), encoded to linear.
fn decode(v: f32) -> f32 {
    if v <= 0.04045 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
}

/// sRGB transfer function, linear to encoded, of `v` cut to 0 … 1.
fn encode(v: f32) -> f32 {
    let v = v.clamp(0.0, 1.0);
    if v <= 0.0031308 { v * 12.92 } else { 1.055 * v.powf(1.0 / 2.4) - 0.055 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_grey_survives_the_round_trip() {
        for v in 0..=255u32 {
            let back = pixel(light(v << 16 | v << 8 | v));
            assert_eq!((back.r, back.g, back.b), (v as u8, v as u8, v as u8));
        }
    }
}
