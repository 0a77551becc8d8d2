//! The real clips and pictures of the data folder. `PANTOMIME_TEST_DATA` says where it is.

use std::path::{Path, PathBuf};

use frame::Size;
use media::{EncodeSettings, Limits, ReadSettings, SoundTrack, VideoReader, VideoWriter, probe, read_still};

use crate::clips::Folder;
use crate::sound::packets;

/// The data folder, if it is there. On the build machine it must be.
fn data() -> Option<PathBuf> {
    let folder = std::env::var_os("PANTOMIME_TEST_DATA")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../../shared/data"), PathBuf::from);
    if folder.join("MANIFEST.tsv").is_file() {
        return Some(folder);
    }
    assert!(std::env::var_os("CI").is_none(), "no real data in {}", folder.display());
    eprintln!("skipped: no real data in {}", folder.display());
    None
}

/// One line of the manifest.
struct Entry {
    file: String,
    size: Size,
    rate: f64,
    frames: u64,
    has_audio: bool,
}

fn entries(data: &Path, kind: &str) -> Vec<Entry> {
    let manifest = std::fs::read_to_string(data.join("MANIFEST.tsv")).unwrap();
    manifest
        .lines()
        .skip(1)
        .map(|line| line.split('\t').collect::<Vec<_>>())
        .filter(|fields| fields[1] == kind)
        .map(|fields| Entry {
            file: fields[0].to_owned(),
            size: Size::new(fields[3].parse().unwrap(), fields[4].parse().unwrap()),
            rate: fields[5].parse().unwrap_or(0.0),
            frames: fields[6].parse().unwrap_or(0),
            has_audio: fields[8] == "yes",
        })
        .collect()
}

#[test]
fn clips_have_the_size_rate_and_length_of_the_manifest() {
    let Some(data) = data() else { return };
    let clips = entries(&data, "video");
    assert!(clips.len() > 10);
    for entry in clips {
        let path = data.join(&entry.file);
        if entry.file.ends_with(".gif") {
            assert!(probe(&path, &Limits::default()).is_err());
            continue;
        }
        let info = probe(&path, &Limits::default()).unwrap();
        // Those that were cut from a grid kept the grid's pixel aspect.
        if !entry.file.contains("taichi") {
            assert_eq!(info.size, entry.size, "{}", entry.file);
        }
        assert_eq!((info.frames, info.has_audio), (entry.frames, entry.has_audio), "{}", entry.file);
        assert!((info.frame_rate.as_f64() - entry.rate).abs() < 0.01, "{}: {}", entry.file, info.frame_rate);
        assert!(!info.variable_rate && !info.truncated, "{}", entry.file);

        let settings = ReadSettings { max_long_side_px: Some(64), threads: 2 };
        let reader = VideoReader::open(&path, &Limits::default(), &settings).unwrap();
        let frames = reader.map(|frame| frame.unwrap()).filter(|frame| frame.image.size().long_side() <= 64);
        assert_eq!(frames.count() as u64, entry.frames, "{}", entry.file);
    }
}

#[test]
fn sound_is_copied_bit_for_bit_from_every_clip_that_has_aac() {
    let Some(data) = data() else { return };
    let folder = Folder::new();
    for entry in entries(&data, "video").into_iter().filter(|entry| entry.has_audio) {
        let path = data.join(&entry.file);
        let sound = SoundTrack::open(&path, &Limits::default()).unwrap().unwrap();
        let copied = sound.is_copied();
        assert_eq!(copied, !entry.file.contains("mimicmotion"), "{}", entry.file);
        let info = probe(&path, &Limits::default()).unwrap();
        let out = folder.path("out.mp4");
        let size = Size::new(32, 32);
        let mut writer =
            VideoWriter::create(&out, size, info.frame_rate, &EncodeSettings::default(), Some(sound))
                .unwrap();
        let picture = frame::Plane::filled(size, frame::Srgb8::new(90, 90, 90));
        (0..info.frames).for_each(|_| writer.write(&picture).unwrap());
        let summary = writer.finish().unwrap();

        let made = probe(&out, &Limits::default()).unwrap();
        assert_eq!((made.frames, made.frame_rate, made.has_audio), (info.frames, info.frame_rate, true));
        assert!((summary.duration_secs - info.duration_secs).abs() < 1e-9);
        if copied {
            let (before, after) = (packets(&path), packets(&out));
            assert!(!after.is_empty() && before.starts_with(&after), "{}", entry.file);
            // v01 has a second of sound more than pictures.
            assert!(
                before.len() - after.len() <= if entry.file.contains("v01") { 50 } else { 2 },
                "{}",
                entry.file
            );
        }
    }
}

#[test]
fn pictures_are_what_their_bytes_say() {
    let Some(data) = data() else { return };
    for entry in entries(&data, "image") {
        let still = read_still(&data.join(&entry.file), &Limits::default()).unwrap();
        assert_eq!(still.image.size(), entry.size, "{}", entry.file);
        if let Some(alpha) = &still.alpha {
            assert_eq!(alpha.size(), entry.size);
            assert!(
                alpha.pixels().iter().any(|&a| a < 1.0)
                    && alpha.pixels().iter().all(|a| (0.0..=1.0).contains(a))
            );
        }
    }
}
