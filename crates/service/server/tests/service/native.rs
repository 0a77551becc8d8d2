//! Pantomime's own interface.

use std::time::{Duration, Instant};

use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::desk::{Answer, Desk, png, tiny_video};

fn form() -> Form {
    Form::new()
        .part("image", Part::bytes(png()).file_name("c.png"))
        .part("video", Part::bytes(tiny_video()).file_name("v.mp4"))
}

#[tokio::test]
async fn a_job_is_made_of_uploaded_files() {
    let desk = Desk::new(|_| {}).await;
    let form = form()
        .text("prompt", "ok")
        .text("keep_original_sound", "false")
        .text("seed", "-3")
        .text("shutter", "90");
    let request = desk.request(Method::POST, "/api/v1/jobs").bearer_auth(&desk.key).multipart(form);
    let answer = Answer::of(request).await;
    assert_eq!(answer.status, 201, "{}", String::from_utf8_lossy(&answer.bytes));
    let job = answer.json();
    let id = job["id"].as_str().unwrap();
    assert_eq!(answer.header("location"), Some(format!("{}/api/v1/jobs/{id}", desk.base()).as_str()));
    assert_eq!(job["request"]["keep_original_sound"], false);
    assert_eq!(job["request"]["seed"], json!(u64::MAX - 2));
    assert_eq!(job["request"]["shutter"], 90.0);
    let image = job["request"]["image_url"].as_str().unwrap();
    let asset = Answer::of(desk.client.get(image)).await;
    assert_eq!((asset.status, asset.header("content-type"), &asset.bytes), (200, Some("image/png"), &png()));
    assert_eq!(desk.ended(id).await["state"], "completed");
    assert_eq!(desk.origin.asked("/image.png"), 0);
}

#[tokio::test]
async fn assets_and_outputs_are_named_by_url_and_read_without_a_socket() {
    // Nothing on this machine may be fetched here.
    let desk = Desk::new(|settings| settings.fetch_allow.clear()).await;
    let request = desk.request(Method::POST, "/api/v1/assets").bearer_auth(&desk.key).multipart(form());
    let answer = Answer::of(request).await;
    assert_eq!(answer.status, 201);
    let assets = answer.json()["assets"].clone();
    assert_eq!(answer.json()["url"], assets[0]["url"]);
    assert_eq!(
        (&assets[0]["content_type"], &assets[1]["content_type"]),
        (&json!("image/png"), &json!("video/mp4"))
    );
    let body = json!({ "image_url": assets[0]["url"], "video_url": assets[1]["url"], "prompt": "ok" });
    let first = desk.native(Method::POST, "/api/v1/jobs", Some(&body)).await.json();
    let first = desk.ended(first["id"].as_str().unwrap()).await;
    assert_eq!(first["state"], "completed", "{first}");
    // A result drives the next job.
    let body = json!({ "image_url": assets[0]["url"], "video_url": first["output"]["url"], "prompt": "ok" });
    let second = desk.native(Method::POST, "/api/v1/jobs", Some(&body)).await.json();
    assert_eq!(desk.ended(second["id"].as_str().unwrap()).await["state"], "completed");
    let body =
        json!({ "image_url": format!("{}/assets/nothing", desk.base()), "video_url": assets[1]["url"] });
    let third = desk.native(Method::POST, "/api/v1/jobs", Some(&body)).await.json();
    let third = desk.ended(third["id"].as_str().unwrap()).await;
    assert_eq!(third["error"]["code"], "image_unreachable");
}

#[tokio::test]
async fn a_shutter_is_an_angle_up_to_a_full_turn() {
    let desk = Desk::new(|_| {}).await;
    for (shutter, status) in
        [(json!(0), 201), (json!(360), 201), (json!(null), 201), (json!(361), 400), (json!("90"), 400)]
    {
        let mut body = desk.pair("ok");
        body["shutter"] = shutter.clone();
        let answer = desk.native(Method::POST, "/api/v1/jobs", Some(&body)).await;
        assert_eq!(answer.status, status, "{shutter}");
        match status {
            201 => assert_eq!(answer.json()["request"]["shutter"].as_f64(), shutter.as_f64()),
            _ => assert_eq!(answer.json()["error"]["code"], "invalid_field"),
        }
    }
}

