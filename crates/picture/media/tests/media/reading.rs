//! Colour, size, rotation and time of what is read.

use frame::{FrameRate, Size};
use media::{Limits, MediaError, ReadSettings, VideoReader, probe};

use crate::clips::{
    Folder, assert_colour, assert_quarters, colour_at, ffprobe, frames, quarters_png, reader,
};

/// Encodes a still of known colours as a clip, by x264 unless the arguments say otherwise.
fn colours(size: Size, arguments: &str, name: &str) -> (Folder, std::path::PathBuf) {
    let folder = Folder::new();
    let still = quarters_png(&folder, size);
    let arguments = format!("-vf loop=-1:1:0{arguments}");
    let clip = folder.ffmpeg_from(&[&still], &arguments, name);
    (folder, clip)
}

#[test]
fn every_layout_depth_matrix_and_range_gives_the_same_colours() {
    let convert = |matrix: &str, range: &str| format!(",scale=out_color_matrix={matrix}:out_range={range}");
    let cases = [
        (convert("bt709", "tv"), "yuv420p", "-colorspace bt709 -color_range tv"),
        (convert("bt601", "tv"), "yuv420p", "-colorspace smpte170m -color_range tv"),
        (convert("bt2020", "tv"), "yuv420p", "-colorspace bt2020nc -color_range tv"),
        (convert("bt709", "pc"), "yuv420p", "-colorspace bt709 -color_range pc"),
        (convert("bt709", "tv"), "yuv422p", "-colorspace bt709 -color_range tv"),
        (convert("bt709", "tv"), "yuv444p", "-colorspace bt709 -color_range tv"),
        (convert("bt709", "tv"), "yuv420p10le", "-colorspace bt709 -color_range tv"),
        (convert("bt709", "tv"), "yuv422p10le", "-colorspace bt709 -color_range tv"),
        (convert("bt709", "pc"), "yuv444p10le", "-colorspace bt709 -color_range pc"),
    ];
    for (filter, format, tags) in cases {
        let arguments = format!("{filter},format={format} {tags} -c:v libx264 -crf 4 -r 10 -t 0.3");
        let (_folder, clip) = colours(Size::new(320, 240), &arguments, "clip.mp4");
        let images = frames(&clip);
        assert_eq!(images.len(), 3);
        eprintln!("{format} {tags}");
        assert_quarters(&images[2], 3.0);
    }
}

#[test]
fn frames_that_are_passed_over_count() {
    let folder = Folder::new();
    let clip = folder.ffmpeg("-f lavfi -i testsrc2=size=128x96:rate=10 -t 0.8 -pix_fmt yuv420p", "clip.mp4");
    let all = frames(&clip);
    let mut reader = reader(&clip);
    for _ in 0..5 {
        assert!(reader.pass_over().unwrap());
    }
    let frame = reader.next().unwrap().unwrap();
    assert_eq!((frame.index, &frame.image), (5, &all[5]));
    assert!(reader.pass_over().unwrap() && reader.pass_over().unwrap());
    assert!(!reader.pass_over().unwrap() && !reader.pass_over().unwrap());
    assert!(reader.next().is_none());
}

#[test]
fn gbr_and_grey_are_read() {
    let (_folder, clip) =
        colours(Size::new(128, 96), ",format=gbrp -c:v libx264rgb -crf 4 -r 10 -t 0.3", "clip.mp4");
    assert_quarters(&frames(&clip)[0], 3.0);

    let (_folder, clip) =
        colours(Size::new(128, 96), ",format=gray -c:v libx264 -crf 4 -r 10 -t 0.3", "clip.mp4");
    assert_colour(&frames(&clip)[0], (96, 72), [240; 3], 3.0);
    let red = colour_at(&frames(&clip)[0], 32, 24);
    assert!((red[0] - red[2]).abs() < 1.0, "grey is not grey: {red:?}");
}

#[test]
fn untagged_is_601_below_720_lines_and_709_above() {
    // The bitstream filter takes the tags away after the conversion was made.
    let untag = "-bsf:v h264_metadata=colour_primaries=2:transfer_characteristics=2:matrix_coefficients=2";
    for (size, matrix) in [(Size::new(320, 240), "bt601"), (Size::new(1280, 720), "bt709")] {
        let arguments = format!(
            ",scale=out_color_matrix={matrix}:out_range=tv,format=yuv420p -c:v libx264 -crf 4 -r 10 -t 0.3 {untag}"
        );
        let (_folder, clip) = colours(size, &arguments, "clip.mkv");
        assert_eq!(ffprobe(&clip, "-show_entries stream=color_space"), ["unknown"]);
        assert_quarters(&frames(&clip)[0], 3.0);
    }
}

