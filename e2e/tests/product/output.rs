//! What comes out: format, length, size, sound, sameness, report.

use std::fs;

use crate::desk::{Desk, ffmpeg, hashes, probe, real, stream};

#[test]
fn the_video_is_what_browsers_and_editors_expect() {
    let Some(desk) = Desk::with_networks() else { return };
    let dance = desk.clip("ntsc.mp4", 1.0, "scale=-2:360,fps=30000/1001", &["-c:a", "copy"]);
    let report = desk.made_by(&desk.character(), &dance, &["--seed", "7"]);
    assert_eq!(desk.results(), ["out.mp4", "report.json"]);

    let (driver, result) = (probe(&dance), probe(&desk.output("out.mp4")));
    let video = stream(&result, "video").expect("a video");
    for (field, expected) in [
        ("codec_name", "h264"),
        ("pix_fmt", "yuv420p"),
        ("color_range", "tv"),
        ("color_space", "bt709"),
        ("color_primaries", "bt709"),
        ("color_transfer", "bt709"),
        ("r_frame_rate", "30000/1001"),
        ("avg_frame_rate", "30000/1001"),
    ] {
        assert_eq!(video[field], expected, "{field}");
    }
    let frames = |probed: &serde_json::Value| {
        stream(probed, "video").expect("a video")["nb_read_frames"]
            .as_str()
            .expect("counted")
            .parse::<i64>()
            .expect("a number")
    };
    assert!((frames(&result) - frames(&driver)).abs() <= 1);
    let bytes = fs::read(desk.output("out.mp4")).expect("a file");
    let position = |name: &[u8]| bytes.windows(4).position(|window| window == name).expect("a box");
    assert!(position(b"moov") < position(b"mdat"), "fast start");

    assert_eq!(report["frames"].as_i64(), Some(frames(&result)));
    assert_eq!(report["frame_rate"], "30000/1001");
    let secs = report["duration_secs"].as_f64().expect("a length");
    assert!((secs - frames(&result) as f64 * 1001.0 / 30000.0).abs() < 1e-3);
    assert_eq!((&report["width"], &report["height"]), (&video["width"], &video["height"]));
    assert_eq!(report["has_audio"], true);
    assert_eq!(report["seed"], 7);
    assert_eq!(report["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(report["engine"], "puppet");
    assert!(report["tracked_share"].as_f64().expect("a share") > 0.9);
    assert!(report["warnings"].is_array());
    for stage in ["probe", "track", "rig", "render", "encode"] {
        assert!(report["stage_secs"][stage].as_f64().expect(stage) >= 0.0);
    }
}

/// Every packet of the result's sound is one of the driver's, in its order.
#[test]
fn sound_is_copied_bit_for_bit() {
    let Some(desk) = Desk::with_networks() else { return };
    let dance = desk.dance(1.0);
    desk.made_by(&desk.character(), &dance, &[]);
    let (driver, result) = (hashes(&dance, "a", true), hashes(&desk.output("out.mp4"), "a", true));
    assert!(result.len() + 3 >= driver.len(), "{} of {} packets", result.len(), driver.len());
    assert!(driver.windows(result.len()).any(|window| window == result));
}

#[test]
fn no_sound_means_no_stream() {
    let Some(desk) = Desk::with_networks() else { return };
    let report = desk.made_by(&desk.character(), &desk.dance(0.4), &["--keep-original-sound", "false"]);
    assert_eq!(report["has_audio"], false);
    assert!(stream(&probe(&desk.output("out.mp4")), "audio").is_none());
}

#[test]
fn a_silent_driver_makes_a_silent_result() {
    let Some(desk) = Desk::with_networks() else { return };
    let dance = desk.clip("silent.mp4", 0.4, "scale=-2:360", &["-an"]);
    assert_eq!(desk.made_by(&desk.character(), &dance, &[])["has_audio"], false);
}

/// Decoded frames are the same to the last bit.
#[test]
fn neither_threads_nor_runs_change_a_frame() {
    let Some(desk) = Desk::with_networks() else { return };
    let (character, dance) = (desk.character(), desk.dance(0.5));
    let frames = ["1", "2", "3", "2"].map(|threads| {
        desk.made_by(&character, &dance, &["--threads", threads]);
        hashes(&desk.output("out.mp4"), "v", false)
    });
    assert!(frames[1..].iter().all(|other| *other == frames[0]));
}

#[test]
fn an_exact_size_is_made_even() {
    let Some(desk) = Desk::with_networks() else { return };
    let report = desk.made_by(&desk.character(), &desk.dance(0.4), &["--size", "301x401"]);
    assert_eq!((report["width"].as_u64(), report["height"].as_u64()), (Some(300), Some(400)));
}

#[test]
fn the_720p_class_and_the_source_size() {
    let Some(desk) = Desk::with_networks() else { return };
    let large = desk.still("large.png", "scale=1080:1620", &[]);
    for (size, sides) in [("720p", (720, 1080)), ("source", (1080, 1620))] {
        let report = desk.made_by(&large, &desk.dance(0.3), &["--size", size]);
        assert_eq!((report["width"].as_u64(), report["height"].as_u64()), (Some(sides.0), Some(sides.1)));
    }
}

/// The two orientations are different videos of one size and length.
#[test]
fn both_orientations_are_made() {
    let Some(desk) = Desk::with_networks() else { return };
    let (character, dance) = (desk.character(), desk.dance(0.6));
    let frames = ["video", "image"].map(|orientation| {
        desk.made_by(&character, &dance, &["--character-orientation", orientation]);
        hashes(&desk.output("out.mp4"), "v", false)
    });
    assert_eq!(frames[0].len(), frames[1].len());
    assert_ne!(frames[0], frames[1]);
}

#[test]
fn a_side_by_side_has_the_drivers_frames_too() {
    let Some(desk) = Desk::with_networks() else { return };
    let comparison = desk.output("side.mp4");
    let report = desk.made_by(
        &desk.character(),
        &desk.dance(0.4),
        &["--side-by-side", comparison.to_str().expect("text")],
    );
    assert_eq!(desk.results(), ["out.mp4", "report.json", "side.mp4"]);
    let probed = probe(&comparison);
    let video = stream(&probed, "video").expect("a video");
    assert_eq!(video["nb_read_frames"].as_str(), Some(report["frames"].to_string().as_str()));
    assert!(video["width"].as_u64() > report["width"].as_u64());
}

/// A photograph and a filmed dance.
#[test]
fn real_people_are_followed_from_frame_to_frame() {
    let Some(desk) = Desk::with_networks() else { return };
    let Some(still) = real("images/c02_full_woman_street.jpg") else { return };
    let Some(clip) = real("videos/v02_woman_dance_backdrop_audio.mp4") else { return };
    let second = desk.input("second.mp4");
    ffmpeg(&["-i".as_ref(), clip.as_os_str()], &["-t", "1", "-preset", "ultrafast", "-c:a", "copy"], &second);
    let report = desk.made_by(&still, &second, &[]);
    assert_eq!(report["tracked_share"], 1.0);
    assert_eq!((report["width"].as_u64(), report["height"].as_u64()), (Some(720), Some(1280)));
    assert_eq!(report["has_audio"], true);
}