#[tokio::test]
async fn what_is_neither_image_nor_video_is_no_asset() {
    let desk = Desk::new(|_| {}).await;
    let upload = async |form: Form| {
        Answer::of(desk.request(Method::POST, "/api/v1/assets").bearer_auth(&desk.key).multipart(form)).await
    };
    let text = Form::new().part("file", Part::bytes(b"#EXTM3U\n".to_vec()).file_name("v.mp4"));
    assert_eq!(upload(text).await.json()["error"]["code"], "invalid_field");
    let many = (0..9).fold(Form::new(), |form, _| form.part("file", Part::bytes(png()).file_name("c.png")));
    assert_eq!(upload(many).await.json()["error"]["code"], "invalid_field");
    let twice = form().part("image", Part::bytes(png()).file_name("c.png"));
    let request = desk.request(Method::POST, "/api/v1/jobs").bearer_auth(&desk.key).multipart(twice);
    assert_eq!(Answer::of(request).await.json()["error"]["code"], "invalid_field");
    assert_eq!(upload(Form::new().text("a", "b")).await.json()["error"]["code"], "missing_field");
    let desk = Desk::new(|settings| (settings.image_bytes, settings.video_bytes) = (1000, 1000)).await;
    let large = Form::new().part("file", Part::bytes([png(), vec![0; 2000]].concat()).file_name("c.png"));
    let request = desk.request(Method::POST, "/api/v1/assets").bearer_auth(&desk.key).multipart(large);
    let answer = Answer::of(request).await;
    assert_eq!((answer.status, &answer.json()["error"]["code"]), (413, &json!("body_too_large")));
    assert!(crate::desk::names(&desk.settings.data.join("assets")).is_empty());
}

