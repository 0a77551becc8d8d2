//! `pantomime check`: a look at a pair before its video is made.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::desk::{Desk, Outcome, PROGRAM, bundled, real, run, warnings};

fn check(image: &Path, video: &Path, options: &[&str]) -> Outcome {
    run(Command::new(PROGRAM).arg("check").args([image, video]).args(options))
}

/// A look's report and the program's exit code.
fn checked(image: &Path, video: &Path, options: &[&str]) -> (Value, Option<i32>) {
    let outcome = check(image, video, &[options, &["--json"]].concat());
    let report = serde_json::from_str(&outcome.stdout).unwrap_or_else(|error| panic!("{error}: {outcome:?}"));
    (report, outcome.exit_code)
}

fn codes<'a>(report: &'a Value, list: &str) -> Vec<&'a str> {
    let found = report[list].as_array().expect("a list").iter();
    found.map(|entry| entry["code"].as_str().expect("a code")).collect()
}

#[test]
fn the_bundled_pair_is_usable() {
    if Desk::with_networks().is_none() {
        return;
    }
    let (image, video) = (bundled("character.png"), bundled("dance.mp4"));
    let outcome = check(&image, &video, &[]);
    assert_eq!(outcome.exit_code, Some(0), "{outcome:?}");
    let lines: Vec<_> = outcome.stdout.lines().map(|line| line.split_whitespace().next()).collect();
    assert!(lines.starts_with(&[Some("image"), Some("video")]), "{outcome:?}");
    assert_eq!(lines.last(), Some(&Some("ok")), "{outcome:?}");

    let (report, exit_code) = checked(&image, &video, &[]);
    assert_eq!((exit_code, &report["usable"]), (Some(0), &Value::from(true)));
    assert_eq!(report["image"]["person_found"], true);
    assert_eq!(report["video"]["person_share"], 1.0);
    assert!(codes(&report, "problems").is_empty() && codes(&report, "advice").is_empty(), "{report:#}");
}

#[test]
fn all_that_is_wrong_is_told_at_once() {
    let Some(desk) = Desk::with_networks() else { return };
    let nobody = desk.made("empty.png", "gradients=size=480x640:duration=0.04", &["-frames:v", "1"]);
    let text = desk.file("text.mp4", "This is no video.\n");
    let (report, exit_code) = checked(&nobody, &text, &[]);
    assert_eq!(exit_code, Some(3));
    assert_eq!(codes(&report, "problems"), ["no_person_in_image", "video_unsupported"]);
    assert_eq!((&report["usable"], &report["video"]), (&Value::from(false), &Value::Null));
    assert_eq!((&report["image"]["width"], &report["image"]["person_found"]), (&480.into(), &false.into()));

    let (report, exit_code) = checked(&text, &text, &[]);
    assert_eq!((exit_code, &report["image"]), (Some(3), &Value::Null));
    assert_eq!(codes(&report, "problems"), ["image_unsupported", "video_unsupported"]);
    let (report, _) = checked(&desk.input("no.png"), &desk.input("no.mp4"), &[]);
    assert_eq!(codes(&report, "problems"), ["image_unreachable", "video_unreachable"]);

    check(&nobody, &text, &[]).failed(3, "error[no_person_in_image]: ");
}

/// As a transfer would be rejected for a video, so is a look.
#[test]
fn a_video_without_a_person() {
    let Some(desk) = Desk::with_networks() else { return };
    let video = desk.made("hills.mp4", "gradients=size=320x480:duration=1:rate=10", &["-pix_fmt", "yuv420p"]);
    let (report, exit_code) = checked(&desk.character(), &video, &[]);
    assert_eq!((exit_code, codes(&report, "problems")), (Some(3), vec!["no_person_in_video"]));
    assert_eq!((&report["video"]["frames"], &report["video"]["person_share"]), (&10.into(), &0.0.into()));
}

