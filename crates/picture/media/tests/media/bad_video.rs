//! What strangers send: each a clear error or the right result, never a panic.

use std::fs;
use std::path::{Path, PathBuf};

use frame::Size;
use media::{Limits, MediaError, ReadSettings, SoundTrack, VideoReader, probe};
use proptest::prelude::*;

use crate::clips::{Folder, frames};

const CLIP: &str =
    "-f lavfi -i testsrc2=s=160x120:r=25:d=2 -f lavfi -i sine=d=2 -c:v libx264 -pix_fmt yuv420p -c:a aac";

fn refused(path: &Path) -> MediaError {
    let limits = Limits::default();
    let error = probe(path, &limits).unwrap_err();
    assert!(VideoReader::open(path, &limits, &ReadSettings::default()).is_err());
    assert!(SoundTrack::open(path, &limits).is_err());
    let said = error.to_string();
    assert!(said.len() > 30 && said.contains(';'), "no advice: {said}");
    error
}

#[test]
fn what_is_no_video_is_named() {
    let folder = Folder::new();
    let text = |bytes: &[u8]| refused(&folder.write("clip.mp4", bytes)).to_string();
    assert!(text(b"").starts_with("The video is an empty file; send"));
    assert!(text(b"just some words\n").starts_with("The video is a text file; send"));
    assert!(text(b"<!doctype html>").starts_with("The video is a web page"));
    assert!(text(&[0xFF, 0xD8, 0xFF, 0xE0]).starts_with("The video is a JPEG image"));
    assert!(text(&[1, 2, 3, 0, 0xFF, 0xFE]).contains("of an unknown kind"));
    assert!(matches!(refused(Path::new("/no/such/clip.mp4")), MediaError::Unreadable { .. }));
    assert!(matches!(refused(Path::new("/")), MediaError::Unreadable { .. }));
    assert!(matches!(refused(Path::new("/dev/zero")), MediaError::Unreadable { .. }));
}

#[test]
fn a_playlist_named_mp4_opens_nothing() {
    let folder = Folder::new();
    let clip = folder.ffmpeg(CLIP, "secret.mp4");
    let playlist =
        format!("#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n{}\n#EXT-X-ENDLIST\n", clip.display());
    let error = refused(&folder.write("clip.mp4", playlist.as_bytes()));
    assert!(error.to_string().starts_with("The video is an HLS playlist"), "{error}");
    // Nor does one behind the first bytes of an MP4.
    let disguised = [b"\0\0\0\x10ftypisom\0\0\0\0".as_slice(), playlist.as_bytes()].concat();
    refused(&folder.write("clip.mp4", &disguised));
}

#[test]
fn other_containers_and_codecs_are_refused() {
    let folder = Folder::new();
    for (arguments, name, found) in [
        ("-c:v mpeg4", "clip.avi", "AVI"),
        ("-c:v flv", "clip.flv", "Flash"),
        ("-c:v gif", "clip.gif", "GIF"),
        ("-c:v ffv1", "clip.mkv", "the codec ffv1"),
        ("-c:v png", "clip.mov", "the codec png"),
    ] {
        let clip = folder.ffmpeg(&format!("-f lavfi -i testsrc2=s=64x64:r=25:d=0.4 {arguments}"), name);
        let error = refused(&clip);
        assert!(matches!(error, MediaError::UnsupportedVideo { .. }), "{error:?}");
        assert!(error.to_string().contains(found), "{error}");
    }
}

#[test]
fn sound_alone_and_cover_art_are_no_video() {
    let folder = Folder::new();
    let sound = folder.ffmpeg("-f lavfi -i sine=d=1 -c:a aac", "sound.mp4");
    assert!(matches!(refused(&sound), MediaError::NoVideoStream));
    let cover = folder.ffmpeg("-f lavfi -i testsrc2=s=96x96 -frames:v 1", "cover.jpg");
    let album = folder.ffmpeg_from(
        &[&sound, &cover],
        "-map 0 -map 1 -c copy -disposition:v:0 attached_pic",
        "album.mp4",
    );
    assert!(matches!(refused(&album), MediaError::NoVideoStream));
}

#[test]
fn too_short_too_long_too_small_and_too_large_say_so() {
    let folder = Folder::new();
    let clip = |size: &str, rate: u32, secs: &str| {
        let source = format!("-f lavfi -i color=s={size}:r={rate}:d={secs} -c:v libx264 -preset ultrafast");
        folder.ffmpeg(&format!("{source} -pix_fmt yuv420p"), "clip.mp4")
    };
    let error = refused(&clip("64x64", 30, "0.1"));
    assert!(matches!(error, MediaError::VideoTooShort { .. }));
    assert_eq!(error.to_string(), "The video is 0.10 s; send one of at least 0.2 s");

    let long = clip("64x64", 5, "300");
    assert_eq!(refused(&long).to_string(), "The video is 300.0 s; send one of at most 30 s");
    let patient = Limits { max_duration_secs: None, ..Limits::default() };
    assert_eq!(probe(&long, &patient).unwrap().frames, 1500);

    assert!(matches!(refused(&clip("64x24", 25, "0.4")), MediaError::VideoTooSmall { .. }));
    let error = refused(&clip("3872x64", 25, "0.4"));
    assert_eq!(error.to_string(), "The video is 3872x64 pixels; send one of at most 3850 pixels a side");

    let small = Limits { video_bytes: 1000, ..Limits::default() };
    assert!(matches!(probe(&clip("64x64", 25, "1"), &small), Err(MediaError::VideoTooLarge { .. })));
}

