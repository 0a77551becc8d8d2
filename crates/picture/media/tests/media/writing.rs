//! What is written: rate, colour, tags, and never half a file.

use std::fs;
use std::path::Path;
use std::process::Command;

use frame::{FrameRate, Image, Plane, Size, Srgb8};
use media::{EncodeSettings, MediaError, Preset, VideoSummary, VideoWriter};

use crate::clips::{Folder, assert_quarters, ffprobe, frames, quarters};

fn rate(text: &str) -> FrameRate {
    text.parse().unwrap()
}

fn write(path: &Path, rate: FrameRate, images: &[Image]) -> Result<VideoSummary, MediaError> {
    let mut writer = VideoWriter::create(path, images[0].size(), rate, &EncodeSettings::default(), None)?;
    images.iter().try_for_each(|image| writer.write(image))?;
    writer.finish()
}

/// Pictures that do not compress: a different noise in each.
fn noise(count: u32, size: Size) -> Vec<Image> {
    let value = |seed: u32| (seed.wrapping_mul(2_654_435_761) >> 13) as u8;
    (0..count)
        .map(|i| {
            Plane::from_fn(size, |x, y| {
                let seed = (i * size.height + y) * size.width + x;
                Srgb8::new(value(seed), value(seed + 7), value(seed ^ 0x55))
            })
        })
        .collect()
}

#[test]
fn rate_length_and_tags_are_exact() {
    let folder = Folder::new();
    for (text, count) in
        [("30/1", 300), ("30000/1001", 100), ("60/1", 31), ("1631250/54817", 145), ("15/1", 1)]
    {
        let path = folder.path("out.mp4");
        let images = vec![quarters(Size::new(96, 64)); count];
        let summary = write(&path, rate(text), &images).unwrap();
        assert_eq!(
            (summary.frames, summary.size, summary.has_audio),
            (count as u64, Size::new(96, 64), false)
        );
        assert_eq!(summary.bytes, fs::metadata(&path).unwrap().len());
        let entries = "-show_entries stream=codec_name,pix_fmt,color_range,color_space,color_transfer,color_primaries,\
                       avg_frame_rate,nb_frames";
        let expected = format!("h264,yuv420p,tv,bt709,bt709,bt709,{text},{count}");
        assert_eq!(ffprobe(&path, entries), [expected]);
        let duration: f64 = ffprobe(&path, "-show_entries stream=duration")[0].parse().unwrap();
        assert!((duration - summary.duration_secs).abs() < 1e-5, "{duration} for {summary:?}");
        let level: u32 = ffprobe(&path, "-show_entries stream=level")[0].parse().unwrap();
        assert!(level <= 31, "x264 believes in another frame rate: level {level}");
    }
}

#[test]
fn colours_survive_the_round_trip() {
    let folder = Folder::new();
    let path = folder.path("out.mp4");
    for size in [Size::new(320, 240), Size::new(720, 1280)] {
        write(&path, rate("25/1"), &[quarters(size), quarters(size)]).unwrap();
        assert_quarters(&frames(&path)[1], 3.0);
    }
}

#[test]
fn chroma_stays_where_it_is() {
    // Ramps of one step a pixel, up and down: if chroma moves by a pixel it is a step off, this way in one and that way in the
    // other. What is off in both alike is rounding.
    let folder = Folder::new();
    let path = folder.path("out.mp4");
    let off = |red: fn(u32, u32) -> u32| {
        let ramp = Plane::from_fn(Size::new(128, 128), |x, y| {
            let red = red(x, y) as u8;
            Srgb8::new(64 + red, 128, 192 - red)
        });
        let settings = EncodeSettings { crf: 4.0, ..EncodeSettings::default() };
        let mut writer = VideoWriter::create(&path, ramp.size(), rate("25/1"), &settings, None).unwrap();
        (0..5).for_each(|_| writer.write(&ramp).unwrap());
        writer.finish().unwrap();
        let read = &frames(&path)[2];
        let off = |(a, b): (&Srgb8, &Srgb8)| f64::from(a.r) - f64::from(b.r);
        read.pixels().iter().zip(ramp.pixels()).map(off).sum::<f64>() / ramp.pixels().len() as f64
    };
    let across = (off(|x, _| x) - off(|x, _| 127 - x)) / 2.0;
    let down = (off(|_, y| y) - off(|_, y| 127 - y)) / 2.0;
    assert!(across.abs() < 0.15 && down.abs() < 0.15, "moved by {across} across and {down} down");
}

