//! Sound: copied bit for bit or made anew, and in step with the pictures.

use std::path::{Path, PathBuf};
use std::process::Command;

use media::{EncodeSettings, Limits, SoundTrack, VideoSummary, VideoWriter, probe, sound_offset_secs};

use crate::clips::{Folder, ffprobe, reader};

/// Pictures that flash white for 0.1 s, and a beep with each flash: at 0.5 s, 1.5 s, 2.5 s …
const FLASHES: &str = "-f lavfi -i color=black:s=64x64:r=30:d=3,geq=lum='if(between(mod(T,1),0.5,0.599),235,16)':cb=128:cr=128 \
     -f lavfi -i aevalsrc='if(between(mod(t,1),0.5,0.6),sin(2*PI*1000*t),0)':s=44100:d=3 \
     -c:v libx264 -pix_fmt yuv420p";

fn reencode(input: &Path, output: &Path) -> VideoSummary {
    let reader = reader(input);
    let sound = SoundTrack::open(input, &Limits::default()).unwrap();
    let (size, rate) = (reader.info().size, reader.info().frame_rate);
    let mut writer = VideoWriter::create(output, size, rate, &EncodeSettings::default(), sound).unwrap();
    reader.for_each(|frame| writer.write(&frame.unwrap().image).unwrap());
    writer.finish().unwrap()
}

/// Checksums of a file's sound packets.
pub(crate) fn packets(path: &Path) -> Vec<String> {
    // Other lines tell of side data.
    ffprobe(path, "-select_streams a -show_packets -show_data_hash crc32 -show_entries packet=data_hash")
        .iter()
        .filter_map(|line| line.split(',').find(|field| field.starts_with("CRC32:")).map(str::to_owned))
        .collect()
}

/// Onsets of the beeps as a player hears them, in seconds: samples are placed by the times of their frames.
fn beeps(path: &Path) -> Vec<f64> {
    let output = Command::new("ffmpeg")
        .args(["-v", "error", "-i"])
        .arg(path)
        .args(["-af", "aresample=async=1:first_pts=0", "-ac", "1", "-ar", "8000", "-f", "s16le", "-"])
        .output()
        .unwrap();
    let loud: Vec<bool> = output
        .stdout
        .chunks_exact(40)
        .map(|five_ms| {
            five_ms.chunks_exact(2).any(|s| i16::from_le_bytes([s[0], s[1]]).unsigned_abs() > 6000)
        })
        .collect();
    (1..loud.len()).filter(|&i| loud[i] && !loud[i - 1]).map(|i| i as f64 * 0.0025).collect()
}

/// Onsets of the flashes, in seconds.
fn flashes(path: &Path) -> Vec<f64> {
    let rate = probe(path, &Limits::default()).unwrap().frame_rate;
    let white: Vec<bool> = crate::clips::frames(path).iter().map(|image| image.get(32, 32).r > 128).collect();
    (1..white.len()).filter(|&i| white[i] && !white[i - 1]).map(|i| i as f64 / rate.as_f64()).collect()
}

/// Tests that sound and pictures are as far apart as they were made: not at all, to 20 ms.
fn assert_in_step(path: &Path, count: usize) {
    let (beeps, flashes) = (beeps(path), flashes(path));
    assert_eq!((beeps.len(), flashes.len()), (count, count), "{beeps:?} {flashes:?}");
    for (beep, flash) in beeps.iter().zip(&flashes) {
        assert!((beep - flash).abs() < 0.02, "{beeps:?} {flashes:?}");
    }
}

fn assert_ends_with_pictures(path: &Path, summary: &VideoSummary) {
    let secs: f64 = ffprobe(path, "-show_entries format=duration")[0].parse().unwrap();
    assert!((secs - summary.duration_secs).abs() < 0.003, "{secs} s for {summary:?}");
}