#[test]
fn four_k_and_sixty_frames_a_second_are_read() {
    let folder = Folder::new();
    let clip = folder.ffmpeg(
        "-f lavfi -i color=red:s=3840x2160:r=60:d=0.25 -c:v libx264 -preset ultrafast -pix_fmt yuv420p",
        "clip.mp4",
    );
    assert_eq!(probe(&clip, &Limits::default()).unwrap().frame_rate.to_string(), "60/1");
    assert_eq!(frames(&clip).last().unwrap().size(), Size::new(3840, 2160));
}

/// The clip's first part, of `part` of its length.
fn cut_off(folder: &Folder, clip: &Path, part: f64) -> PathBuf {
    let bytes = fs::read(clip).unwrap();
    let name = format!("cut.{}", clip.extension().unwrap().to_str().unwrap());
    folder.write(&name, &bytes[..(bytes.len() as f64 * part) as usize])
}

#[test]
fn a_file_without_its_header_is_refused() {
    let folder = Folder::new();
    let clip = folder.ffmpeg(CLIP, "clip.mp4");
    let error = refused(&cut_off(&folder, &clip, 0.6));
    assert!(matches!(error, MediaError::DamagedVideo { .. }), "{error:?}");
}

#[test]
fn a_file_that_breaks_off_gives_what_is_there() {
    let folder = Folder::new();
    for (arguments, name) in [("-movflags +faststart", "clip.mp4"), ("", "clip.mkv")] {
        let clip = folder.ffmpeg(&format!("{CLIP} {arguments}"), name);
        assert!(!probe(&clip, &Limits::default()).unwrap().truncated);
        let cut = cut_off(&folder, &clip, 0.6);
        let info = probe(&cut, &Limits::default()).unwrap();
        assert!(info.truncated && (10..45).contains(&info.frames), "{name}: {info:?}");
        let images = frames(&cut);
        assert!(
            images.len() as u64 <= info.frames && images.len() as u64 + 3 > info.frames,
            "{}",
            images.len()
        );
    }
}

#[test]
fn a_few_broken_packets_are_borne_and_many_are_not() {
    let folder = Folder::new();
    let clip = folder
        .ffmpeg("-f lavfi -i testsrc2=s=160x120:r=25:d=2 -c:v libx264 -g 5 -pix_fmt yuv420p", "clip.mp4");
    let whole = fs::read(&clip).unwrap();
    let data = whole.windows(4).position(|window| window == b"mdat").unwrap() + 4;
    let end = whole.windows(4).position(|window| window == b"moov").unwrap() - 4;

    let mut scratched = whole.clone();
    let middle = (data + end) / 2;
    scratched[middle..middle + 300].fill(0xA5);
    let scratched = folder.write("scratched.mp4", &scratched);
    let images = frames(&scratched);
    assert_eq!(images.len(), 50);

    let mut ruined = whole;
    ruined[data..end].fill(0xA5);
    let ruined = folder.write("ruined.mp4", &ruined);
    let outcome = VideoReader::open(&ruined, &Limits::default(), &ReadSettings::default())
        .and_then(|reader| reader.collect::<Result<Vec<_>, _>>());
    assert!(matches!(outcome, Err(MediaError::DamagedVideo { .. })));
}

#[test]
fn a_reader_gives_nothing_after_its_end() {
    let folder = Folder::new();
    let clip = folder.ffmpeg("-f lavfi -i testsrc2=s=64x64:r=25:d=0.4 -c:v mpeg4", "clip.mp4");
    let mut reader = crate::clips::reader(&clip);
    assert_eq!(reader.by_ref().count(), 10);
    assert!(reader.next().is_none() && reader.next().is_none());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    /// Any few bytes of a clip changed: an error or frames, but an end.
    #[test]
    fn corrupt_clips_come_to_an_end(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12)) {
        static CLIPS: std::sync::OnceLock<Vec<Vec<u8>>> = std::sync::OnceLock::new();
        let clips = CLIPS.get_or_init(|| {
            let folder = Folder::new();
            let small = "-f lavfi -i testsrc2=s=64x64:r=10:d=1 -f lavfi -i sine=d=1 -pix_fmt yuv420p";
            [("-c:v libx264 -c:a aac -movflags +faststart", "a.mp4"), ("-c:v libvpx -c:a libopus", "b.webm")]
                .map(|(codecs, name)| fs::read(folder.ffmpeg(&format!("{small} {codecs}"), name)).unwrap())
                .to_vec()
        });
        let folder = Folder::new();
        for clip in clips {
            let mut bytes = clip.clone();
            for (place, value) in &changes {
                let place = place.index(bytes.len());
                bytes[place] = *value;
            }
            let path = folder.write("corrupt.mp4", &bytes);
            if let Ok(reader) = VideoReader::open(&path, &Limits::default(), &ReadSettings::default()) {
                let planned = reader.info().frames;
                prop_assert!(reader.count() as u64 <= planned + 1);
            }
            let _ = SoundTrack::open(&path, &Limits::default());
        }
    }
}
