//! What the page needs of the server: itself, pictures of what is being made, samples, and a library of characters and motions.

use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};
use server::{Sample, Server};

use crate::desk::{Answer, Desk, child, engines, png, terms, tiny_video};

#[tokio::test]
async fn the_page_comes_with_a_strict_policy_and_knows_its_files() {
    let desk = Desk::new(|_| {}).await;
    let page = Answer::of(desk.request(Method::GET, "/")).await;
    assert_eq!((page.status, page.header("content-type")), (200, Some("text/html; charset=utf-8")));
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'; script-src 'self';"), "{policy}");
    assert!(!policy.contains("unsafe"), "{policy}");
    assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
    for path in ["/studio/nothing.js", "/studio/../index.html", "/studio/%2e%2e/index.html"] {
        assert_eq!(Answer::of(desk.request(Method::GET, path)).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn a_running_job_shows_its_frames_and_a_completed_one_keeps_a_poster() {
    let desk = Desk::new(|_| {}).await;
    let id = desk.submitted("show:go").await;
    let running = desk.job_when(&id, |job| !job["preview"].is_null()).await;
    assert_eq!(running["preview"]["frame"], 3, "{running}");
    let jpeg = |answer: &Answer| {
        answer.header("content-type") == Some("image/jpeg") && answer.bytes.starts_with(b"\xFF\xD8\xFF")
    };
    let url = running["preview"]["url"].as_str().unwrap();
    let shown = Answer::of(desk.request(Method::GET, url)).await;
    assert!(shown.status == 200 && jpeg(&shown), "{shown:?}");
    assert_eq!(shown.header("cache-control"), Some("no-store"));
    std::fs::write(desk.kept(&id).join("go"), "").unwrap();
    let done = desk.ended(&id).await;
    let url = done["preview"]["url"].as_str().unwrap_or_else(|| panic!("{done}"));
    let poster = Answer::of(desk.request(Method::GET, url)).await;
    assert!(poster.status == 200 && jpeg(&poster), "{poster:?}");
    assert_eq!(desk.native(Method::DELETE, &format!("/api/v1/jobs/{id}"), None).await.status, 204);
    assert_eq!(Answer::of(desk.request(Method::GET, url)).await.status, 404);
    assert!(crate::desk::names(&desk.settings.data.join("posters")).is_empty());
}

#[tokio::test]
async fn a_job_without_frames_has_no_picture() {
    let desk = Desk::new(|_| {}).await;
    let id = desk.submitted("ok").await;
    assert_eq!(desk.ended(&id).await["preview"], Value::Null);
    assert_eq!(Answer::of(desk.request(Method::GET, &format!("/previews/{id}.jpg"))).await.status, 410);
    assert_eq!(Answer::of(desk.request(Method::GET, "/previews/nothing.jpg")).await.status, 404);
}

#[tokio::test]
async fn previews_honour_links_that_expire() {
    let desk = Desk::new(|settings| settings.link_secs = 60).await;
    let id = desk.submitted("show:go").await;
    let running = desk.job_when(&id, |job| !job["preview"].is_null()).await;
    let url = running["preview"]["url"].as_str().unwrap();
    assert_eq!(Answer::of(desk.request(Method::GET, url)).await.status, 200);
    let bare = format!("/previews/{id}.jpg?frame=3");
    assert_eq!(Answer::of(desk.request(Method::GET, &bare)).await.status, 403);
}

#[tokio::test]
async fn the_service_tells_what_it_is_and_offers_samples_that_never_go() {
    let mut desk = Desk::new(|_| {}).await;
    let about = Answer::of(desk.request(Method::GET, "/api/v1/service")).await.json();
    assert_eq!((&about["key_needed"], &about["samples"]), (&json!(true), &json!([])));
    assert_eq!(about["engines"][0]["character_orientations"], json!(["video", "image"]));
    desk.stop().await;

    let server = Server::start(desk.settings.clone(), engines(), child()).await.unwrap();
    let (image, video): (&'static [u8], &'static [u8]) = (png().leak(), tiny_video().leak());
    server.offer(vec![Sample { name: "demo", image, video }]).await.unwrap();
    let base = format!("http://{}", server.address());
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let running = tokio::spawn(server.run(async move { drop(stopped.await) }));
    let about = Answer::of(desk.client.get(format!("{base}/api/v1/service"))).await.json();
    let sample = &about["samples"][0];
    assert_eq!(sample["image_url"], json!(format!("{base}/assets/sample-demo-image")));
    let file = Answer::of(desk.client.get(sample["video_url"].as_str().unwrap())).await;
    assert_eq!((file.header("content-type"), &file.bytes), (Some("video/mp4"), &tiny_video()));
    let body = json!({ "image_url": sample["image_url"], "video_url": sample["video_url"] });
    let request = desk.client.post(format!("{base}/api/v1/jobs")).bearer_auth(&desk.key);
    let job = Answer::of(request.header("content-type", "application/json").body(body.to_string())).await;
    assert_eq!(job.status, 201);
    let _ = stop.send(());
    running.await.unwrap();
}

#[tokio::test]
async fn a_file_is_fetched_for_whoever_names_its_address() {
    let desk = Desk::new(|_| {}).await;
    let fetch = async |body: Value| desk.native(Method::POST, "/api/v1/assets", Some(&body)).await;
    let image = fetch(json!({ "image_url": desk.origin.image() })).await;
    assert_eq!((image.status, &image.json()["content_type"]), (201, &json!("image/png")));
    let video = fetch(json!({ "video_url": desk.origin.video() })).await;
    assert_eq!(video.json()["content_type"], "video/mp4");
    for (body, code) in [
        (json!({}), "missing_field"),
        (json!({ "image_url": desk.origin.url("/page.html") }), "invalid_field"),
        (json!({ "image_url": "http://10.0.0.1/c.png" }), "blocked_address"),
        (json!({ "video_url": "nonsense" }), "invalid_url"),
    ] {
        let answer = fetch(body.clone()).await;
        assert_eq!((answer.status, &answer.json()["error"]["code"]), (400, &json!(code)), "{body}");
    }
}

#[tokio::test]
async fn characters_are_kept_under_a_name_and_forgotten() {
    let desk = Desk::new(|_| {}).await;
    let keep = async |body: Value| desk.native(Method::POST, "/api/v1/characters", Some(&body)).await;
    let listed = async || desk.native(Method::GET, "/api/v1/characters", None).await.json()["kept"].clone();
    let unnamed = keep(json!({ "image_url": desk.origin.image() })).await;
    assert_eq!((unnamed.status, listed().await), (201, json!([])), "{:?}", unnamed.json());

    // What was made takes the image's place.
    let mended = keep(json!({ "image_url": unnamed.json()["url"], "name": " Rabbit " })).await.json();
    assert_eq!((&mended["name"], &mended["kind"]), (&json!("Rabbit"), &json!("character")));
    assert_eq!(listed().await[0]["id"], mended["id"]);
    let picture = Answer::of(desk.request(Method::GET, mended["picture_url"].as_str().unwrap())).await;
    assert_eq!((picture.status, picture.header("content-type")), (200, Some("image/jpeg")));
    let job = json!({ "image_url": mended["url"], "video_url": desk.origin.video() });
    let job = desk.native(Method::POST, "/api/v1/jobs", Some(&job)).await.json();
    assert_eq!(desk.ended(job["id"].as_str().unwrap()).await["state"], "completed");

    // It is its own key's alone.
    let (_, other) = desk.make_key(terms("another's")).await;
    let theirs = desk.request(Method::GET, "/api/v1/characters").bearer_auth(&other);
    assert_eq!(Answer::of(theirs).await.json()["kept"], json!([]));
    let path = format!("/api/v1/characters/{}", mended["id"].as_str().unwrap());
    assert_eq!(Answer::of(desk.request(Method::DELETE, &path).bearer_auth(&other)).await.status, 404);
    assert_eq!(desk.native(Method::DELETE, &path, None).await.status, 204);
    assert_eq!((desk.native(Method::DELETE, &path, None).await.status, listed().await), (404, json!([])));

    let refused = keep(json!({ "image_url": desk.origin.url("/page.html") })).await;
    assert_eq!((refused.status, &refused.json()["error"]["code"]), (422, &json!("image_unsupported")));
    let long = keep(json!({ "image_url": desk.origin.image(), "name": "x".repeat(81) })).await;
    assert_eq!((long.status, &long.json()["error"]["code"]), (400, &json!("invalid_field")));
}

#[tokio::test]
async fn motions_are_kept_with_their_stick_figures() {
    let desk = Desk::new(|_| {}).await;
    let body = json!({ "video_url": desk.origin.video(), "name": "Waltz" });
    let kept = desk.native(Method::POST, "/api/v1/motions", Some(&body)).await;
    assert_eq!((kept.status, &kept.json()["sketch"]["rate"]), (201, &json!(10.0)), "{:?}", kept.json());
    let id = kept.json()["id"].as_str().unwrap().to_owned();
    let listed = desk.native(Method::GET, "/api/v1/motions", None).await.json();
    assert_eq!((&listed["kept"][0]["name"], &listed["kept"][0]["sketch"]), (&json!("Waltz"), &Value::Null));
    let one = desk.native(Method::GET, &format!("/api/v1/motions/{id}"), None).await.json();
    assert_eq!(one["sketch"], kept.json()["sketch"]);
    assert_eq!(desk.native(Method::GET, "/api/v1/motions/nothing", None).await.status, 404);
    assert_eq!(desk.native(Method::DELETE, &format!("/api/v1/motions/{id}"), None).await.status, 204);
}

#[tokio::test]
async fn a_try_is_answered_with_its_video_and_leaves_nothing() {
    let desk = Desk::new(|_| {}).await;
    let form = Form::new()
        .part("image", Part::bytes(png()).file_name("c.png"))
        .part("video", Part::bytes(tiny_video()).file_name("v.mp4"));
    let request = desk.request(Method::POST, "/api/v1/assets").bearer_auth(&desk.key).multipart(form);
    let assets = Answer::of(request).await.json()["assets"].clone();
    let mut body = json!({ "image_url": assets[0]["url"], "video_url": assets[1]["url"], "size": "320x480" });
    let made = desk.native(Method::POST, "/api/v1/tryouts", Some(&body)).await;
    assert_eq!((made.status, made.header("content-type")), (200, Some("video/mp4")));
    assert_eq!(made.bytes, tiny_video());
    assert_eq!(desk.native(Method::GET, "/api/v1/jobs", None).await.json()["jobs"], json!([]));
    assert!(crate::desk::names(&desk.settings.data.join("work")).is_empty());
    body["size"] = json!("1280x720");
    assert_eq!(desk.native(Method::POST, "/api/v1/tryouts", Some(&body)).await.status, 400);
}