#[test]
fn the_usual_codecs_and_containers_are_read() {
    let cases = [
        ("-c:v libx265 -x265-params log-level=none -pix_fmt yuv420p10le -tag:v hvc1", "clip.mov", "hevc"),
        ("-c:v libvpx -b:v 2M", "clip.webm", "vp8"),
        ("-c:v libvpx-vp9 -b:v 2M", "clip.webm", "vp9"),
        ("-c:v libsvtav1 -preset 12", "clip.mp4", "av1"),
        ("-c:v mpeg4 -q:v 2", "clip.mp4", "mpeg4"),
        ("-c:v prores_ks", "clip.mov", "prores"),
        ("-c:v mjpeg -q:v 2 -pix_fmt yuvj422p", "clip.mkv", "mjpeg"),
    ];
    let folder = Folder::new();
    for (arguments, name, codec) in cases {
        let clip = folder.ffmpeg(&format!("-f lavfi -i testsrc2=s=192x128:r=25:d=1 {arguments}"), name);
        let info = probe(&clip, &Limits::default()).unwrap();
        assert_eq!(info.codec, codec);
        assert_eq!(
            (info.size, info.frame_rate.to_string().as_str()),
            (Size::new(192, 128), "25/1"),
            "{codec}"
        );
        assert!(!info.variable_rate, "{codec}");
        assert_eq!((info.frames, frames(&clip).len()), (25, 25), "{codec}");
    }
}

#[test]
fn a_quarter_turn_and_a_mirror_are_applied() {
    let folder = Folder::new();
    let still = quarters_png(&folder, Size::new(320, 240));
    // Stored lying on its side, with the display matrix that sets it upright.
    let lying = folder.ffmpeg_from(
        &[&still],
        "-vf transpose=cclock,loop=-1:1:0 -r 10 -t 0.3 -c:v libx264 -crf 4 -pix_fmt yuv444p",
        "lying.mp4",
    );
    let upright = folder.path("upright.mp4");
    let made = std::process::Command::new("ffmpeg")
        .args(["-v", "error", "-y", "-display_rotation", "270", "-i"])
        .arg(&lying)
        .args(["-c", "copy"])
        .arg(&upright)
        .status()
        .is_ok_and(|status| status.success());
    // Before FFmpeg 6 a tag does it, and like the option it counts against the clock.
    let upright = if made {
        upright
    } else {
        folder.ffmpeg_from(&[&lying], "-c copy -metadata:s:v rotate=270", "upright.mp4")
    };
    let info = probe(&upright, &Limits::default()).unwrap();
    assert_eq!(info.size, Size::new(320, 240));
    assert_quarters(&frames(&upright)[0], 4.0);

    let settings = ReadSettings { max_long_side_px: Some(160), ..ReadSettings::default() };
    let small = VideoReader::open(&upright, &Limits::default(), &settings).unwrap().next().unwrap().unwrap();
    assert_eq!(small.image.size(), Size::new(160, 120));
    assert_quarters(&small.image, 4.0);
}

#[test]
fn reduced_frames_look_like_the_full_ones() {
    for format in ["yuv420p", "yuv420p10le", "yuv444p"] {
        let arguments = format!(",format={format} -c:v libx264 -crf 4 -r 10 -t 0.3");
        let (_folder, clip) = colours(Size::new(642, 482), &arguments, "clip.mp4");
        let settings = ReadSettings { max_long_side_px: Some(200), threads: 2 };
        let small = VideoReader::open(&clip, &Limits::default(), &settings).unwrap();
        assert_eq!(small.info().size, Size::new(642, 482));
        let small: Vec<_> = small.map(|frame| frame.unwrap().image).collect();
        assert_eq!((small.len(), small[0].size()), (3, Size::new(200, 150)));
        assert_quarters(&small[0], 3.0);
    }
}

#[test]
fn pixels_become_square() {
    let (_folder, clip) = colours(
        Size::new(320, 240),
        ",setsar=3/2,format=yuv420p -c:v libx264 -crf 4 -r 10 -t 0.3",
        "clip.mp4",
    );
    let info = probe(&clip, &Limits::default()).unwrap();
    assert_eq!(info.size, Size::new(480, 240));
    assert_eq!(frames(&clip)[0].size(), Size::new(480, 240));
    assert_quarters(&frames(&clip)[0], 3.0);
}

#[test]
fn odd_sides_are_read() {
    let folder = Folder::new();
    let clip = folder
        .ffmpeg("-f lavfi -i color=red:s=192x128:r=10:d=0.5,format=rgb24,crop=191:127 -c:v libvpx-vp9 -pix_fmt yuv420p", "odd.webm");
    let image = &frames(&clip)[4];
    assert_eq!(image.size(), Size::new(191, 127));
    assert_colour(image, (189, 125), [254, 0, 0], 15.0);
}

