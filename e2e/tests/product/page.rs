//! The page in a real browser, driven by `e2e/browser/studio.mjs` against the real server with the real engine.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::desk::{Desk, PROGRAM, bundled, outcome, run};
use crate::serving::{Serving, real_pair};

const CHROMIUM: &str = "/usr/bin/chromium";

/// Runs one test of the script over the desk's folder, or not where what drives a browser is not installed; in CI it must be.
fn driven(desk: &Desk, name: &str) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let script = root.join("browser/studio.mjs");
    if !root.join("browser/node_modules").exists() || !Path::new(CHROMIUM).exists() {
        assert!(
            std::env::var_os("CI").is_none(),
            "what drives a browser is not there: run .ci/setup browser"
        );
        eprintln!("skipped: what drives a browser is not there (.ci/setup browser)");
        return;
    }
    assert!(root.join("../studio/dist/page/index.html").exists(), "the page was not built: run make studio");
    let artifacts = std::env::var_os("PANTOMIME_ARTIFACTS");
    let artifacts = artifacts.map_or_else(|| root.join("../target/artifacts/studio"), PathBuf::from);
    let (image, video) = real_pair(desk, "2");
    let mut command = Command::new("node");
    command
        .arg(script)
        .arg(name)
        .env("PANTOMIME_PROGRAM", PROGRAM)
        .env("PANTOMIME_FOLDER", desk.output(""))
        .env("PANTOMIME_ARTIFACTS", artifacts)
        .env("PANTOMIME_CHROMIUM", CHROMIUM)
        .env("PANTOMIME_IMAGE", image)
        .env("PANTOMIME_VIDEO", video)
        .env("PANTOMIME_BVH", bundled("wave.bvh"))
        .stdin(Stdio::null());
    let ended = outcome(&command.output().expect("node starts"));
    eprintln!("{}", ended.stderr);
    assert_eq!((ended.exit_code, ended.stdout.trim()), (Some(0), "good"));
}

#[test]
fn dropped_files_are_looked_at_made_and_watched() {
    let Some(desk) = Desk::with_networks() else { return };
    driven(&desk, "dropped");
}

#[test]
fn the_bundled_pair_is_canceled_tried_again_and_survives_a_reload() {
    let Some(desk) = Desk::with_networks() else { return };
    driven(&desk, "bundled");
}

#[test]
fn a_page_outlives_its_server() {
    let Some(desk) = Desk::with_networks() else { return };
    driven(&desk, "lost");
}

#[test]
fn a_character_is_mended_and_does_a_kept_motion() {
    let Some(desk) = Desk::with_networks() else { return };
    driven(&desk, "mended");
}

#[test]
fn every_page_is_for_everybody() {
    let Some(desk) = Desk::with_networks() else { return };
    driven(&desk, "pages");
}

#[test]
fn a_gallery_of_ten_thousand_stays_quick() {
    let Some(desk) = Desk::with_networks() else { return };
    // A server makes the database.
    Serving::start(&desk).terminate();
    let fill = "
import json, sqlite3, sys, time, uuid
db = sqlite3.connect(sys.argv[1])
request = json.dumps({'dialect': 'native', 'image': {'asset': 'sample-demo-image'}, 'video': {'asset': 'sample-demo-video'},
    'orientation': 'video', 'keep_original_sound': True, 'seed': 0, 'output_size': '720p', 'longest_video_secs': 30.0})
now = int(time.time() * 1000)
rows = [(str(uuid.uuid4()), request, now - 60000 * i, now - 60000 * i) for i in range(10000)]
db.executemany(\"INSERT INTO jobs (id, key_id, request, state, failure_code, failure_message, created_ms, ended_ms) \"
    \"VALUES (?, 'local', ?, 'failed', 'timeout', 'The job took longer than it may; send a shorter video.', ?, ?)\", rows)
db.commit()
";
    let filled = run(Command::new("python3").args(["-c", fill]).arg(desk.output("data/pantomime.db")));
    assert_eq!(filled.exit_code, Some(0), "{filled:?}");
    driven(&desk, "many");
}
