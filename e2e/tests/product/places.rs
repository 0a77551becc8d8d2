//! Places that cannot be written, a disk that fills up, networks that are not there.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::desk::{Desk, PROGRAM, run};

#[test]
fn an_output_that_cannot_be_written_is_told_before_any_work() {
    let desk = Desk::new();
    let (image, video) = (desk.file("c.png", "bytes"), desk.file("d.mp4", "bytes"));
    for place in ["/dev/null/out.mp4", "/proc/out.mp4", "/no/such/folder/out.mp4"] {
        for option in ["--output", "--side-by-side", "--report"] {
            let mut command = Command::new(PROGRAM);
            command.arg("transfer").args([&image, &video]).arg(option).arg(place);
            if option != "--output" {
                command.arg("-o").arg(desk.output("out.mp4"));
            }
            run(&mut command).failed(2, &format!("error: {option} {place}: the folder "));
        }
    }
    assert!(desk.results().is_empty());
}

/// A file system of 100 kB, seen by the program alone.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk() {
    let Some(desk) = Desk::with_networks() else { return };
    let own_mounts = run(Command::new("unshare").args(["-rm", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]));
    if own_mounts.exit_code != Some(0) {
        eprintln!("skipped: this machine lets nobody mount: {}", own_mounts.stderr);
        return;
    }
    let (character, dance) = (desk.still("c.png", "scale=-2:720", &[]), desk.dance(3.0));
    let script = r#"mount -t tmpfs -o size=100k tmpfs "$0" && "$1" transfer "$2" "$3" -o "$0/out.mp4"
                    code=$?; echo "left: $(ls -A "$0")"; exit $code"#;
    let mut command = Command::new("unshare");
    command.args(["-rm", "sh", "-c", script]).arg(desk.output("")).arg(PROGRAM).args([character, dance]);
    let outcome = run(&mut command);
    outcome.failed(1, "error[internal]: ");
    assert!(outcome.stderr.contains("out.mp4 cannot be written: the disk is full"), "{outcome:?}");
    assert!(outcome.stdout.ends_with("left: \n"), "{outcome:?}");
}

/// No package client either, so that nothing is fetched.
fn without_client(desk: &Desk, models_dir: &Path) -> Command {
    let mut command = desk.command(&desk.character(), &desk.dance(0.4), &[]);
    command.env("PANTOMIME_MODELS", models_dir).env("PATH", "/no/such/folder");
    command
}

#[test]
fn missing_networks_name_the_command_that_brings_them() {
    let desk = Desk::new();
    let outcome = run(&mut without_client(&desk, &desk.input("models")));
    outcome.failed(1, "error[internal]: ");
    assert!(outcome.stderr.contains("npm") && outcome.stderr.contains("--from"), "{outcome:?}");
    assert!(desk.results().is_empty());
}

/// Where the networks are installed, as the program itself says.
fn installed() -> PathBuf {
    let listed = run(Command::new(PROGRAM).args(["models", "list"]));
    PathBuf::from(listed.stdout.lines().next().expect("the folder comes first"))
}

#[test]
fn a_corrupt_network_is_found_and_named() {
    let Some(desk) = Desk::with_networks() else { return };
    let models_dir = desk.input("models");
    fs::create_dir(&models_dir).expect("a folder");
    for entry in fs::read_dir(installed()).expect("a folder") {
        let path = entry.expect("an entry").path();
        let copy = models_dir.join(path.file_name().expect("a name"));
        if path.ends_with("hand_recrop.tflite") {
            let mut bytes = fs::read(&path).expect("a network");
            bytes[70_000] ^= 1;
            fs::write(copy, bytes).expect("a file");
        } else if path.is_file() {
            std::os::unix::fs::symlink(path, copy).expect("a link");
        }
    }
    let outcome = run(&mut without_client(&desk, &models_dir));
    outcome.failed(1, "error[internal]: ");
    assert!(outcome.stderr.contains("hand_recrop"), "{outcome:?}");
    assert!(outcome.stderr.contains("pantomime models install"), "{outcome:?}");
    assert!(desk.results().is_empty());

    let verified = run(Command::new(PROGRAM).args(["models", "verify"]).env("PANTOMIME_MODELS", &models_dir));
    verified.failed(1, "error[internal]: 1 of ");
    assert!(verified.stdout.contains("damaged  hand_recrop"), "{verified:?}");
    let doctor = run(Command::new(PROGRAM).arg("doctor").env("PANTOMIME_MODELS", &models_dir));
    doctor.failed(1, "error[internal]: ");
    assert!(doctor.stdout.contains("mend it with: pantomime models install"), "{doctor:?}");
}

#[test]
fn a_file_that_is_no_package_is_refused() {
    let desk = Desk::new();
    let junk = desk.file("junk.tgz", "junk");
    let mut command = Command::new(PROGRAM);
    command.args(["models", "install", "--from"]).arg(junk).env("PANTOMIME_MODELS", desk.input("models"));
    let outcome = run(&mut command);
    outcome.failed(1, "error[internal]: ");
    assert!(outcome.stderr.contains("junk.tgz"), "{outcome:?}");
    assert!(fs::read_dir(desk.input("models")).map_or(0, Iterator::count) == 0);
}
