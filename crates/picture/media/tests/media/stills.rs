//! Still pictures, good and bad.

use std::path::Path;

use frame::{Image, Size};
use image::{DynamicImage, ImageBuffer, ImageFormat, Luma, Rgb, Rgba};
use media::{Limits, MediaError, StillImage, decode_still, encode_png, read_still};
use proptest::prelude::*;

use crate::clips::{Folder, assert_colour, assert_quarters, quarters, quarters_png};

const SIZE: Size = Size::new(96, 64);

fn decode(bytes: &[u8]) -> Result<StillImage, MediaError> {
    decode_still(bytes, &Limits::default())
}

fn encode(picture: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.into().write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn rgb(image: &Image) -> ImageBuffer<Rgb<u8>, Vec<u8>> {
    let bytes = image.pixels().iter().flat_map(|p| [p.r, p.g, p.b]).collect();
    ImageBuffer::from_raw(image.size().width, image.size().height, bytes).unwrap()
}

/// The JPEG with an EXIF segment that holds nothing but an orientation.
fn with_orientation(jpeg: &[u8], orientation: u8) -> Vec<u8> {
    let tiff = [
        b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".as_slice(),
        &[orientation, 0, 0, 0, 0, 0, 0],
    ];
    let exif = tiff.concat();
    let length = (exif.len() as u16 + 2).to_be_bytes();
    [&jpeg[..2], &[0xFF, 0xE1], &length, &exif, &jpeg[2..]].concat()
}

/// A PNG chunk without pixels that says how large the picture is.
fn png_header(size: Size) -> Vec<u8> {
    let small = encode_png(&quarters(SIZE)).unwrap();
    let mut header =
        [b"IHDR".as_slice(), &size.width.to_be_bytes(), &size.height.to_be_bytes(), &small[24..29]].concat();
    let crc = !header.iter().fold(!0u32, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg()))
    });
    header.extend(crc.to_be_bytes());
    [&small[..12], &header, &small[33..]].concat()
}

#[test]
fn png_jpeg_and_webp_whatever_their_names() {
    let folder = Folder::new();
    let png = quarters_png(&folder, SIZE);
    assert_eq!(read_still(&png, &Limits::default()).unwrap().image, quarters(SIZE));
    let misnamed = folder.path("picture.jpg");
    std::fs::copy(&png, &misnamed).unwrap();
    assert_eq!(read_still(&misnamed, &Limits::default()).unwrap().image, quarters(SIZE));

    let jpeg = encode(rgb(&quarters(SIZE)), ImageFormat::Jpeg);
    assert_quarters(&decode(&jpeg).unwrap().image, 6.0);
    for (arguments, tolerance) in [("-lossless 1", 1.0), ("-quality 95", 6.0)] {
        let webp = folder.ffmpeg_from(&[&png], &format!("-c:v libwebp {arguments}"), "picture.webp");
        let still = read_still(&webp, &Limits::default()).unwrap();
        assert_quarters(&still.image, tolerance);
        assert_eq!(still.alpha, None);
    }
}

#[test]
fn of_an_animation_the_first_frame() {
    let folder = Folder::new();
    let png = quarters_png(&folder, SIZE);
    for (codec, name) in
        [("-c:v libwebp_anim -lossless 1", "moving.webp"), ("-c:v apng -f apng", "moving.png")]
    {
        let moving = folder.ffmpeg_from(&[&png], &format!("-vf loop=4:1:0,hue=h=90*n {codec}"), name);
        assert_quarters(&read_still(&moving, &Limits::default()).unwrap().image, 4.0);
    }
}

#[test]
fn sixteen_bits_grey_and_palette() {
    let deep = ImageBuffer::<Rgb<u16>, _>::from_fn(96, 64, |x, y| {
        let p = quarters(SIZE).get(x as usize, y as usize);
        Rgb([u16::from(p.r) * 257, u16::from(p.g) * 257, u16::from(p.b) * 257])
    });
    assert_quarters(&decode(&encode(deep, ImageFormat::Png)).unwrap().image, 1.0);

    let grey = ImageBuffer::<Luma<u8>, _>::from_pixel(96, 64, Luma([77]));
    for format in [ImageFormat::Png, ImageFormat::Jpeg] {
        assert_colour(&decode(&encode(grey.clone(), format)).unwrap().image, (40, 30), [77; 3], 2.0);
    }
    let grey = ImageBuffer::<Luma<u16>, _>::from_pixel(96, 64, Luma([77 * 257]));
    assert_colour(
        &decode(&encode(DynamicImage::ImageLuma16(grey), ImageFormat::Png)).unwrap().image,
        (40, 30),
        [77; 3],
        1.0,
    );

    let folder = Folder::new();
    let palette = folder.ffmpeg_from(&[&quarters_png(&folder, SIZE)], "-pix_fmt pal8", "palette.png");
    assert_quarters(&read_still(&palette, &Limits::default()).unwrap().image, 20.0);
}

#[test]
fn cmyk() {
    assert_quarters(&decode(include_bytes!("fixtures/cmyk.jpg")).unwrap().image, 8.0);
}