#[test]
fn the_header_comes_first() {
    let folder = Folder::new();
    let path = folder.path("out.mp4");
    write(&path, rate("25/1"), &noise(10, Size::new(128, 128))).unwrap();
    let bytes = fs::read(&path).unwrap();
    let place = |atom: &[u8]| bytes.windows(4).position(|window| window == atom).unwrap();
    assert!(place(b"moov") < place(b"mdat"));
}

#[test]
fn the_same_frames_make_the_same_file() {
    let folder = Folder::new();
    let images = noise(30, Size::new(128, 96));
    let [first, second] = ["first.mp4", "second.mp4"].map(|name| {
        write(&folder.path(name), rate("25/1"), &images).unwrap();
        fs::read(folder.path(name)).unwrap()
    });
    assert!(first == second);
}

#[test]
fn presets_are_named_as_x264_names_them() {
    assert_eq!("veryfast".parse(), Ok(Preset::Veryfast));
    assert!("placebo".parse::<Preset>().unwrap_err().contains("ultrafast"));
}

#[test]
fn a_name_may_hold_what_libav_takes_for_a_protocol() {
    let folder = Folder::new();
    for name in ["concat:a|b.mp4", "http:x%03d.mp4", "ü — ☃.mp4", "-y.mp4"] {
        write(&folder.path(name), rate("25/1"), &[quarters(Size::new(64, 64))]).unwrap();
        assert_eq!(frames(&folder.path(name)).len(), 1);
    }
}

#[test]
fn odd_and_tiny_sides_are_refused() {
    let folder = Folder::new();
    for size in [Size::new(65, 64), Size::new(64, 65), Size::new(0, 0), Size::new(64, 2)] {
        let refused = VideoWriter::create(
            &folder.path("out.mp4"),
            size,
            rate("25/1"),
            &EncodeSettings::default(),
            None,
        );
        assert!(matches!(refused, Err(MediaError::UnencodableSize { .. })), "{size}");
    }
    assert_eq!(folder.names(), [""; 0]);
}

#[test]
fn a_frame_of_another_size_is_refused() {
    let folder = Folder::new();
    let mut writer = VideoWriter::create(
        &folder.path("out.mp4"),
        Size::new(64, 64),
        rate("25/1"),
        &EncodeSettings::default(),
        None,
    )
    .unwrap();
    let error = writer.write(&quarters(Size::new(64, 66))).unwrap_err();
    assert!(matches!(error, MediaError::FrameSizeMismatch { .. }));
}

#[test]
fn nothing_is_left_of_an_unfinished_video() {
    let folder = Folder::new();
    let path = folder.write("out.mp4", b"what was there before");
    let create = || {
        VideoWriter::create(&path, Size::new(64, 64), rate("25/1"), &EncodeSettings::default(), None).unwrap()
    };
    fn movable<T: Send>(value: T) -> T {
        value
    }
    let mut writer = movable(create());
    writer.write(&quarters(Size::new(64, 64))).unwrap();
    drop(writer);
    assert!(matches!(create().finish(), Err(MediaError::NothingWritten)));
    assert_eq!(folder.names(), ["out.mp4"]);
    assert_eq!(fs::read(&path).unwrap(), b"what was there before");
}

