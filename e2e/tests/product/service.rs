//! `pantomime serve` with the real engine, called as its users call it: by the providers' own client, by the published requests
//! with curl, and by our own interface.

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::desk::{Desk, PROGRAM, bundled, probe, run, stream};
use crate::serving::{Serving, client, keys, make_key, real_pair};

const PIXAZO: &str =
    "/kling-video-v2-6-standard-motion-control/v1/kling-video-v2-6-standard-motion-control-request";

/// The file is what the contract says of every output.
fn is_good_video(desk: &Desk, name: &str, audio: bool) {
    let probed = probe(&desk.output(name));
    let video = stream(&probed, "video").expect("a picture");
    assert_eq!((&video["codec_name"], &video["pix_fmt"]), (&json!("h264"), &json!("yuv420p")));
    assert_eq!(stream(&probed, "audio").is_some(), audio);
}

#[test]
fn segminds_own_client_works() {
    let Some(desk) = Desk::with_networks() else { return };
    let key = make_key(&desk, &["--budget", "10", "--price", "0.5"]);
    let serving = Serving::start(&desk);
    let (image, video) = real_pair(&desk, "2");
    let (image, video) = (serving.upload(&key, &image), serving.upload(&key, &video));
    let missing = format!("{}/assets/nothing", serving.base);
    let output = desk.output("made.mp4");
    let output = output.to_str().expect("text");
    if client("segmind_client.py", &[&serving.base, &key, &image, &video, &missing, output]) {
        is_good_video(&desk, "made.mp4", true);
        // Three were made, one failed.
        let listed = keys(&desk, &["list"]);
        assert!(listed.contains("charged $1.50 of $10.00, held $0.00"), "{listed}");
    }
}

#[test]
fn pixazos_published_requests_work_with_curl() {
    let Some(desk) = Desk::with_networks() else { return };
    let key = make_key(&desk, &[]);
    let serving = Serving::start(&desk);
    let (image, video) = real_pair(&desk, "2");
    let (image, video) = (serving.upload(&key, &image), serving.upload(&key, &video));
    let post = |path: &str, body: &Value| {
        let (key, body) = (format!("Ocp-Apim-Subscription-Key: {key}"), body.to_string());
        let published =
            ["-X", "POST", "-H", "Content-Type: application/json", "-H", "Cache-Control: no-cache", "-H"];
        serving.curl("", &[&published[..], &[&key, "-d", &body]].concat(), path)
    };
    let body = json!({
        "image_url": image, "video_url": video, "character_orientation": "image", "keep_original_sound": false,
    });
    let queued = post(PIXAZO, &body);
    assert_eq!(queued["status"], "IN_QUEUE", "{queued}");
    let id = queued["request_id"].as_str().expect("an id");
    serving.job_when(&key, id, |job| job["state"] != "queued" && job["state"] != "running");
    let result = post(&format!("{PIXAZO}-result"), &json!({ "request_id": id }));
    assert_eq!((&result["status"], &result["has_audio"]), (&json!("COMPLETED"), &json!(false)), "{result}");
    let made = desk.output("made.mp4");
    let url = result["output_url"].as_str().expect("a link");
    let fetched = run(Command::new("curl").args(["--silent", "--fail", "-o"]).arg(&made).arg(url));
    assert_eq!(fetched.exit_code, Some(0));
    is_good_video(&desk, "made.mp4", false);
    let probed = probe(&made);
    let size = stream(&probed, "video").map(|video| (video["width"].clone(), video["height"].clone()));
    assert_eq!(size, Some((result["width"].clone(), result["height"].clone())));
}