#[test]
fn what_is_transparent_lies_over_white_and_keeps_its_alpha() {
    let faded =
        ImageBuffer::<Rgba<u8>, _>::from_fn(96, 64, |x, _| Rgba([200, 0, 0, if x < 48 { 51 } else { 255 }]));
    let still = decode(&encode(faded, ImageFormat::Png)).unwrap();
    assert_colour(&still.image, (20, 30), [244, 204, 204], 0.5);
    assert_colour(&still.image, (70, 30), [200, 0, 0], 0.0);
    let alpha = still.alpha.unwrap();
    assert!((alpha.get(20, 30) - 0.2).abs() < 1e-6 && alpha.get(70, 30) == 1.0);

    let solid = ImageBuffer::<Rgba<u8>, _>::from_pixel(96, 64, Rgba([1, 2, 3, 255]));
    assert_eq!(decode(&encode(solid, ImageFormat::Png)).unwrap().alpha, None);
}

#[test]
fn all_eight_exif_orientations() {
    // How upright pixels are stored for each orientation (EXIF 2.3, tag 274).
    let upright = DynamicImage::ImageRgb8(rgb(&quarters(SIZE)));
    let stored = [
        upright.clone(),
        upright.fliph(),
        upright.rotate180(),
        upright.flipv(),
        upright.rotate90().fliph(),
        upright.rotate270(),
        upright.rotate270().fliph(),
        upright.rotate90(),
    ];
    for (orientation, stored) in (1..).zip(stored) {
        let jpeg = with_orientation(&encode(stored, ImageFormat::Jpeg), orientation);
        let still = decode(&jpeg).unwrap();
        assert_eq!(still.image.size(), SIZE, "orientation {orientation}");
        assert_quarters(&still.image, 6.0);
    }
}

#[test]
fn limits_hold_before_pixels_are_allocated() {
    let error = decode(&png_header(Size::new(60_000, 60_000))).unwrap_err();
    assert_eq!(error.to_string(), "The image is 60000x60000 pixels; send one of at most 8192 pixels a side");
    let error = decode(&png_header(Size::new(8000, 8000))).unwrap_err();
    assert_eq!(error.to_string(), "The image is 64.0 megapixels; send one of at most 40 megapixels");
    let error = decode(&encode_png(&quarters(Size::new(63, 100))).unwrap()).unwrap_err();
    assert_eq!(error.to_string(), "The image is 63x100 pixels; send one of at least 64 pixels a side");
    let small = Limits { image_bytes: 100, ..Limits::default() };
    let error = decode_still(&encode_png(&quarters(SIZE)).unwrap(), &small).unwrap_err();
    assert!(matches!(error, MediaError::ImageTooLarge { .. }));
    // A header that promises more than the file holds.
    assert!(matches!(decode(&png_header(Size::new(6000, 6000))), Err(MediaError::DamagedImage { .. })));
}

#[test]
fn what_is_no_picture_is_named() {
    let said = |bytes: &[u8]| decode(bytes).unwrap_err().to_string();
    assert_eq!(said(b""), "The image is an empty file; send a JPEG, PNG or WebP image");
    assert!(said(b"hello").contains("a text file"));
    assert!(said(b"GIF89a").contains("a GIF image"));
    assert!(said(b"\0\0\0\x18ftypheic\0\0\0\0").contains("a HEIC image"));
    assert!(said(b"\0\0\0\x18ftypisom\0\0\0\0").contains("an MP4 or MOV file"));
    for path in ["/no/such/picture.png", "/dev/zero", "/"] {
        let error = read_still(Path::new(path), &Limits::default()).unwrap_err();
        assert!(matches!(error, MediaError::Unreadable { .. }), "{error:?}");
    }
}

#[test]
fn truncated_pictures_are_refused() {
    let folder = Folder::new();
    let webp = folder.ffmpeg_from(&[&quarters_png(&folder, SIZE)], "-c:v libwebp", "picture.webp");
    let jpeg = encode(rgb(&quarters(SIZE)), ImageFormat::Jpeg);
    let thumbnailed = with_orientation(&jpeg, 1);
    for whole in [encode_png(&quarters(SIZE)).unwrap(), jpeg, thumbnailed, std::fs::read(webp).unwrap()] {
        assert!(decode(&whole).is_ok());
        for part in [0.3, 0.6, 0.95] {
            let cut = &whole[..(whole.len() as f64 * part) as usize];
            assert!(matches!(decode(cut), Err(MediaError::DamagedImage { .. })), "{part} of {}", whole.len());
        }
    }
}

proptest! {
    #[test]
    fn any_bytes_behind_any_magic_are_an_answer(
        magic in prop::sample::select(vec![
            b"\xFF\xD8\xFF".as_slice(), b"\x89PNG\r\n\x1A\n\0\0\0\rIHDR", b"RIFF\x40\0\0\0WEBPVP8 ", b"RIFF\x40\0\0\0WEBPVP8X", b"",
        ]),
        bytes in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        let _ = decode(&[magic, &bytes].concat());
    }

    #[test]
    fn corrupt_pictures_are_an_answer(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        format in prop::sample::select(vec![ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP]),
    ) {
        let mut bytes = encode(rgb(&quarters(SIZE)), format);
        for (place, value) in changes {
            let place = place.index(bytes.len());
            bytes[place] = value;
        }
        let _ = decode(&bytes);
    }
}
