//! A job that is taken up again: what the work folder holds of this very video is not tracked again.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;
use std::time::SystemTime;

use crate::desk::{Desk, hashes};

/// When the kept motion was written; whoever tracks writes it anew.
fn written(work_dir: &Path) -> SystemTime {
    fs::metadata(work_dir.join("motion.json")).and_then(|file| file.modified()).expect("a motion")
}

fn frames(desk: &Desk) -> Vec<String> {
    hashes(&desk.output("out.mp4"), "v", false)
}

#[test]
fn a_video_is_tracked_once_and_gives_the_same_frames() {
    let Some(desk) = Desk::with_networks() else { return };
    let (character, dance, work_dir) = (desk.character(), desk.dance(1.0), desk.input("work"));
    let kept = ["--work-dir", work_dir.to_str().expect("text")];
    let track_secs = |report: &serde_json::Value| report["stage_secs"]["track"].as_f64().expect("a time");

    desk.made_by(&character, &dance, &[]);
    let expected = frames(&desk);
    let first = desk.made_by(&character, &dance, &kept);
    let tracked = written(&work_dir);
    assert_eq!(frames(&desk), expected, "whether the motion is kept changes nothing");

    let second = desk.made_by(&character, &dance, &kept);
    assert_eq!(frames(&desk), expected);
    assert_eq!(written(&work_dir), tracked);
    assert!(track_secs(&second) < track_secs(&first) / 3.0);
    assert_eq!(second["tracked_share"], first["tracked_share"]);
    assert_eq!(second["warnings"], first["warnings"]);

    // Another video in the same folder, though under the same name, is tracked.
    let other = desk.clip("dance.mp4", 0.7, "scale=-2:360,hflip", &["-an"]);
    desk.made_by(&character, &other, &[]);
    let expected = frames(&desk);
    desk.made_by(&character, &other, &kept);
    assert_ne!(written(&work_dir), tracked);
    assert_eq!(frames(&desk), expected);
}

#[test]
fn damaged_files_in_the_work_folder_are_no_error() {
    let Some(desk) = Desk::with_networks() else { return };
    let (character, dance, work_dir) = (desk.character(), desk.dance(0.4), desk.input("work"));
    let kept = ["--work-dir", work_dir.to_str().expect("text")];
    desk.made_by(&character, &dance, &kept);
    let expected = frames(&desk);
    for name in ["motion.json", "track.json"] {
        let whole = fs::read(work_dir.join(name)).expect("a file");
        fs::write(work_dir.join(name), &whole[..whole.len() / 2]).expect("a file");
        desk.made_by(&character, &dance, &kept);
        assert_eq!(frames(&desk), expected);
        assert_eq!(fs::read(work_dir.join(name)).expect("a file"), whole, "{name} is written anew");
    }
}

/// Killed while it draws, a run leaves its track to the next.
#[test]
fn a_killed_run_has_tracked_for_the_next() {
    let Some(desk) = Desk::with_networks() else { return };
    let (character, dance, work_dir) = (desk.character(), desk.dance(2.0), desk.input("work"));
    let kept = ["--work-dir", work_dir.to_str().expect("text")];
    let mut command = desk.command(&character, &dance, &kept);
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("a child");
    let mut lines = BufReader::new(child.stderr.take().expect("piped")).lines();
    let drawn = lines.any(|line| line.expect("text").starts_with("render"));
    assert!(drawn, "nothing was drawn");
    child.kill().expect("it runs");
    child.wait().expect("an end");

    let tracked = written(&work_dir);
    desk.made_by(&character, &dance, &kept);
    assert_eq!(written(&work_dir), tracked);
}