#[test]
fn our_own_interface_takes_files_checks_them_and_describes_itself() {
    let Some(desk) = Desk::with_networks() else { return };
    let key = make_key(&desk, &[]);
    let serving = Serving::start(&desk);
    let (image, video) = real_pair(&desk, "2");
    let (image, video) = (format!("image=@{}", image.display()), format!("video=@{}", video.display()));
    let form = ["-F", &image, "-F", &video, "-F", "prompt=smile"];
    let check = serving.curl(&key, &form, "/api/v1/check");
    assert_eq!((&check["usable"], &check["video"]["person_share"]), (&json!(true), &json!(1.0)), "{check}");
    let queued = serving.curl(&key, &form, "/api/v1/jobs");
    let id = queued["id"].as_str().unwrap_or_else(|| panic!("{queued}"));
    let job = serving.job_when(&key, id, |job| job["state"] != "queued" && job["state"] != "running");
    assert_eq!(
        (&job["state"], &job["warnings"][0]["code"]),
        (&json!("completed"), &json!("not_supported")),
        "{job}"
    );

    // What is answered is what is described.
    let ask = |path: String| serving.curl(&key, &[], &path);
    let missing = json!({ "image_url": format!("{}/assets/no", serving.base), "video_url": "https://example.org/v.mp4" });
    let body = missing.to_string();
    let failed = serving.curl(&key, &["-H", "content-type: application/json", "-d", &body], "/api/v1/jobs");
    let failed_id = failed["id"].as_str().expect("an id").to_owned();
    let failed = serving.job_when(&key, &failed_id, |job| job["state"] == "failed");
    let answers = json!([
        { "schema": "Check", "body": check },
        { "schema": "Job", "body": queued },
        { "schema": "Job", "body": job },
        { "schema": "Job", "body": failed },
        { "schema": "Jobs", "body": ask("/api/v1/jobs".to_owned()) },
        { "schema": "Usage", "body": ask("/api/v1/usage".to_owned()) },
        { "schema": "Deliveries", "body": ask(format!("/api/v1/jobs/{id}/deliveries")) },
        { "schema": "NativeError", "body": ask("/api/v1/jobs/nothing".to_owned()) },
        { "schema": "SegmindStatus", "body": ask(format!("/v2/requests/{id}/status")) },
        { "schema": "SegmindCompleted", "body": ask(format!("/v2/requests/{id}")) },
        { "schema": "SegmindFailed", "body": ask(format!("/v2/requests/{failed_id}")) },
        { "schema": "SegmindCredits", "body": ask("/v1/get-user-credits".to_owned()) },
        { "schema": "Error", "body": ask("/v2/requests/nothing".to_owned()) },
    ]);
    let (document, told) = (desk.output("openapi.json"), desk.output("answers.json"));
    fs::write(&document, ask("/openapi.json".to_owned()).to_string()).expect("a file");
    fs::write(&told, answers.to_string()).expect("a file");
    client("openapi.py", &[document.to_str().expect("text"), told.to_str().expect("text")]);
}

#[test]
fn a_job_whose_tracking_was_finished_does_not_track_again() {
    let Some(desk) = Desk::with_networks() else { return };
    let key = make_key(&desk, &[]);
    let serving = Serving::start(&desk);
    let (image, video) = real_pair(&desk, "4");
    let (image, video) = (format!("image=@{}", image.display()), format!("video=@{}", video.display()));
    let job = serving.curl(&key, &["-F", &image, "-F", &video], "/api/v1/jobs");
    let id = job["id"].as_str().expect("an id").to_owned();
    serving.job_when(&key, &id, |job| job["stage"] == "track");
    // The tracker writes its work down and is done; what comes after is broken off.
    let kept = desk.output("data").join("work").join(&id).join("kept").join("track.json");
    while !kept.exists() {
        std::thread::yield_now();
    }
    serving.kill();
    let serving = Serving::start(&desk);
    let job = serving.job_when(&key, &id, |job| job["state"] != "queued" && job["state"] != "running");
    assert_eq!((&job["state"], &job["attempt"]), (&json!("completed"), &json!(2)), "{job}");
    let tracked = job["output"]["stage_seconds"]["track"].as_f64().expect("a time");
    assert!(tracked < 0.5, "{tracked}");
    assert_eq!(serving.terminate(), Some(0));
    assert!(fs::read_dir(desk.output("data").join("work")).expect("a folder").next().is_none());
}

#[test]
fn a_real_job_is_canceled_within_a_second() {
    let Some(desk) = Desk::with_networks() else { return };
    let key = make_key(&desk, &[]);
    let serving = Serving::start(&desk);
    let (image, video) = (
        format!("image=@{}", bundled("character.png").display()),
        format!("video=@{}", bundled("dance.mp4").display()),
    );
    // The rig is made while the driver is tracked; which of the two a beat tells of is chance.
    for stages in [&["rig", "track"][..], &["render"]] {
        let job = serving.curl(&key, &["-F", &image, "-F", &video], "/api/v1/jobs");
        let id = job["id"].as_str().expect("an id").to_owned();
        serving.job_when(&key, &id, |job| stages.iter().any(|stage| job["stage"] == *stage));
        let sent = Instant::now();
        let job = serving.curl(&key, &["-X", "POST"], &format!("/api/v1/jobs/{id}/cancel"));
        assert!(sent.elapsed() < Duration::from_secs(1), "{:?}", sent.elapsed());
        assert_eq!(job["state"], "canceled");
        // Its process is gone soon after, and so is its folder.
        let work = desk.output("data").join("work").join(&id);
        while work.exists() {
            assert!(sent.elapsed() < Duration::from_secs(30), "it works on");
            std::thread::yield_now();
        }
    }
}

