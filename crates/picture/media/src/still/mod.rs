//! Still pictures: by magic bytes, upright, opaque over white.

mod jpeg;

use std::io::Cursor;
use std::path::Path;

use frame::{Image, Plane, Size, Srgb8};
use image::codecs::{
    jpeg::{JpegDecoder, JpegEncoder},
    png::PngDecoder,
    webp::WebPDecoder,
};
use image::{DynamicImage, ImageDecoder, ImageEncoder, ImageError, RgbaImage};

use crate::{Limits, MediaError, sniff};

/// A still picture, upright.
#[derive(Clone, Debug, PartialEq)]
pub struct StillImage {
    /// The picture; what was transparent lies over white.
    pub image: Image,
    /// Coverage, 0 clear … 1 solid, if any pixel is not solid.
    pub alpha: Option<Plane<f32>>,
}

/// Reads a JPEG, PNG or WebP file, whatever its name; of an animated one the first frame.
///
/// Errors: every limit on images (checked on the header, before pixels are allocated), unsupported and damaged files.
pub fn read_still(path: &Path, limits: &Limits) -> Result<StillImage, MediaError> {
    let unreadable = |source| MediaError::Unreadable { path: path.to_owned(), source };
    let bytes_in_file = sniff::regular_file_len(path).map_err(unreadable)?;
    check_bytes(bytes_in_file, limits)?;
    decode_still(&std::fs::read(path).map_err(unreadable)?, limits)
}

/// Decodes a JPEG, PNG or WebP picture. As [`read_still`], for bytes that are already in memory.
pub fn decode_still(bytes: &[u8], limits: &Limits) -> Result<StillImage, MediaError> {
    check_bytes(bytes.len() as u64, limits)?;
    match sniff::FileKind::of(bytes) {
        sniff::FileKind::Jpeg => {
            jpeg::check_whole(bytes)?;
            decode(JpegDecoder::new(Cursor::new(bytes)), limits)
        }
        sniff::FileKind::Png => {
            // Said before the decoder looks for pixels, which a file of that size may not even hold.
            check_size(png_size(bytes)?, limits)?;
            decode(PngDecoder::new(Cursor::new(bytes)), limits)
        }
        sniff::FileKind::WebP => decode(WebPDecoder::new(Cursor::new(bytes)), limits),
        other => Err(MediaError::UnsupportedImage { found: other.to_string() }),
    }
}

/// The size in a PNG's header: two big-endian numbers behind the signature and the first chunk's length and name.
fn png_size(bytes: &[u8]) -> Result<Size, MediaError> {
    let side = |at: usize| bytes.get(at..at + 4).and_then(|b| b.try_into().ok()).map(u32::from_be_bytes);
    match (bytes.get(12..16), side(16), side(20)) {
        (Some(b"IHDR"), Some(width), Some(height)) => Ok(Size::new(width, height)),
        _ => Err(MediaError::DamagedImage { reason: "its header breaks off".to_owned() }),
    }
}

/// The picture as a PNG file's bytes.
pub fn encode_png(image: &Image) -> Result<Vec<u8>, MediaError> {
    png_of(bytemuck::cast_slice(image.pixels()), image.size(), image::ExtendedColorType::Rgb8)
}

/// Values of 0 … 1 as a grey PNG file's bytes, from black to white.
pub fn encode_grey_png(values: &Plane<f32>) -> Result<Vec<u8>, MediaError> {
    let grey = values.map(|value| (value.clamp(0.0, 1.0) * 255.0).round() as u8);
    png_of(grey.pixels(), grey.size(), image::ExtendedColorType::L8)
}

fn png_of(bytes: &[u8], size: Size, colours: image::ExtendedColorType) -> Result<Vec<u8>, MediaError> {
    let mut file = Vec::new();
    image::codecs::png::PngEncoder::new(&mut file)
        .write_image(bytes, size.width, size.height, colours)
        .map_err(|error| MediaError::Encoder { reason: error.to_string() })?;
    Ok(file)
}

