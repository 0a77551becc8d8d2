//! Driving files that are no videos, broken videos, videos beyond the limits, and videos of the less usual kinds.

use std::fs;

use serde_json::Value;

use crate::desk::{Desk, probe, stream, warnings};

fn rejected(name: &str, bytes: &[u8], code: &str) {
    let Some(desk) = Desk::with_networks() else { return };
    let video = desk.file(name, bytes);
    desk.rejected(&desk.character(), &video, code);
}

/// The desk's clip, made once more at other sizes and rates, drives the character.
fn report_of(name: &str, secs: f64, filter: &str, options: &[&str]) -> Option<Value> {
    let desk = Desk::with_networks()?;
    let video = desk.clip(name, secs, filter, options);
    Some(desk.made_by(&desk.character(), &video, &[]))
}

fn dance(secs: f64, options: &[&str]) -> Vec<u8> {
    fs::read(Desk::new().clip("d.mp4", secs, "scale=-2:360", options)).expect("a file")
}

#[test]
fn an_empty_file() {
    rejected("empty.mp4", b"", "video_unsupported");
}

#[test]
fn a_text_file() {
    rejected("text.mp4", b"This is no video.\n", "video_unsupported");
}

/// libav would open what the playlist names, a local file.
#[test]
fn a_playlist_named_mp4() {
    let playlist = "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n";
    rejected("playlist.mp4", playlist.as_bytes(), "video_unsupported");
}

#[test]
fn an_image_instead_of_a_video() {
    let png = fs::read(Desk::new().character()).expect("a file");
    rejected("image.mp4", &png, "video_unsupported");
}

/// The index lies at the end of a plain MP4, so that nothing can be read without it.
#[test]
fn truncated_before_its_index() {
    let mp4 = dance(1.0, &[]);
    rejected("truncated.mp4", &mp4[..mp4.len() / 2], "decode_error");
}

/// With the index in front, what is there is used.
#[test]
fn truncated_after_its_index() {
    let Some(desk) = Desk::with_networks() else { return };
    let mp4 = dance(2.0, &["-movflags", "+faststart", "-an"]);
    let video = desk.file("truncated.mp4", &mp4[..mp4.len() * 7 / 10]);
    let report = desk.made_by(&desk.character(), &video, &[]);
    assert!(warnings(&report).contains(&"damaged_input"));
}

#[test]
fn sound_alone() {
    let Some(desk) = Desk::with_networks() else { return };
    let video = desk.made("sound.mp4", "sine=duration=1", &["-c:a", "aac"]);
    desk.rejected(&desk.character(), &video, "video_unsupported");
}

#[test]
fn a_tenth_of_a_second() {
    let Some(desk) = Desk::with_networks() else { return };
    let video = desk.made("short.mp4", "testsrc2=size=320x480:rate=30:duration=0.1", &[]);
    desk.rejected(&desk.character(), &video, "video_too_short");
}

#[test]
fn three_hundred_seconds() {
    let Some(desk) = Desk::with_networks() else { return };
    let video = desk.made("long.mp4", "color=size=64x64:rate=5:duration=300", &["-preset", "ultrafast"]);
    desk.rejected(&desk.character(), &video, "video_too_long");
}

#[test]
fn wider_than_the_limit() {
    let Some(desk) = Desk::with_networks() else { return };
    let video = desk.made("wide.mp4", "color=size=3864x64:rate=5:duration=1", &["-preset", "ultrafast"]);
    desk.rejected(&desk.character(), &video, "video_too_large");
}

#[test]
fn nobody_in_it() {
    let Some(desk) = Desk::with_networks() else { return };
    let video = desk.made("nobody.mp4", "gradients=size=320x480:rate=10:duration=1", &[]);
    desk.rejected(&desk.character(), &video, "no_person_in_video");
}

#[test]
fn somebody_in_part_of_it() {
    let filter = "scale=-2:360,drawbox=color=gray:thickness=fill:enable='gt(t,0.7)'";
    let Some(report) = report_of("part.mp4", 1.0, filter, &[]) else { return };
    let share = report["tracked_share"].as_f64().expect("a share");
    assert!((0.5..0.9).contains(&share), "{share}");
    assert!(warnings(&report).contains(&"person_lost"));
}

/// Numbers that one body landmark takes in a stored motion; the first two are x and y in pixels.
const BODY_STRIDE: usize = 8;