#[tokio::test]
async fn kept_characters_and_motions_are_taken_for_images_and_videos() {
    let desk = Desk::new(|_| {}).await;
    let character = b"PK\x03\x04\x14\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x09\0\0\0image.png";
    let motions = [br#"{"format":"pantomime-motion-1","#.as_slice(), b"HIERARCHY\nROOT Hips\n"];
    for (motion, kind) in motions.into_iter().zip(["application/json", "text/plain"]) {
        let form = Form::new()
            .part("image", Part::bytes(character.to_vec()).file_name("hero.character"))
            .part("video", Part::bytes(motion.to_vec()).file_name("dance"))
            .text("prompt", "ok");
        let request = desk.request(Method::POST, "/api/v1/jobs").bearer_auth(&desk.key).multipart(form);
        let answer = Answer::of(request).await;
        assert_eq!(answer.status, 201, "{}", String::from_utf8_lossy(&answer.bytes));
        let job = answer.json();
        for (field, expected) in [("image_url", "application/zip"), ("video_url", kind)] {
            let asset = Answer::of(desk.client.get(job["request"][field].as_str().unwrap())).await;
            assert_eq!((asset.status, asset.header("content-type")), (200, Some(expected)));
        }
        assert_eq!(desk.ended(job["id"].as_str().unwrap()).await["state"], "completed");
    }
}

#[tokio::test]
async fn data_urls_are_taken_where_they_are_enabled() {
    use base64::Engine as _;
    let desk = Desk::new(|settings| settings.data_urls = true).await;
    let data = |kind: &str, bytes: &[u8]| {
        format!("data:{kind};base64,{}", base64::prelude::BASE64_STANDARD.encode(bytes))
    };
    let body = json!({
        "image_url": data("image/png", &png()), "video_url": data("video/mp4", &tiny_video()), "prompt": "ok",
    });
    for face in crate::face::FACES {
        let id = face.id(&face.submit(&desk, &desk.key, &body, &[]).await);
        assert_eq!(desk.ended(&id).await["state"], "completed");
    }
    let bad =
        json!({ "image_url": data("image/png", b"nonsense"), "video_url": data("video/mp4", &tiny_video()) });
    let answer = desk.native(Method::POST, "/api/v1/jobs", Some(&bad)).await;
    assert_eq!(answer.status, 400);
}

#[tokio::test]
async fn events_tell_a_job_from_queue_to_end() {
    let desk = Desk::new(|_| {}).await;
    let first = desk.submitted("hold:go").await;
    desk.job_when(&first, |job| job["stage"] == "track").await;
    let second = desk.submitted("slow:3").await;
    let mut events = desk.events(&second).await;
    let queued = events.next().await.unwrap();
    assert_eq!((&queued["state"], &queued["queue_position"]), (&json!("queued"), &json!(0)));
    std::fs::write(desk.kept(&first).join("go"), "").unwrap();
    let (mut percent, mut last) = (0, Value::Null);
    while let Some(job) = events.next().await {
        let now = job["progress_percent"].as_u64().unwrap();
        assert!(now >= percent, "{now} after {percent}");
        percent = now;
        last = job;
    }
    assert_eq!((&last["state"], percent), (&json!("completed"), 100));
}

#[tokio::test]
async fn cancel_is_at_once_at_any_stage() {
    let desk = Desk::new(|_| {}).await;
    let cancel = async |id: &str| desk.native(Method::POST, &format!("/api/v1/jobs/{id}/cancel"), None).await;
    let running = desk.submitted("hang").await;
    let waiting = desk.submitted("ok").await;
    desk.job_when(&running, |job| job["stage"] == "track").await;
    let mut fetching = desk.pair("ok");
    fetching["image_url"] = json!(desk.origin.url("/held.png"));
    for id in [&waiting, &running] {
        let sent = Instant::now();
        let job = cancel(id).await.json();
        assert!(sent.elapsed() < Duration::from_secs(1), "{:?}", sent.elapsed());
        assert_eq!((&job["state"], &job["error"]["code"]), (&json!("canceled"), &json!("canceled")));
        // Once more changes nothing.
        assert_eq!(cancel(id).await.json()["ended_ms"], job["ended_ms"]);
    }
    // The worker is free for the next, though the child would hang for ever; and so it is while a download hangs.
    let held = desk.native(Method::POST, "/api/v1/jobs", Some(&fetching)).await.json();
    let held = held["id"].as_str().unwrap();
    desk.job_when(held, |job| job["stage"] == "fetch").await;
    assert_eq!(cancel(held).await.json()["state"], "canceled");
    let next = desk.submitted("ok").await;
    assert_eq!(desk.ended(&next).await["state"], "completed");
    assert_eq!(cancel(&next).await.json()["state"], "completed");
    assert!(crate::desk::names(&desk.settings.data.join("work")).is_empty());
}

#[tokio::test]
async fn a_retry_is_another_job_of_the_same_request() {
    let desk = Desk::new(|_| {}).await;
    let failed = desk.submitted("reject:decode_error").await;
    desk.ended(&failed).await;
    let again = desk.native(Method::POST, &format!("/api/v1/jobs/{failed}/retry"), None).await;
    let job = again.json();
    assert_eq!((again.status, &job["request"]["retry_of"]), (201, &json!(failed)));
    assert_ne!(job["id"], json!(failed));
    assert_eq!(desk.ended(job["id"].as_str().unwrap()).await["error"]["code"], "decode_error");
    let good = desk.submitted("ok").await;
    desk.ended(&good).await;
    let answer = desk.native(Method::POST, &format!("/api/v1/jobs/{good}/retry"), None).await;
    assert_eq!((answer.status, &answer.json()["error"]["code"]), (409, &json!("wrong_state")));
}

#[tokio::test]
async fn a_deleted_job_leaves_nothing() {
    let desk = Desk::new(|_| {}).await;
    let (done, running) = (desk.submitted("ok").await, desk.submitted("wait").await);
    desk.ended(&done).await;
    desk.job_when(&running, |job| job["state"] == "running").await;
    for id in [&done, &running] {
        assert_eq!(desk.native(Method::DELETE, &format!("/api/v1/jobs/{id}"), None).await.status, 204);
        assert_eq!(desk.native(Method::GET, &format!("/api/v1/jobs/{id}"), None).await.status, 404);
        assert_eq!(desk.native(Method::DELETE, &format!("/api/v1/jobs/{id}"), None).await.status, 404);
    }
    assert!(desk.outputs().is_empty());
}

#[tokio::test]
async fn jobs_are_listed_newest_first_in_pages() {
    let desk = Desk::new(|settings| settings.workers = 0).await;
    let mut ids = Vec::new();
    for _ in 0..5 {
        ids.insert(0, desk.submitted("ok").await);
    }
    let list =
        async |query: &str| desk.native(Method::GET, &format!("/api/v1/jobs{query}"), None).await.json();
    let listed = |page: &Value| -> Vec<String> {
        page["jobs"].as_array().unwrap().iter().map(|job| job["id"].as_str().unwrap().to_owned()).collect()
    };
    let first = list("?limit=2").await;
    assert_eq!(listed(&first), ids[..2]);
    let second = list(&format!("?limit=2&before={}", first["next_before"])).await;
    assert_eq!(listed(&second), ids[2..4]);
    let third = list(&format!("?limit=2&before={}", second["next_before"])).await;
    assert_eq!((listed(&third).as_slice(), &third["next_before"]), (&ids[4..], &Value::Null));
    assert_eq!(list("?state=queued").await["jobs"].as_array().unwrap().len(), 5);
    assert_eq!(list("?state=running").await["jobs"], json!([]));
    assert_eq!(desk.native(Method::GET, "/api/v1/jobs?state=odd", None).await.status, 400);
    assert_eq!(desk.native(Method::GET, "/api/v1/jobs?before=x", None).await.status, 400);
}

#[tokio::test]
async fn a_prompt_is_never_passed_over_in_silence() {
    let desk = Desk::new(|settings| settings.workers = 0).await;
    let job = desk.native(Method::POST, "/api/v1/jobs", Some(&desk.pair("smile"))).await.json();
    assert_eq!(
        (&job["request"]["prompt"], &job["warnings"][0]["code"]),
        (&json!("smile"), &json!("not_supported"))
    );
    let job = desk.native(Method::POST, "/api/v1/jobs", Some(&desk.pair(""))).await.json();
    assert_eq!(job["warnings"], json!([]));
}

#[tokio::test]
async fn a_pair_is_looked_at_before_it_is_made() {
    let desk = Desk::new(|_| {}).await;
    let check = async |body: &Value| desk.native(Method::POST, "/api/v1/check", Some(body)).await;
    let good = check(&desk.pair("ok")).await;
    assert_eq!((good.status, &good.json()["usable"]), (200, &json!(true)));
    let mut body = desk.pair("ok");
    body["image_url"] = json!(desk.origin.url("/nothing.png"));
    let bad = check(&body).await.json();
    assert_eq!((&bad["usable"], &bad["problems"][0]["code"]), (&json!(false), &json!("image_unreachable")));
    assert!(crate::desk::names(&desk.settings.data.join("work")).is_empty());
    assert_eq!(desk.native(Method::GET, "/api/v1/jobs", None).await.json()["jobs"], json!([]));
}

#[tokio::test]
async fn engines_sizes_and_targets_are_checked() {
    let desk = Desk::new(|_| {}).await;
    let ask = async |name: &str, value: Value| {
        let mut body = desk.pair("ok");
        body[name] = value;
        desk.native(Method::POST, "/api/v1/jobs", Some(&body)).await
    };
    assert_eq!(ask("size", json!("640x360")).await.json()["request"]["size"], "640x360");
    assert_eq!(ask("engine", json!("scripted")).await.status, 201);
    for (name, value) in [
        ("size", json!("huge")),
        ("engine", json!("diffusion")),
        ("webhook_url", json!("http://10.0.0.1/hook")),
        ("webhook_url", json!("nonsense")),
        ("webhook_url", json!(5)),
    ] {
        assert_eq!(ask(name, value.clone()).await.status, 400, "{name} {value}");
    }
}