#[test]
fn a_place_that_cannot_be_written_to_is_named() {
    let folder = Folder::new();
    let missing = folder.path("no/such/folder/out.mp4");
    for path in [missing.as_path(), Path::new("/proc/out.mp4"), Path::new("/dev/null"), Path::new("/")] {
        let error = write(path, rate("25/1"), &[quarters(Size::new(64, 64))]).unwrap_err();
        assert!(matches!(error, MediaError::Unwritable { .. }), "{error:?}");
        assert!(error.to_string().contains(&path.display().to_string()), "{error}");
    }
    assert!(fs::metadata("/dev/null").is_ok_and(|metadata| !metadata.is_file()));
}

/// Where the child writes to; it is a test that does nothing without.
const OUTPUT: &str = "MEDIA_TEST_OUTPUT";

/// The child of the next two tests: writes until the system says no.
#[test]
fn child_that_writes_noise() {
    let Some(path) = std::env::var_os(OUTPUT) else { return };
    let error = write(Path::new(&path), rate("25/1"), &noise(40, Size::new(256, 256))).unwrap_err();
    panic!("refused: {error}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_write_that_fails_half_way_leaves_nothing() {
    // A limit of 64 blocks of 512 bytes on any file, with its signal ignored, fails as a disk does that has become full.
    let folder = Folder::new();
    let path = folder.path("out.mp4");
    let child = Command::new("sh")
        .args(["-c", r#"trap "" XFSZ; ulimit -f 64; exec "$0" "$@""#])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "writing::child_that_writes_noise", "--nocapture"])
        .env(OUTPUT, &path)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&child.stderr);
    assert!(
        !child.status.success() && said.contains("refused:") && said.contains("cannot be written"),
        "{said}"
    );
    assert_eq!(folder.names(), [""; 0]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_named() {
    // A disk of 64 KiB, in a name space of its own; not every machine lets a test have one.
    let folder = Folder::new();
    fs::create_dir(folder.path("disk")).unwrap();
    let script = r#"mount -t tmpfs -o size=64k none "$0" || exit 77; "$@"; code=$?; ls -A "$0"; exit $code"#;
    let child = Command::new("unshare")
        .args(["--user", "--map-root-user", "--mount", "sh", "-c", script])
        .arg(folder.path("disk"))
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "writing::child_that_writes_noise", "--nocapture"])
        .env(OUTPUT, folder.path("disk/out.mp4"))
        .output();
    let Ok(child) = child else { return };
    let said = String::from_utf8_lossy(&child.stderr);
    if child.status.code() == Some(77) || said.contains("unshare") {
        eprintln!("skipped: no name space for a small disk ({said})");
        return;
    }
    assert!(said.contains("the disk is full"), "{said}");
    let left = String::from_utf8_lossy(&child.stdout);
    assert!(!left.contains("mp4"), "left behind: {left}");
}

/// The child of the next test: writes what moves and fades.
#[test]
fn child_that_writes_waves() {
    let Some(path) = std::env::var_os(OUTPUT) else { return };
    let waves = |t: f32| {
        Plane::from_fn(Size::new(360, 540), move |x, y| {
            let (x, y) = (x as f32, y as f32);
            let wave = |f: f32, g: f32| (127.0 + 60.0 * (f * x + t).sin() + 60.0 * (g * y - t).cos()) as u8;
            Srgb8::new(wave(0.11, 0.05), wave(0.023, 0.31), wave(0.4, 0.17 + x * 1e-4))
        })
    };
    let images: Vec<Image> = (0..24).map(|i| waves(i as f32 * 0.21)).collect();
    write(Path::new(&path), rate("25/1"), &images).unwrap();
}

#[cfg(target_env = "gnu")]
#[test]
fn what_memory_held_before_does_not_show() {
    let folder = Folder::new();
    let written = ["0", "1", "77", "255"].map(|held| {
        let path = folder.path("out.mp4");
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "writing::child_that_writes_waves"])
            .env("MALLOC_PERTURB_", held)
            .env(OUTPUT, &path)
            .output()
            .unwrap();
        assert!(child.status.success(), "{}", String::from_utf8_lossy(&child.stderr));
        fs::read(&path).unwrap()
    });
    assert!(written[1..].iter().all(|other| *other == written[0]));
}