/// The picture as a JPEG file's bytes, at a quality of 1 … 100.
pub fn encode_jpeg(image: &Image, quality: u8) -> Result<Vec<u8>, MediaError> {
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, quality)
        .write_image(
            bytemuck::cast_slice(image.pixels()),
            image.size().width,
            image.size().height,
            image::ExtendedColorType::Rgb8,
        )
        .map_err(|error| MediaError::Encoder { reason: error.to_string() })?;
    Ok(bytes)
}

fn check_bytes(bytes: u64, limits: &Limits) -> Result<(), MediaError> {
    if bytes <= limits.image_bytes {
        return Ok(());
    }
    Err(MediaError::ImageTooLarge {
        found: sniff::megabytes(bytes),
        limit: sniff::megabytes(limits.image_bytes),
    })
}

fn check_size(size: Size, limits: &Limits) -> Result<(), MediaError> {
    if size.long_side() > limits.image_greatest_side_px {
        return Err(MediaError::ImageTooLarge {
            found: format!("{size} pixels"),
            limit: format!("{} pixels a side", limits.image_greatest_side_px),
        });
    }
    if size.area() as u64 > limits.image_area_px {
        return Err(MediaError::ImageTooLarge {
            found: format!("{:.1} megapixels", size.area() as f64 / 1e6),
            limit: format!("{} megapixels", limits.image_area_px as f64 / 1e6),
        });
    }
    if size.short_side() < limits.image_least_side_px {
        return Err(MediaError::ImageTooSmall { found: size, least_side_px: limits.image_least_side_px });
    }
    Ok(())
}

fn decode<D: ImageDecoder>(
    decoder: Result<D, ImageError>,
    limits: &Limits,
) -> Result<StillImage, MediaError> {
    let mut decoder = decoder.map_err(damaged)?;
    let (width, height) = decoder.dimensions();
    check_size(Size::new(width, height), limits)?;

    // Sixteen bits of four channels, once for the pixels and once for the decoder's own planes.
    let mut allocation = image::Limits::default();
    allocation.max_alloc = Some(limits.image_area_px.saturating_mul(2 * 8));
    allocation.max_image_width = Some(limits.image_greatest_side_px);
    allocation.max_image_height = Some(limits.image_greatest_side_px);
    decoder.set_limits(allocation).map_err(damaged)?;

    // A picture with unreadable EXIF is still a picture.
    let orientation = decoder.orientation().unwrap_or(image::metadata::Orientation::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder).map_err(damaged)?;
    picture.apply_orientation(orientation);
    Ok(if picture.color().has_alpha() { over_white(&picture.into_rgba8()) } else { opaque(picture) })
}

fn damaged(error: ImageError) -> MediaError {
    MediaError::DamagedImage { reason: error.to_string() }
}

fn opaque(picture: DynamicImage) -> StillImage {
    let picture = picture.into_rgb8();
    let size = Size::new(picture.width(), picture.height());
    let pixels = bytemuck::allocation::cast_vec(picture.into_raw());
    StillImage { image: Plane::new(size, pixels).expect("three bytes a pixel"), alpha: None }
}

fn over_white(picture: &RgbaImage) -> StillImage {
    let size = Size::new(picture.width(), picture.height());
    let pixels: &[[u8; 4]] = bytemuck::cast_slice(picture.as_raw());
    let over = |colour: u8, alpha: u8| {
        let (colour, alpha) = (u32::from(colour), u32::from(alpha));
        ((colour * alpha + 255 * (255 - alpha) + 127) / 255) as u8
    };
    let image = pixels.iter().map(|&[r, g, b, a]| Srgb8::new(over(r, a), over(g, a), over(b, a))).collect();
    let solid = pixels.iter().all(|&[.., a]| a == 255);
    let alpha = || pixels.iter().map(|&[.., a]| f32::from(a) / 255.0).collect();
    StillImage {
        image: Plane::new(size, image).expect("one pixel for each"),
        alpha: (!solid).then(|| Plane::new(size, alpha()).expect("one pixel for each")),
    }
}
