//! What goes in and out beside pictures and videos: kept characters and motions, BVH, transparent videos, events as JSON.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::desk::{Desk, Outcome, PROGRAM, hashes, probe, real, run, stream};

/// Options that export to files of these names among the results.
fn exports(desk: &Desk, names: &[&str]) -> Vec<String> {
    let option = |name: &&str| ["--export".to_owned(), desk.output(name).to_string_lossy().into_owned()];
    names.iter().flat_map(option).collect()
}

fn as_strs(options: &[String]) -> Vec<&str> {
    options.iter().map(String::as_str).collect()
}

/// A transfer on a machine without a network of any kind.
fn without_networks(desk: &Desk, character: &Path, driving: &Path, options: &[&str]) -> Outcome {
    let mut command = desk.command(character, driving, options);
    run(command.env("PANTOMIME_MODELS", desk.input("none")).env("PATH", ""))
}

/// How alike two videos are: mean PSNR in dB.
fn psnr(a: &Path, b: &Path) -> f64 {
    let mut command = Command::new("ffmpeg");
    command.arg("-i").arg(a).arg("-i").arg(b).args(["-lavfi", "psnr", "-f", "null", "-"]);
    let told = run(&mut command).stderr;
    let average = told.split("average:").nth(1).and_then(|rest| rest.split_whitespace().next());
    average.and_then(|text| text.parse().ok()).unwrap_or_else(|| panic!("{told}"))
}

#[test]
fn a_kept_character_and_a_kept_motion_give_the_same_video_without_networks() {
    let Some(desk) = Desk::with_networks() else { return };
    let names = ["hero.character", "dance.motion", "dance.bvh", "dance.json"];
    let options = exports(&desk, &names);
    let report = desk.made_by(&desk.character(), &desk.dance(1.0), &as_strs(&options));
    assert_eq!(
        desk.results(),
        ["dance.bvh", "dance.json", "dance.motion", "hero.character", "out.mp4", "report.json"]
    );
    let first = desk.output("first.mp4");
    fs::rename(desk.output("out.mp4"), &first).expect("renamed");

    let (character, motion) = (desk.output("hero.character"), desk.output("dance.motion"));
    let again = desk.output("again.json");
    let outcome = without_networks(&desk, &character, &motion, &["--report", again.to_str().expect("text")]);
    assert_eq!(outcome.exit_code, Some(0), "{outcome:?}");
    let again: Value = serde_json::from_slice(&fs::read(again).expect("a report")).expect("JSON");
    assert_eq!((&again["frames"], &again["width"]), (&report["frames"], &report["width"]));
    assert_eq!(again["has_audio"], false);
    let rig_secs = |report: &Value| report["stage_secs"]["rig"].as_f64().expect("a time");
    assert!(rig_secs(&again) < rig_secs(&report), "{again:#}");
    let alike = psnr(&first, &desk.output("out.mp4"));
    assert!(alike > 35.0, "{alike} dB");

    // Looked at beforehand, they are what they are.
    let mut check = Command::new(PROGRAM);
    let check = check.arg("check").args([&character, &motion]).env("PANTOMIME_MODELS", desk.input("none"));
    let looked = run(check);
    assert!(looked.stdout.contains("a person or character"), "{looked:?}");
    assert_eq!(looked.exit_code, Some(0), "{looked:?}");

    // The motion alone drives a picture, as its video did.
    desk.made_by(&desk.character(), &motion, &[]);
    assert_eq!(hashes(&desk.output("out.mp4"), "v", false), hashes(&first, "v", false));

    // The landmarks are named; the BVH drives as well.
    let landmarks: Value =
        serde_json::from_slice(&fs::read(desk.output("dance.json")).expect("a file")).expect("JSON");
    assert_eq!(landmarks["format"], "pantomime-landmarks-1");
    assert_eq!(landmarks["frames"].as_array().map(Vec::len), report["frames"].as_u64().map(|n| n as usize));
    assert!(landmarks["frames"][0]["body"]["left_wrist"]["x"].is_number());
    let outcome = without_networks(&desk, &character, &desk.output("dance.bvh"), &[]);
    assert_eq!(outcome.exit_code, Some(0), "{outcome:?}");
}

#[test]
fn captured_motions_drive_a_character() {
    let Some(desk) = Desk::with_networks() else { return };
    let Some(capture) = real("bvh/jumping_jacks.bvh") else { return };
    let beside = desk.output("beside.mp4");
    let options = ["--side-by-side", beside.to_str().expect("text")];
    let report = desk.made_by(&desk.character(), &capture, &options);
    assert_eq!((&report["frames"], &report["frame_rate"]), (&125.into(), &"30/1".into()));
    assert_eq!((&report["has_audio"], &report["tracked_share"]), (&false.into(), &1.0.into()));
    let both = probe(&beside);
    let width = stream(&both, "video").expect("a video")["width"].as_u64().expect("a width");
    assert!(width > report["width"].as_u64().expect("a width") + 100);
}