/// A person who is there for a sixth of the video is no reason to reject it, and worth a word.
#[test]
fn a_person_who_leaves() {
    let Some(desk) = Desk::with_networks() else { return };
    let filter = "scale=-2:360,drawbox=x=0:y=0:w=iw:h=ih:color=gray:t=fill:enable='gte(t,0.5)'";
    let video = desk.clip("leaves.mp4", 3.0, filter, &["-an"]);
    let (report, exit_code) = checked(&desk.character(), &video, &[]);
    assert_eq!((exit_code, codes(&report, "problems").len()), (Some(0), 0), "{report:#}");
    assert!(codes(&report, "advice").contains(&"person_lost"), "{report:#}");
    let share = report["video"]["person_share"].as_f64().expect("a share");
    assert!((0.1..0.25).contains(&share), "{share}");
}

#[test]
fn several_people() {
    let Some(desk) = Desk::with_networks() else { return };
    let both = "scale=-2:480,split[a][b];[a][b]hstack";
    let (image, video) = (desk.still("two.png", both, &[]), desk.clip("two.mp4", 0.5, both, &["-an"]));
    let (report, exit_code) = checked(&image, &video, &[]);
    assert_eq!(exit_code, Some(0), "{report:#}");
    let advice = codes(&report, "advice");
    assert!(advice.contains(&"several_characters") && advice.contains(&"several_people"), "{report:#}");
}

#[test]
fn what_the_pair_does_not_show() {
    if Desk::with_networks().is_none() {
        return;
    }
    let (Some(portrait), Some(turning)) =
        (real("images/c05_portrait_woman.png"), real("videos/v04_woman_turnaround_white.mp4"))
    else {
        return;
    };
    let (report, _) = checked(&portrait, &turning, &["--character-orientation", "image"]);
    assert_eq!(codes(&report, "advice"), ["character_cropped", "hands_hidden", "person_turns_away"]);
    let (report, _) = checked(&portrait, &turning, &[]);
    assert_eq!(codes(&report, "advice"), ["character_cropped", "hands_hidden"]);
}

/// Drawings and mascots get a skeleton from their outline, and are told so; people keep what the networks read.
#[test]
fn a_skeleton_is_guessed_only_where_no_network_makes_out_a_body() {
    let Some(desk) = Desk::with_networks() else { return };
    let dance = desk.dance(0.4);
    for (name, is_guessed) in [
        ("c11_drawing_candycorn.png", true),
        ("c12_drawing_stick_girl.png", true),
        ("c13_mascot_juice.png", true),
        ("c01_full_man_plain.png", false),
        ("c14_mascot_bear_walking.jpg", false),
        ("c17_mascot_rabbit_hands_clasped.jpg", false),
    ] {
        let Some(image) = real(&format!("images/{name}")) else { return };
        let (report, exit_code) = checked(&image, &dance, &[]);
        assert_eq!(exit_code, Some(0), "{name}: {report:#}");
        assert_eq!(codes(&report, "advice").contains(&"skeleton_guessed"), is_guessed, "{name}: {report:#}");
    }
    let Some(girl) = real("images/c12_drawing_stick_girl.png") else { return };
    assert!(warnings(&desk.made_by(&girl, &dance, &[])).contains(&"skeleton_guessed"));
}

/// A tracker that does not see a character's limbs in its image tells nothing of them in the result.
#[test]
fn limbs_are_judged_only_of_characters_that_the_tracker_reads() {
    let Some(desk) = Desk::with_networks() else { return };
    let dance = desk.dance(0.4);
    for (name, is_read) in [
        ("c11_drawing_candycorn.png", false),
        ("c14_mascot_bear_walking.jpg", false),
        ("c17_mascot_rabbit_hands_clasped.jpg", true),
    ] {
        let Some(image) = real(&format!("images/{name}")) else { return };
        let quality = &desk.made_by(&image, &dance, &[])["quality"];
        for field in ["recognised_share", "pose_error_deg", "within_15_deg_share"] {
            assert_eq!(quality[field].is_number(), is_read, "{name}, {field}: {quality:#}");
        }
    }
}
