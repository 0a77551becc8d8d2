//! Stills that are no images, broken images, and images of the less usual kinds.

use std::fs;
use std::path::Path;

use crate::desk::Desk;

fn rejected(name: &str, bytes: &[u8], code: &str) {
    let Some(desk) = Desk::with_networks() else { return };
    let image = desk.file(name, bytes);
    desk.rejected(&image, &desk.dance(0.4), code);
}

/// A right result: a video as wide and high as the still says.
fn accepted(desk: &Desk, image: &Path, size: (u64, u64)) {
    let report = desk.made_by(image, &desk.dance(0.4), &[]);
    assert_eq!((report["width"].as_u64(), report["height"].as_u64()), (Some(size.0), Some(size.1)));
}

fn bytes_of(make: impl FnOnce(&Desk) -> std::path::PathBuf) -> Vec<u8> {
    fs::read(make(&Desk::new())).expect("a file")
}

#[test]
fn an_empty_file() {
    rejected("empty.png", b"", "image_unsupported");
}

#[test]
fn a_text_file() {
    rejected("text.png", b"This is no image.\n", "image_unsupported");
}

#[test]
fn a_video_instead_of_an_image() {
    rejected("video.png", &bytes_of(|desk| desk.dance(0.2)), "image_unsupported");
}

#[test]
fn a_truncated_png() {
    let png = bytes_of(Desk::character);
    rejected("truncated.png", &png[..png.len() / 2], "decode_error");
}

#[test]
fn a_truncated_jpeg() {
    let jpeg = bytes_of(|desk| desk.still("c.jpg", "scale=-2:480", &[]));
    rejected("truncated.jpg", &jpeg[..jpeg.len() / 3], "decode_error");
}

/// The header alone claims 3.6 thousand million pixels; nothing of that size may be allocated.
#[test]
fn a_png_header_of_sixty_thousand_by_sixty_thousand() {
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut header = b"IHDR".to_vec();
    header.extend([60_000u32.to_be_bytes(), 60_000u32.to_be_bytes()].concat());
    header.extend([8, 2, 0, 0, 0]);
    png.extend(13u32.to_be_bytes());
    png.extend(&header);
    png.extend(crc32(&header).to_be_bytes());
    rejected("huge.png", &png, "image_too_large");
}

fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32, _| if crc & 1 == 1 { 0xedb8_8320 ^ (crc >> 1) } else { crc >> 1 };
    !bytes.iter().fold(!0, |crc, &byte| (0..8).fold(crc ^ u32::from(byte), step))
}

#[test]
fn an_image_of_too_few_pixels() {
    rejected("tiny.png", &bytes_of(|desk| desk.still("t.png", "scale=16:16", &[])), "image_unsupported");
}

#[test]
fn no_person_in_the_image() {
    let Some(desk) = Desk::with_networks() else { return };
    let image = desk.made("empty.png", "gradients=size=480x640:duration=0.04", &["-frames:v", "1"]);
    desk.rejected(&image, &desk.dance(0.4), "no_person_in_image");
}

#[test]
fn a_jpeg_named_png() {
    let Some(desk) = Desk::with_networks() else { return };
    let jpeg = desk.still("c.jpg", "scale=320:480", &["-q:v", "2"]);
    let image = desk.file("c.png", fs::read(jpeg).expect("a file"));
    accepted(&desk, &image, (320, 480));
}

#[test]
fn sixteen_bits_a_channel() {
    let Some(desk) = Desk::with_networks() else { return };
    let image = desk.still("deep.png", "scale=320:480", &["-pix_fmt", "rgb48be"]);
    accepted(&desk, &image, (320, 480));
}

#[test]
fn grey() {
    let Some(desk) = Desk::with_networks() else { return };
    accepted(&desk, &desk.still("grey.png", "scale=320:480", &["-pix_fmt", "gray"]), (320, 480));
}

#[test]
fn a_palette() {
    let Some(desk) = Desk::with_networks() else { return };
    let filter = "scale=320:480,split[a][b];[a]palettegen[p];[b][p]paletteuse";
    accepted(&desk, &desk.still("palette.png", filter, &["-pix_fmt", "pal8"]), (320, 480));
}

#[test]
fn alpha() {
    let Some(desk) = Desk::with_networks() else { return };
    let filter = "scale=320:480,format=rgba,colorchannelmixer=aa=0.999";
    accepted(&desk, &desk.still("alpha.png", filter, &["-pix_fmt", "rgba"]), (320, 480));
}

#[test]
fn webp() {
    let Some(desk) = Desk::with_networks() else { return };
    accepted(&desk, &desk.still("c.webp", "scale=320:480", &[]), (320, 480));
}

#[test]
fn an_odd_size() {
    let Some(desk) = Desk::with_networks() else { return };
    accepted(&desk, &desk.still("odd.png", "scale=321:481", &[]), (320, 480));
}

/// Turned a quarter, and marked so that viewers turn it back (EXIF orientation 6).
#[test]
fn rotated_by_exif() {
    let Some(desk) = Desk::with_networks() else { return };
    let plain = desk.still("turned.jpg", "scale=320:480,transpose=cclock", &["-q:v", "2"]);
    let jpeg = fs::read(plain).expect("a file");
    let exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
    let length = (exif.len() as u16 + 2).to_be_bytes();
    let image = desk.file("exif.jpg", [&jpeg[..2], &[0xff, 0xe1], &length, exif, &jpeg[2..]].concat());
    accepted(&desk, &image, (320, 480));
}

/// The bundled character as printers want it: four channels, inverted, with Adobe's marker (saved by Pillow, quality 60).
#[test]
fn cmyk() {
    let Some(desk) = Desk::with_networks() else { return };
    let image = desk.file("cmyk.jpg", include_bytes!("cmyk.jpg"));
    accepted(&desk, &image, (320, 480));
}
