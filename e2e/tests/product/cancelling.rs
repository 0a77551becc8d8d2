//! Ctrl-C and SIGTERM, at every stage: gone within a second, nothing left.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::desk::{Desk, run};

/// Starts a transfer, sends `signal` once the program speaks of `stage`, and looks at what is left.
fn cancelled_at(stage: &str, signal: &str) {
    let Some(desk) = Desk::with_networks() else { return };
    let side = desk.output("side.mp4");
    let options = ["--side-by-side", side.to_str().expect("text")];
    let mut command = desk.command(&desk.still("c.png", "scale=-2:720", &[]), &desk.dance(5.0), &options);
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("a child");
    let mut lines =
        BufReader::new(child.stderr.take().expect("piped")).lines().map(|line| line.expect("text"));
    let begun = lines.by_ref().find(|line| line.starts_with(stage));
    assert!(begun.is_some(), "{stage} never began");

    let sent = Instant::now();
    run(Command::new("kill").args([format!("-{signal}"), child.id().to_string()]));
    let last = lines.last().unwrap_or_default();
    let status = child.wait().expect("an end");
    let took = sent.elapsed();
    assert_eq!(status.code(), Some(4), "{last}");
    assert!(last.starts_with("error[canceled]: "), "{last}");
    assert!(took < Duration::from_secs(1), "{took:?}");
    assert!(desk.results().is_empty(), "{:?}", desk.results());
}

#[test]
fn while_the_character_is_made() {
    cancelled_at("rig", "INT");
}

#[test]
fn while_the_driver_is_followed() {
    cancelled_at("track", "INT");
}

#[test]
fn while_frames_are_drawn() {
    cancelled_at("render", "TERM");
}
