//! Clips to try things on, made by the `ffmpeg` command.

use std::path::{Path, PathBuf};
use std::process::Command;

use frame::{Image, Plane, Size, Srgb8};
use media::{Limits, MediaError, ReadSettings, VideoReader};
use tempfile::TempDir;

/// A folder of one test's own.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Runs `ffmpeg <arguments> <name>` and gives the path of what it made.
    pub(crate) fn ffmpeg(&self, arguments: &str, name: &str) -> PathBuf {
        self.ffmpeg_from(&[], arguments, name)
    }

    /// As [`Self::ffmpeg`], with inputs before the arguments.
    pub(crate) fn ffmpeg_from(&self, inputs: &[&Path], arguments: &str, name: &str) -> PathBuf {
        let path = self.path(name);
        let mut command = Command::new("ffmpeg");
        command.args(["-v", "error", "-y"]);
        for input in inputs {
            command.arg("-i").arg(input);
        }
        command.args(arguments.split_whitespace()).arg(&path);
        let output = command.output().expect("these tests need the `ffmpeg` command");
        assert!(output.status.success(), "{command:?}\n{}", String::from_utf8_lossy(&output.stderr));
        path
    }

    pub(crate) fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    /// Names of what lies in the folder.
    pub(crate) fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = std::fs::read_dir(self.0.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

/// One line of `ffprobe`'s answer for each stream or packet.
pub(crate) fn ffprobe(path: &Path, arguments: &str) -> Vec<String> {
    let output = Command::new("ffprobe")
        .args(["-v", "error", "-of", "csv=p=0"])
        .args(arguments.split_whitespace())
        .arg(path)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| line.trim_end_matches(',').to_owned())
        .collect()
}

pub(crate) fn reader(path: &Path) -> VideoReader {
    let limits = Limits { min_duration_secs: 0.0, ..Limits::default() };
    VideoReader::open(path, &limits, &ReadSettings::default()).unwrap()
}

/// All frames of a clip; their indices must count up from 0.
pub(crate) fn frames(path: &Path) -> Vec<Image> {
    let all: Result<Vec<_>, MediaError> = reader(path).collect();
    let all = all.unwrap();
    assert!(all.iter().enumerate().all(|(i, frame)| frame.index == i as u64));
    all.into_iter().map(|frame| frame.image).collect()
}

/// Mean colour of the square of 9 pixels about a point.
pub(crate) fn colour_at(image: &Image, x: usize, y: usize) -> [f32; 3] {
    let patch = image.crop(x - 1, y - 1, Size::new(3, 3));
    let sum = patch
        .pixels()
        .iter()
        .fold([0.0; 3], |sum, p| [sum[0] + f32::from(p.r), sum[1] + f32::from(p.g), sum[2] + f32::from(p.b)]);
    sum.map(|v| v / 9.0)
}

pub(crate) fn assert_colour(image: &Image, (x, y): (usize, usize), expected: [u8; 3], tolerance: f32) {
    let found = colour_at(image, x, y);
    let near =
        found.iter().zip(expected).all(|(found, expected)| (found - f32::from(expected)).abs() <= tolerance);
    assert!(near, "({x}, {y}) is {found:?}, not {expected:?}");
}

/// A picture whose upper left quarter is red, upper right green, lower left blue and lower right white.
pub(crate) fn quarters(size: Size) -> Image {
    Plane::from_fn(size, |x, y| match (2 * x < size.width, 2 * y < size.height) {
        (true, true) => Srgb8::new(200, 50, 50),
        (false, true) => Srgb8::new(50, 200, 50),
        (true, false) => Srgb8::new(50, 50, 200),
        (false, false) => Srgb8::new(240, 240, 240),
    })
}

/// That picture as a PNG file.
pub(crate) fn quarters_png(folder: &Folder, size: Size) -> PathBuf {
    folder.write("quarters.png", &media::encode_png(&quarters(size)).unwrap())
}

/// Tests that `image` shows [`quarters`].
pub(crate) fn assert_quarters(image: &Image, tolerance: f32) {
    let (w, h) = (image.width(), image.height());
    assert_colour(image, (w / 4, h / 4), [200, 50, 50], tolerance);
    assert_colour(image, (3 * w / 4, h / 4), [50, 200, 50], tolerance);
    assert_colour(image, (w / 4, 3 * h / 4), [50, 50, 200], tolerance);
    assert_colour(image, (3 * w / 4, 3 * h / 4), [240, 240, 240], tolerance);
}
