//! The command line itself: help, usage errors, the demo, the doctor.

use std::process::Command;

use crate::desk::{Desk, PROGRAM, probe, run, stream};

#[test]
fn usage_errors_exit_with_two() {
    for line in ["", "transfer", "transfer a b", "transfer a b -o c.mp4 --size huge", "models", "dance"] {
        let outcome = run(Command::new(PROGRAM).args(line.split_whitespace()));
        assert_eq!(outcome.exit_code, Some(2), "{line}: {outcome:?}");
        assert!(outcome.stdout.is_empty());
    }
}

#[test]
fn help_and_version_exit_with_nought() {
    for line in ["--help", "transfer --help", "models --help"] {
        let outcome = run(Command::new(PROGRAM).args(line.split_whitespace()));
        assert_eq!(outcome.exit_code, Some(0));
        assert!(outcome.stdout.contains("Usage: pantomime"), "{line}: {outcome:?}");
    }
    let version = run(Command::new(PROGRAM).arg("--version")).stdout;
    assert_eq!(version, format!("pantomime {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn a_file_that_is_not_there_is_unreachable() {
    let desk = Desk::new();
    let there = desk.file("there", "bytes");
    desk.rejected(&desk.input("no.png"), &there, "image_unreachable");
    desk.rejected(&there, &desk.input("no.mp4"), "video_unreachable");
    desk.rejected(&desk.input(""), &there, "image_unreachable");
}

#[test]
fn the_demo_makes_both_videos() {
    let Some(desk) = Desk::with_networks() else { return };
    let outcome = run(Command::new(PROGRAM).args(["demo", "--output-dir"]).arg(desk.output("")));
    assert_eq!(outcome.exit_code, Some(0), "{outcome:?}");
    assert_eq!(desk.results(), ["out-side-by-side.mp4", "out.mp4"]);
    let probed = probe(&desk.output("out.mp4"));
    assert!(stream(&probed, "video").is_some() && stream(&probed, "audio").is_some());
    for stage in ["probe", "track", "rig", "render"] {
        assert!(outcome.stderr.lines().any(|line| line.starts_with(stage)), "{outcome:?}");
    }
}

#[test]
fn the_doctor_finds_a_whole_machine_well() {
    if Desk::with_networks().is_none() {
        return;
    }
    let outcome = run(Command::new(PROGRAM).arg("doctor"));
    assert_eq!(outcome.exit_code, Some(0), "{outcome:?}");
    for subject in ["networks", "libav", "processor", "disk"] {
        assert!(outcome.stdout.contains(&format!("ok     {subject} ")), "{outcome:?}");
    }
}

#[test]
fn shells_and_man_are_told_the_commands() {
    for (line, word) in [
        ("completions bash", "_pantomime"),
        ("completions zsh", "#compdef pantomime"),
        ("man", ".TH pantomime 1"),
        ("man transfer", ".TH pantomime-transfer 1"),
    ] {
        let outcome = run(Command::new(PROGRAM).args(line.split_whitespace()).env_remove("HOME"));
        assert_eq!(outcome.exit_code, Some(0), "{line}: {outcome:?}");
        assert!(outcome.stdout.contains(word), "{line}: {outcome:?}");
    }
    run(Command::new(PROGRAM).args(["man", "dance"])).failed(2, "error: there is no command `dance`");
}
