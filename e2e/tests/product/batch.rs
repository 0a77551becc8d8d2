//! A list of pairs: all that can be made is made, drivers are tracked once, and one summary tells what came of it.

use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::desk::{Desk, Outcome, PROGRAM, run};

fn batch(desk: &Desk, list: &str, options: &[&str]) -> Outcome {
    let list = desk.file("pairs.csv", list);
    run(Command::new(PROGRAM).arg("batch").arg(list).args(options))
}

#[test]
fn rows_are_made_whatever_becomes_of_the_others() {
    let Some(desk) = Desk::with_networks() else { return };
    desk.character();
    desk.dance(0.8);
    desk.file("text.png", "no picture");
    let list = "character,driving,output,keep_original_sound,report\n\
        character.png,dance.mp4,../out/a.mp4,,../out/a.json\n\
        text.png,dance.mp4,../out/b.mp4,,\n\
        character.png,dance.mp4,../out/c.mp4,false,../out/c.json\n";
    let outcome = batch(&desk, list, &[]);
    assert_eq!(outcome.exit_code, Some(3), "{outcome:?}");
    assert_eq!(desk.results(), ["a.json", "a.mp4", "c.json", "c.mp4"]);
    let lines: Vec<_> = outcome.stdout.lines().collect();
    assert_eq!(lines.len(), 5, "{outcome:?}");
    assert!(lines[1].starts_with("   2  ../out/a.mp4  made: 0.8 s, "), "{outcome:?}");
    assert!(lines[2].starts_with("   3  ../out/b.mp4  error[image_unsupported]: The image is a text file"));
    assert_eq!(lines[4], "3 rows: 2 made, 1 failed");
    let report = |name: &str| -> Value {
        serde_json::from_slice(&fs::read(desk.output(name)).expect("a report")).expect("JSON")
    };
    let track_secs = |report: &Value| report["stage_secs"]["track"].as_f64().expect("a time");
    let (first, last) = (report("a.json"), report("c.json"));
    assert!(track_secs(&last) < track_secs(&first) / 3.0, "the driver is tracked once: {first:#} {last:#}");
    assert_eq!((&first["has_audio"], &last["has_audio"]), (&true.into(), &false.into()));
}

#[test]
fn programs_hear_of_every_row() {
    let desk = Desk::new();
    let list = "character,driving,output\nno.png,no.mp4,a.mp4\nnone.png,no.mp4,b.mp4\n";
    let outcome = batch(&desk, list, &["--json"]);
    outcome.failed(3, "error[image_unreachable]: ");
    let events: Vec<Value> =
        outcome.stdout.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let kinds: Vec<_> = events.iter().filter_map(|event| event["event"].as_str()).collect();
    assert_eq!(kinds, ["row", "error", "row", "error", "summary"]);
    assert_eq!((&events[0]["line"], &events[2]["line"]), (&2.into(), &3.into()));
    assert_eq!((&events[4]["rows"], &events[4]["failed"]), (&2.into(), &2.into()));
}

#[test]
fn a_list_that_cannot_be_used_is_told_before_any_work() {
    let desk = Desk::new();
    let outcome = batch(&desk, "character,driving,output\na.png,b.mp4,c.avi\nx.png,y.mp4,c.avi\n", &[]);
    outcome.failed(2, "error: ");
    assert!(outcome.stderr.contains("line 3 writes a file that line 2 writes"), "{outcome:?}");
    run(Command::new(PROGRAM).args(["batch", "none.csv"])).failed(2, "error: none.csv: no such file");
}