/// The shell blocks of README.md's section on serving, run as they stand but for the address and a shorter pair.
#[test]
fn the_readmes_commands_work_as_pasted() {
    let Some(desk) = Desk::with_networks() else { return };
    let serving = Serving::start(&desk);
    let readme = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../README.md")).expect("a text");
    let (_, section) = readme.split_once("<!-- e2e:").expect("the mark");
    let (section, _) = section.split_once("\n## ").expect("the next section");
    let blocks: Vec<_> =
        section.split("```sh\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert_eq!(blocks.len(), 4);
    let script = blocks.concat().replace("http://127.0.0.1:8080", &serving.base);
    let demo = desk.output("demo");
    fs::create_dir(&demo).expect("a folder");
    fs::copy(desk.character(), demo.join("character.png")).expect("a copy");
    fs::copy(desk.dance(1.0), demo.join("dance.mp4")).expect("a copy");
    let ran =
        run(Command::new("bash").args(["-e", "-o", "pipefail", "-c", &script]).current_dir(desk.output("")));
    assert_eq!(ran.exit_code, Some(0), "{ran:?}");
    assert!(ran.stdout.matches("COMPLETED").count() >= 2 && !ran.stdout.contains("FAILED"), "{}", ran.stdout);
    assert!(
        ran.stdout.contains("\"state\":\"completed\"") && ran.stdout.contains("\"usable\":true"),
        "{}",
        ran.stdout
    );
    for video in ["pixazo.mp4", "segmind.mp4"] {
        is_good_video(&desk, video, true);
    }
}

#[test]
fn keys_are_made_listed_and_revoked_beside_a_running_server() {
    let desk = Desk::new();
    if Desk::with_networks().is_none() {
        return;
    }
    let first = make_key(&desk, &["--scopes", "read"]);
    let serving = Serving::start(&desk);
    let second = make_key(&desk, &[]);
    for key in [&first, &second] {
        assert!(serving.curl(key, &[], "/api/v1/jobs")["jobs"].is_array());
    }
    let listed = keys(&desk, &["list"]);
    assert!(!listed.contains(&first) && listed.lines().count() == 2, "{listed}");
    let id = listed.lines().last().and_then(|line| line.split_whitespace().next()).expect("an id");
    keys(&desk, &["revoke", id]);
    let sent = Instant::now();
    while serving.curl(&second, &[], "/api/v1/jobs")["error"]["code"] != "unauthorized" {
        assert!(sent.elapsed() < Duration::from_secs(10), "a revoked key is good");
    }
    assert!(serving.curl(&first, &[], "/api/v1/jobs")["jobs"].is_array());
    assert_eq!(serving.terminate(), Some(0));
}

#[test]
fn settings_that_make_no_sense_are_usage_errors() {
    let desk = Desk::new();
    let config = desk.file("pantomime.toml", "wokers = 2\n");
    let config = config.to_str().expect("text");
    for (arguments, part) in [
        (vec!["serve", "--config", config], "wokers"),
        (vec!["serve", "--config", "/no/such/file"], "cannot be read"),
        (vec!["serve", "--listen", "here"], "--listen"),
        (vec!["serve", "--fetch-allow", "10.0.0.0/99"], "fetch_allow"),
        (vec!["keys", "create", "--budget", "much"], "dollars"),
        (vec!["keys", "create", "--scopes", "all"], "scope"),
    ] {
        let outcome = run(Command::new(PROGRAM).args(&arguments).env("XDG_DATA_HOME", desk.output("home")));
        assert_eq!(outcome.exit_code, Some(2), "{arguments:?}: {outcome:?}");
        assert!(outcome.stderr.contains(part), "{arguments:?}: {outcome:?}");
    }
}
