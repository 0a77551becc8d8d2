//! Real pictures and networks, which are not part of the repository.

use std::path::{Path, PathBuf};

use frame::{Image, Size, Srgb8};
use vision::Networks;

/// The installed networks and the directory of test pictures; `None`, said aloud, where they are absent, which only a
/// build server must not be content with.
pub(crate) fn networks_and_pictures() -> Option<(Networks, PathBuf)> {
    let pictures = std::env::var_os("PANTOMIME_TEST_DATA")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../../shared/data"), PathBuf::from);
    let missing = match Networks::open(&models()) {
        Ok(networks) if pictures.join("images").is_dir() => return Some((networks, pictures.join("images"))),
        Ok(_) => format!("no pictures in {}", pictures.display()),
        Err(error) => error.to_string(),
    };
    assert!(std::env::var_os("CI").is_none(), "{missing}");
    eprintln!("skipped: {missing}");
    None
}

/// Where the networks are installed.
pub(crate) fn models() -> PathBuf {
    std::env::var_os("PANTOMIME_MODELS").map_or_else(
        || std::env::home_dir().unwrap_or_default().join(".cache/pantomime/models"),
        PathBuf::from,
    )
}

/// A test picture, its long side at most 960 pixels.
pub(crate) fn picture(directory: &Path, name: &str) -> Image {
    let decoded = image::ImageReader::open(directory.join(name)).unwrap().with_guessed_format().unwrap();
    let decoded = decoded.decode().unwrap();
    let size = Size::new(decoded.width(), decoded.height()).fitted(960);
    let decoded = decoded.thumbnail_exact(size.width, size.height).to_rgb8();
    Image::new(size, decoded.pixels().map(|p| Srgb8::new(p[0], p[1], p[2])).collect()).unwrap()
}

/// A picture laid over another, its top-left corner at (`x`, `y`), cut off at the edges.
pub(crate) fn laid_over(ground: &Image, picture: &Image, x: i64, y: i64) -> Image {
    Image::from_fn(ground.size(), |column, row| {
        let (from_x, from_y) = (i64::from(column) - x, i64::from(row) - y);
        let inside =
            (0..picture.width() as i64).contains(&from_x) && (0..picture.height() as i64).contains(&from_y);
        if inside {
            picture.get(from_x as usize, from_y as usize)
        } else {
            ground.get(column as usize, row as usize)
        }
    })
}
