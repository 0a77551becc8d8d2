//! `pantomime run-job`: the real engine behind the process wall, told by its pipes what to do.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::desk::{Desk, PROGRAM, bundled, hashes, probe, stream};

/// What a child is ordered to do with the bundled pair in `folder`, and may take.
fn order(desk: &Desk, task: &str) -> Value {
    let folder = |name: &str| {
        let path = desk.output(name);
        fs::create_dir_all(&path).expect("a folder");
        path
    };
    let (work, scratch) = (folder("work"), folder("scratch"));
    json!({
        "task": task, "engine": "puppet", "threads": 2, "work_dir": work, "scratch": scratch,
        "request": {
            "character": bundled("character.png"), "driving": bundled("dance.mp4"),
            "output": scratch.join("output.mp4"), "keep_original_sound": true, "orientation": "video",
            "prompt": null, "seed": 0, "output_size": "720p", "limits": {},
        },
        "limits": {
            "memory_bytes": 2_500_000_000u64, "cpu_secs": 3600, "file_bytes": 4_000_000_000u64, "open_files": 256,
        },
    })
}

/// What the child said, line by line.
fn said(order: &Value, models_dir: Option<&Path>) -> Vec<Value> {
    let mut command = Command::new(PROGRAM);
    command.arg("run-job").stdin(Stdio::piped()).stdout(Stdio::piped());
    if let Some(folder) = models_dir {
        command.env("PANTOMIME_MODELS", folder);
    }
    let mut child = command.spawn().expect("the program starts");
    // Held open: its end would say that the parent is gone.
    let mut stdin = child.stdin.take().expect("piped");
    writeln!(stdin, "{order}").expect("it reads");
    let lines = BufReader::new(child.stdout.take().expect("piped")).lines().map_while(Result::ok);
    let said: Vec<Value> = lines.filter_map(|line| serde_json::from_str(&line).ok()).collect();
    assert_eq!(child.wait().expect("an end").code(), Some(0), "{said:?}");
    said
}

fn answer<'a>(said: &'a [Value], kind: &str) -> &'a Value {
    let last = said.last().expect("an answer");
    last.get(kind).unwrap_or_else(|| panic!("no {kind}: {last}"))
}

/// The video, and once more from what the first run tracked: the same frames.
#[test]
fn a_real_video_is_made_behind_the_wall_and_again_without_tracking() {
    let Some(desk) = Desk::with_networks() else { return };
    let order = order(&desk, "run");
    let output = desk.output("scratch/output.mp4");
    let mut runs = Vec::new();
    for _ in 0..2 {
        let said = said(&order, None);
        let ready = &said[0]["ready"];
        eprintln!("the wall: {ready}");
        assert!(ready["in_force"].as_array().is_some_and(|parts| parts.len() >= 2), "{ready}");
        let done = answer(&said, "done");
        let probed = probe(&output);
        let video = stream(&probed, "video").expect("a picture");
        assert_eq!(
            (&done["measures"]["width"], &done["measures"]["height"]),
            (&video["width"], &video["height"])
        );
        assert_eq!(done["measures"]["has_audio"], true);
        let told = said.iter().filter(|line| line["progress"]["progress"]["stage"] == "track").count();
        runs.push((told, hashes(&output, "v", false)));
    }
    let [(first, made), (second, again)] = &runs[..] else { panic!("two runs") };
    assert!(*first > 1 && *second == 1, "tracked {first} and {second} steps");
    assert_eq!(made, again);
}

#[test]
fn a_look_behind_the_wall_finds_the_bundled_pair_fit() {
    let Some(desk) = Desk::with_networks() else { return };
    let said = said(&order(&desk, "check"), None);
    let checked = answer(&said, "told");
    assert_eq!(checked["image"]["person_found"], true, "{checked}");
    assert_eq!(checked["problems"], json!([]), "{checked}");
}

/// Nothing is fetched: behind the wall there is no network.
#[test]
fn networks_that_are_missing_are_told_and_not_fetched() {
    let desk = Desk::new();
    let models_dir = desk.input("models");
    fs::create_dir(&models_dir).expect("a folder");
    let said = said(&order(&desk, "run"), Some(&models_dir));
    let missing = answer(&said, "unavailable");
    assert!(
        missing["remedy"].as_str().is_some_and(|text| text.contains("pantomime models install")),
        "{missing}"
    );
    assert_eq!(fs::read_dir(&models_dir).expect("a folder").count(), 0);
}