#[test]
fn aac_is_copied_bit_for_bit() {
    let folder = Folder::new();
    for name in ["clip.mp4", "clip.mov", "clip.mkv"] {
        let clip = folder.ffmpeg(&format!("{FLASHES} -c:a aac"), name);
        assert!(SoundTrack::open(&clip, &Limits::default()).unwrap().unwrap().is_copied());
        let out = folder.path("out.mp4");
        let summary = reencode(&clip, &out);
        assert!(summary.has_audio);
        let (before, after) = (packets(&clip), packets(&out));
        assert!(after.len() > 100 && before.starts_with(&after) && before.len() - after.len() <= 1, "{name}");
        assert_in_step(&out, 3);
        assert_ends_with_pictures(&out, &summary);
        // Whole packets' length each but the last, though Matroska's times are rounded to milliseconds.
        let lengths = ffprobe(&out, "-select_streams a -show_entries packet=duration");
        let lengths: Vec<u32> = lengths.iter().filter_map(|line| line.parse().ok()).collect();
        assert!(lengths[1..lengths.len() - 1].iter().all(|&length| length == 1024), "{name}: {lengths:?}");
    }
}

#[test]
fn other_sound_becomes_aac_in_step() {
    let folder = Folder::new();
    let cases = [
        ("-c:a libmp3lame", "clip.mp4"),
        ("-c:a libopus -ar 48000", "clip.mkv"),
        ("-c:a libvorbis", "clip.mkv"),
        ("-c:a pcm_s16le", "clip.mov"),
        ("-c:a pcm_s24le -ac 6", "clip.mov"),
        ("-c:a flac -ar 11025", "clip.mkv"),
        ("-c:a alac -ac 1", "clip.mov"),
    ];
    for (arguments, name) in cases {
        let clip = folder.ffmpeg(&format!("{FLASHES} {arguments}"), name);
        assert_in_step(&clip, 3);
        let out = folder.path("out.mp4");
        let summary = reencode(&clip, &out);
        eprintln!("{arguments}");
        assert_eq!(ffprobe(&out, "-select_streams a -show_entries stream=codec_name"), ["aac"]);
        assert_in_step(&out, 3);
        assert_ends_with_pictures(&out, &summary);
    }
}

/// The clip with its pictures or its sound moved in time.
fn shifted(folder: &Folder, codec: &str, name: &str, arguments: &[&str]) -> PathBuf {
    let clip = folder.ffmpeg(&format!("{FLASHES} {codec}"), "straight.mkv");
    let path = folder.path(name);
    let status = Command::new("ffmpeg")
        .args(["-v", "error", "-y", "-i"])
        .arg(&clip)
        .args(arguments)
        .args(["-i"])
        .arg(&clip)
        .args(["-map", "0:v", "-map", "1:a", "-c", "copy"])
        .arg(&path)
        .status()
        .unwrap();
    assert!(status.success());
    path
}

#[test]
fn sound_that_starts_earlier_or_later_stays_where_it_was() {
    let folder = Folder::new();
    for (codec, copied) in [("-c:a aac", true), ("-c:a libopus -ar 48000", false)] {
        for (offset, name) in
            [("0.3", "late.mp4"), ("-0.2", "early.mp4"), ("0.3", "late.mkv"), ("-0.2", "early.mkv")]
        {
            let clip = shifted(&folder, codec, name, &["-itsoffset", offset]);
            let out = folder.path("out.mp4");
            let summary = reencode(&clip, &out);
            assert_eq!(SoundTrack::open(&clip, &Limits::default()).unwrap().unwrap().is_copied(), copied);
            let offset: f64 = offset.parse().unwrap();
            let (beeps, flashes) = (beeps(&out), flashes(&out));
            assert!(beeps.len() >= 2 && flashes.len() == 3, "{name}: {beeps:?} {flashes:?}");
            for (beep, flash) in beeps.iter().zip(&flashes) {
                assert!((beep - flash - offset).abs() < 0.02, "{name} {codec}: {beeps:?} {flashes:?}");
            }
            assert_ends_with_pictures(&out, &summary);
        }
    }
}