#[test]
fn the_exact_rate_is_kept() {
    let folder = Folder::new();
    for (rate, count, name) in [
        ("30000/1001", 60, "ntsc.mp4"),
        ("24000/1001", 48, "film.mkv"),
        ("60/1", 120, "fast.mp4"),
        ("30000/1001", 60, "ntsc.webm"),
        ("15/2", 15, "slow.mov"),
    ] {
        let codec = if name.ends_with("webm") { "-c:v libvpx" } else { "-c:v libx264 -preset ultrafast" };
        let source =
            format!("-f lavfi -i testsrc2=s=64x64:r={rate} -frames:v {count} {codec} -pix_fmt yuv420p");
        let info = probe(&folder.ffmpeg(&source, name), &Limits::default()).unwrap();
        assert_eq!(info.frame_rate, rate.parse::<FrameRate>().unwrap(), "{name}");
        assert_eq!((info.frames, info.variable_rate), (count, false), "{name}");
        let expected_secs = count as f64 / info.frame_rate.as_f64();
        assert!((info.duration_secs - expected_secs).abs() < 1e-9);
    }
}

#[test]
fn a_variable_rate_becomes_its_average_by_the_nearest_picture() {
    // The picture's brightness is its time: 50 a second over the whole clip of 2 s. Two of three pictures of the second half are
    // left out.
    let folder = Folder::new();
    let clip = folder.ffmpeg(
        "-f lavfi -i nullsrc=s=64x64:r=30:d=2 -vf geq=lum='20+100*T':cb=128:cr=128,select='lt(t,1)+not(mod(n,3))' \
         -vsync vfr -c:v libx264 -qp 4 -colorspace bt709 -color_range tv -pix_fmt yuv420p",
        "variable.mp4",
    );
    let info = probe(&clip, &Limits::default()).unwrap();
    assert!(info.variable_rate);
    assert_eq!(info.frames, 40);
    assert!((info.duration_secs - 2.0).abs() < 0.1, "{}", info.duration_secs);
    for (i, image) in frames(&clip).iter().enumerate() {
        let luma = colour_at(image, 32, 32)[0] / 255.0 * 219.0 + 16.0;
        let shown_secs = f64::from(luma - 20.0) / 100.0;
        let due_secs = i as f64 / info.frame_rate.as_f64();
        // The pictures of the second half are 0.1 s apart: the nearest is at most half of that away.
        assert!((shown_secs - due_secs).abs() < 0.07, "frame {i}: {shown_secs} instead of {due_secs}");
    }
}

#[test]
fn an_edit_list_cuts_the_pictures_before_it() {
    // Cut in the middle of a group of pictures, without encoding: an edit list hides what comes before the cut.
    let folder = Folder::new();
    let whole = folder.ffmpeg(
        "-f lavfi -i nullsrc=s=64x64:r=20:d=3 -vf geq=lum='20+60*T':cb=128:cr=128 -c:v libx264 -qp 4 -g 100 \
         -colorspace bt709 -color_range tv -pix_fmt yuv420p",
        "whole.mp4",
    );
    let cut = folder.path("cut.mp4");
    let status = std::process::Command::new("ffmpeg")
        .args(["-v", "error", "-y", "-ss", "1.5", "-i"])
        .arg(&whole)
        .args(["-c", "copy"])
        .arg(&cut)
        .status()
        .unwrap();
    assert!(status.success());
    let images = frames(&cut);
    let info = probe(&cut, &Limits::default()).unwrap();
    assert_eq!((images.len() as u64, info.truncated), (info.frames, false));
    assert!((29..=31).contains(&images.len()), "{} frames", images.len());
    let luma = colour_at(&images[0], 32, 32)[0] / 255.0 * 219.0 + 16.0;
    assert!((luma - (20.0 + 60.0 * 1.5)).abs() < 5.0, "starts at {} s", (luma - 20.0) / 60.0);
}

#[test]
fn hidden_references_of_vp8_are_not_counted() {
    let folder = Folder::new();
    let clip = folder.ffmpeg(
        "-f lavfi -i testsrc2=s=128x96:r=25:d=2 -c:v libvpx -b:v 300k -auto-alt-ref 1 -lag-in-frames 16",
        "altref.webm",
    );
    let info = probe(&clip, &Limits::default()).unwrap();
    assert_eq!((info.frames, info.variable_rate), (50, false));
    assert_eq!(frames(&clip).len(), 50);
}

#[test]
fn the_frames_do_not_depend_on_the_number_of_threads() {
    let folder = Folder::new();
    let clip =
        folder.ffmpeg("-f lavfi -i testsrc2=s=320x240:r=25:d=1 -c:v libx264 -pix_fmt yuv420p", "clip.mp4");
    let settings = ReadSettings { threads: 3, ..ReadSettings::default() };
    let threaded = VideoReader::open(&clip, &Limits::default(), &settings).unwrap();
    let threaded: Result<Vec<_>, MediaError> = threaded.map(|frame| frame.map(|frame| frame.image)).collect();
    assert!(frames(&clip) == threaded.unwrap());
}

#[test]
fn a_reader_can_move_to_another_thread() {
    fn movable<T: Send>(_: T) {}
    let folder = Folder::new();
    let clip = folder.ffmpeg("-f lavfi -i testsrc2=s=64x64:r=25:d=1 -c:v mpeg4", "clip.mp4");
    movable(reader(&clip));
}