/// A small copy of the driver stands beside; every landmark that is kept lies on the large one.
#[test]
fn of_two_people_the_larger_drives() {
    let Some(desk) = Desk::with_networks() else { return };
    let filter =
        "scale=-2:480,split[a][b];[b]hflip,scale=-2:240,pad=iw:480:0:(oh-ih)/2:color=gray[c];[c][a]hstack";
    let video = desk.clip("two.mp4", 0.6, filter, &["-an"]);
    let work_dir = desk.input("work");
    let report = desk.made_by(&desk.character(), &video, &["--work-dir", work_dir.to_str().expect("text")]);
    assert!(report["tracked_share"].as_f64().expect("a share") > 0.9);
    let width = stream(&probe(&video), "video").expect("a video")["width"].as_f64().expect("a width");
    let motion: Value =
        serde_json::from_slice(&fs::read(work_dir.join("motion.json")).expect("a motion")).expect("JSON");
    for person in motion["people"].as_array().expect("a list") {
        let hip_px = &person["body"][23 * BODY_STRIDE];
        assert!(hip_px.as_f64().expect("a landmark") > width / 3.0, "{hip_px} of {width}");
    }
}

#[test]
fn a_cut_in_the_middle() {
    let filter = "scale=-2:360,split[a][b];[b]hflip,crop=iw*0.8:ih*0.8:iw*0.2:0,scale=-2:360[c];\
                  [a]trim=end=0.5[d];[c]trim=start=0.5,setpts=PTS-STARTPTS[e];[d][e]scale2ref[f][g];[f][g]concat";
    let Some(report) = report_of("cut.mp4", 1.0, filter, &["-an"]) else { return };
    assert!(report["tracked_share"].as_f64().expect("a share") > 0.8);
}

#[test]
fn odd_sides() {
    let options = ["-pix_fmt", "yuv444p", "-an"];
    let Some(report) = report_of("odd.mp4", 0.4, "scale=201:361", &options) else { return };
    assert_eq!(report["tracked_share"], 1.0);
}

#[test]
fn four_k() {
    let Some(report) = report_of("4k.mp4", 0.3, "scale=2160:3840", &["-an"]) else { return };
    assert!(report["height"].as_u64().expect("a height") <= 1280);
}

#[test]
fn sixty_frames_a_second() {
    let Some(report) = report_of("sixty.mp4", 0.5, "scale=-2:360,fps=60", &["-an"]) else { return };
    assert_eq!(report["frame_rate"], "60/1");
    assert_eq!(report["frames"], 30);
}

#[test]
fn a_rate_that_varies() {
    let filter = "scale=-2:360,select='lt(t,0.7)+not(mod(n,3))'";
    let Some(report) = report_of("vary.mp4", 1.5, filter, &["-vsync", "vfr", "-an"]) else { return };
    assert!(warnings(&report).contains(&"variable_frame_rate"));
    let secs = report["duration_secs"].as_f64().expect("a length");
    assert!((secs - 1.5).abs() < 0.1, "{secs}");
}

/// Stored lying down, and marked so that players put it upright.
#[test]
fn rotated() {
    let Some(desk) = Desk::with_networks() else { return };
    let lying = desk.clip("lying.mp4", 0.6, "scale=-2:360,transpose=cclock", &["-an"]);
    let video = desk.input("rotated.mp4");
    crate::desk::ffmpeg(
        &["-i".as_ref(), lying.as_os_str()],
        &["-c", "copy", "-metadata:s:v:0", "rotate=270"],
        &video,
    );
    let report =
        desk.made_by(&desk.character(), &video, &["--work-dir", desk.input("w").to_str().expect("text")]);
    assert_eq!(report["tracked_share"], 1.0);
    let motion: Value =
        serde_json::from_slice(&fs::read(desk.input("w/motion.json")).expect("a motion")).expect("JSON");
    let y_px = |landmark: usize| {
        motion["people"][0]["body"][landmark * BODY_STRIDE + 1].as_f64().expect("a landmark")
    };
    assert!(y_px(27) > y_px(11) + 50.0, "ankles are below shoulders");
}

#[test]
fn another_codec_and_container() {
    let options = ["-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-c:a", "libopus"];
    let Some(report) = report_of("d.webm", 0.5, "scale=-2:360", &options) else { return };
    assert_eq!(report["has_audio"], true);
    assert!(warnings(&report).contains(&"sound_reencoded"));
}