#[test]
fn an_offset_of_the_sound_is_measured() {
    let folder = Folder::new();
    let measured = |driving: &Path, out: &Path| sound_offset_secs(driving, out, &Limits::default()).unwrap();
    let clip = folder.ffmpeg(&format!("{FLASHES} -c:a aac"), "clip.mp4");
    let out = folder.path("out.mp4");
    reencode(&clip, &out);
    let offset = measured(&clip, &out).expect("the same packets");
    assert!(offset.abs() < 0.001, "{offset}");
    let straight = folder.ffmpeg(&format!("{FLASHES} -c:a aac"), "straight.mkv");
    for offset in ["0.3", "-0.2"] {
        let moved = shifted(&folder, "-c:a aac", "moved.mkv", &["-itsoffset", offset]);
        let (found, asked) = (measured(&straight, &moved).unwrap(), offset.parse::<f64>().unwrap());
        assert!((found - asked).abs() < 0.01, "{found} for {asked}");
    }
    let silent = folder.ffmpeg("-f lavfi -i testsrc2=s=64x64:r=25:d=1 -c:v mpeg4", "silent.mp4");
    assert_eq!(measured(&straight, &silent), None);
}

#[test]
fn a_cut_clip_stays_in_step() {
    // Cut without encoding, off any key frame: edit lists hide a different length of pictures and of sound.
    let folder = Folder::new();
    let clip = folder.ffmpeg(&format!("{FLASHES} -g 90 -c:a aac"), "whole.mp4");
    let cut = folder.path("cut.mp4");
    let status = Command::new("ffmpeg")
        .args(["-v", "error", "-y", "-ss", "0.83", "-i"])
        .arg(&clip)
        .args(["-c", "copy"])
        .arg(&cut)
        .status()
        .unwrap();
    assert!(status.success());
    let out = folder.path("out.mp4");
    let summary = reencode(&cut, &out);
    assert_in_step(&out, 2);
    assert_ends_with_pictures(&out, &summary);
}

#[test]
fn longer_sound_is_cut_and_shorter_left() {
    let folder = Folder::new();
    for (codec, name) in [("aac", "aac.mp4"), ("libmp3lame", "mp3.mp4")] {
        for (sound_secs, expected_secs) in [("4", 2.0), ("1", 1.0)] {
            let clip = folder.ffmpeg(
                &format!(
                    "-f lavfi -i testsrc2=s=64x64:r=60:d=2 -f lavfi -i sine=d={sound_secs} -c:v libx264 \
                     -pix_fmt yuv420p -c:a {codec}"
                ),
                name,
            );
            let out = folder.path("out.mp4");
            let summary = reencode(&clip, &out);
            assert_ends_with_pictures(&out, &summary);
            let entries = "-select_streams a -show_entries stream=duration";
            let secs: f64 = ffprobe(&out, entries)[0].parse().unwrap();
            assert!((secs - expected_secs).abs() < 0.06, "{codec}: {secs} s of sound");
        }
    }
}

#[test]
fn a_hole_in_the_sound_stays_a_hole() {
    let folder = Folder::new();
    let clip = folder.ffmpeg(
        &format!("{FLASHES} -af aselect='not(between(t,0.9,1.2))' -c:a libopus -ar 48000"),
        "hole.mkv",
    );
    let out = folder.path("out.mp4");
    reencode(&clip, &out);
    assert_in_step(&out, 3);
}

#[test]
fn sound_behind_the_pictures_is_none() {
    let folder = Folder::new();
    for codec in ["-c:a aac", "-c:a libopus -ar 48000"] {
        let late = shifted(&folder, codec, "late.mkv", &["-itsoffset", "5"]);
        assert!(probe(&late, &Limits::default()).unwrap().has_audio);
        assert!(SoundTrack::open(&late, &Limits::default()).unwrap().is_none());
    }
}

#[test]
fn no_sound_is_no_stream() {
    let folder = Folder::new();
    let clip = folder.ffmpeg("-f lavfi -i testsrc2=s=64x64:r=25:d=1 -c:v mpeg4", "silent.mp4");
    assert!(SoundTrack::open(&clip, &Limits::default()).unwrap().is_none());
    assert!(!probe(&clip, &Limits::default()).unwrap().has_audio);
    let out = folder.path("out.mp4");
    assert!(!reencode(&clip, &out).has_audio);
    assert_eq!(ffprobe(&out, "-show_entries stream=codec_type"), ["video"]);
}