#[test]
fn what_is_no_character_or_motion_is_rejected_in_a_sentence() {
    let desk = Desk::new();
    let still = desk.still("still.png", "scale=-2:128", &[]);
    let motion = |name: &str, text: &str| desk.file(name, text);
    let head = r#"{"format":"pantomime-motion-1","#;
    desk.rejected(&still, &motion("a.motion", head), "decode_error");
    desk.rejected(&still, &motion("b.bvh", "HIERARCHY\nROOT"), "decode_error");
    let stick = "HIERARCHY\nROOT Hips\n{\nOFFSET 0 0 0\nCHANNELS 3 Xrotation Yrotation Zrotation\n}\nMOTION\n\
        Frames: 2\nFrame Time: 0.5\n0 0 0\n0 0 0\n";
    desk.rejected(&still, &motion("c.bvh", stick), "video_unsupported");
    let broken = desk
        .file("d.character", b"PK\x03\x04\x14\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x09\0\0\0image.png");
    desk.rejected(&broken, &motion("e.bvh", stick), "decode_error");
}

#[test]
fn the_character_alone_is_transparent_and_has_the_sound() {
    let Some(desk) = Desk::with_networks() else { return };
    let options = exports(&desk, &["layer.webm", "layer.mov"]);
    let report = desk.made_by(&desk.character(), &desk.dance(0.8), &as_strs(&options));
    let webm = probe(&desk.output("layer.webm"));
    let video = stream(&webm, "video").expect("a video");
    assert_eq!(
        (&video["codec_name"], &video["tags"]["alpha_mode"]),
        (&"vp9".into(), &"1".into()),
        "{video:#}"
    );
    assert_eq!(stream(&webm, "audio").expect("sound")["codec_name"], "opus");
    let mov = probe(&desk.output("layer.mov"));
    let video = stream(&mov, "video").expect("a video");
    assert_eq!((&video["codec_name"], &video["profile"]), (&"prores".into(), &"4444".into()), "{video:#}");
    assert!(video["pix_fmt"].as_str().expect("a format").starts_with("yuva444p1"), "{video:#}");
    assert_eq!(stream(&mov, "audio").expect("sound")["codec_name"], "aac");
    for (name, decoder) in [("layer.webm", "libvpx-vp9"), ("layer.mov", "prores")] {
        // The alpha of the last frame: clear in the corner, solid somewhere.
        let alpha = desk.output("alpha.raw");
        let mut command = Command::new("ffmpeg");
        command.args(["-v", "error", "-y", "-c:v", decoder, "-i"]).arg(desk.output(name));
        command.args(["-vf", "alphaextract,format=gray", "-f", "rawvideo"]).arg(&alpha);
        let outcome = run(&mut command);
        assert_eq!(outcome.exit_code, Some(0), "{outcome:?}");
        let alpha = fs::read(alpha).expect("a file");
        let area = (report["width"].as_u64().expect("a width") * report["height"].as_u64().expect("a height"))
            as usize;
        assert_eq!(alpha.len(), area * report["frames"].as_u64().expect("a number") as usize, "{name}");
        let last = &alpha[alpha.len() - area..];
        let solid = last.iter().filter(|alpha| **alpha > 250).count() as f64 / area as f64;
        let clear = last.iter().filter(|alpha| **alpha < 5).count() as f64 / area as f64;
        assert!(last[0] < 5 && solid > 0.05 && clear > 0.4, "{name}: {solid} solid, {clear} clear");
    }
}

/// Every line of standard output as JSON.
fn events(outcome: &Outcome) -> Vec<Value> {
    outcome.stdout.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

#[test]
fn programs_are_told_what_people_see() {
    let Some(desk) = Desk::with_networks() else { return };
    let motion = exports(&desk, &["m.motion"]);
    let outcome =
        desk.transfer(&desk.character(), &desk.dance(0.6), &[&as_strs(&motion)[..], &["--json"]].concat());
    assert_eq!(outcome.exit_code, Some(0), "{outcome:?}");
    assert!(outcome.stderr.is_empty(), "{outcome:?}");
    let told = events(&outcome);
    let progress: Vec<_> = told.iter().filter(|event| event["event"] == "progress").collect();
    assert!(progress.len() > 10 && progress.iter().any(|event| event["remaining_secs"].is_number()));
    let result = told.last().expect("a result");
    assert_eq!(result["event"], "result");
    assert!(result["output"].as_str().expect("a path").ends_with("out.mp4"));
    assert!(result["exports"][0].as_str().expect("a path").ends_with("m.motion"));
    assert!(result["report"]["frames"].as_u64() > Some(10));

    let outcome = desk.transfer(&desk.input("none.png"), &desk.input("none.mp4"), &["--json"]);
    outcome.failed(3, "error[image_unreachable]: ");
    let told = events(&outcome);
    assert_eq!((&told[0]["event"], &told[0]["code"]), (&"error".into(), &"image_unreachable".into()));
    assert_eq!(told[0]["exit_code"], 3);
}
