//! Whose turn it is, and what survives a stop.

use reqwest::Method;
use serde_json::{Value, json};

use crate::desk::{Answer, Desk, names, terms};

#[tokio::test]
async fn keys_take_turns() {
    let desk = Desk::new(|settings| settings.workers = 0).await;
    let (_, other) = desk.make_key(terms("another")).await;
    let submit = async |key: &str| {
        let request = desk.request(Method::POST, "/api/v1/jobs").bearer_auth(key);
        let request = request.header("content-type", "application/json").body(desk.pair("ok").to_string());
        Answer::of(request).await.json()
    };
    let mut first = Vec::new();
    for _ in 0..3 {
        first.push(submit(&desk.key).await);
    }
    let second = submit(&other).await;
    // Positions are looked at again after a moment; ask until they are those of four jobs.
    let position = async |key: &str, job: &Value| {
        let path = format!("/api/v1/jobs/{}", job["id"].as_str().unwrap());
        let request = desk.request(Method::GET, &path).bearer_auth(key);
        Answer::of(request).await.json()["queue_position"].as_u64().unwrap()
    };
    while position(&desk.key, &first[2]).await != 3 {
        tokio::task::yield_now().await;
    }
    let places = [
        position(&desk.key, &first[0]).await,
        position(&other, &second).await,
        position(&desk.key, &first[1]).await,
    ];
    assert!(places[..2] == [0, 1] || places[..2] == [1, 0], "{places:?}");
    assert_eq!(places[2], 2);
}

#[tokio::test]
async fn a_stop_puts_running_jobs_back_and_the_next_start_takes_them_up() {
    let mut desk = Desk::new(|_| {}).await;
    let (running, waiting) = (desk.submitted("hold-at:render:go").await, desk.submitted("ok").await);
    let before = desk.job_when(&running, |job| job["stage"] == "render").await;
    desk.stop().await;
    // What was tracked is kept, what was half-written is not.
    assert!(desk.kept(&running).join("tracked").exists());
    assert_eq!(names(&desk.settings.data.join("work").join(&running)), ["image", "kept", "video"]);
    std::fs::write(desk.kept(&running).join("go"), "").unwrap();
    desk.start().await;
    let job = desk.ended(&running).await;
    assert_eq!((&job["state"], &job["attempt"]), (&json!("completed"), &json!(2)));
    assert!(before["progress_percent"].as_u64() <= job["progress_percent"].as_u64());
    assert_eq!(desk.ended(&waiting).await["state"], "completed");
    // Inputs were fetched once for each.
    assert_eq!(desk.origin.asked("/image.png"), 2);
    desk.stop().await;
    assert!(names(&desk.settings.data.join("work")).is_empty());
}

#[tokio::test]
async fn a_draining_server_lets_its_job_end_and_takes_no_other() {
    let mut desk = Desk::new(|settings| settings.drain_secs = 60).await;
    let running = desk.submitted("hold:go").await;
    desk.job_when(&running, |job| job["stage"] == "track").await;
    let kept = desk.kept(&running);
    let base = desk.base().to_owned();
    let (client, key, body) = (desk.client.clone(), desk.key.clone(), desk.pair("ok").to_string());
    let submit = |path: &str, header: &'static str| {
        let request = client.post(format!("{base}{path}")).header(header, &key);
        Answer::of(request.header("content-type", "application/json").body(body.clone()))
    };
    let watched = async {
        // Drained once it says so; asked until then.
        while submit("/api/v1/jobs", "x-api-key").await.status != 503 {
            tokio::task::yield_now().await;
        }
        let pixazo = submit(crate::face::Face::Pixazo.submit_path(), "Ocp-Apim-Subscription-Key").await;
        let segmind = submit(crate::face::Face::SegmindV2.submit_path(), "x-api-key").await;
        let ready = Answer::of(client.get(format!("{base}/health/ready"))).await;
        std::fs::write(kept.join("go"), "").unwrap();
        (pixazo, segmind, ready)
    };
    let ((), (pixazo, segmind, ready)) = tokio::join!(desk.stop(), watched);
    assert_eq!((pixazo.status, segmind.status, ready.status), (500, 502, 503));
    assert_eq!(ready.json()["checks"]["accepting"], false);
    desk.start().await;
    let job = desk.ended(&running).await;
    assert_eq!((&job["state"], &job["attempt"]), (&json!("completed"), &json!(1)));
}

#[tokio::test]
async fn a_second_server_in_the_same_folder_is_refused() {
    let desk = Desk::new(|_| {}).await;
    let second =
        server::Server::start(desk.settings.clone(), crate::desk::engines(), crate::desk::child()).await;
    let error = second.err().expect("refused").to_string();
    assert!(error.contains("another pantomime serve works in"), "{error}");
    // The first one is none the worse.
    let id = desk.submitted("ok").await;
    assert_eq!(desk.ended(&id).await["state"], "completed");
}

#[tokio::test]
async fn without_a_key_only_this_machine_is_listened_to_and_anybody_is_let_in() {
    let folder = tempfile::tempdir().unwrap();
    let settings = server::Settings {
        listen: "0.0.0.0:0".parse().unwrap(),
        data: folder.path().to_owned(),
        ..server::Settings::default()
    };
    let start = |settings| server::Server::start(settings, crate::desk::engines(), crate::desk::child());
    let error = start(settings.clone()).await.err().expect("refused").to_string();
    assert!(error.contains("pantomime keys create"), "{error}");
    let server =
        start(server::Settings { listen: "127.0.0.1:0".parse().unwrap(), ..settings }).await.unwrap();
    assert!(server.is_open());
    let base = format!("http://{}", server.address());
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let running = tokio::spawn(server.run(async move { drop(stopped.await) }));
    let client = crate::desk::client();
    let jobs = Answer::of(client.get(format!("{base}/api/v1/jobs"))).await;
    assert_eq!((jobs.status, jobs.json()["jobs"].clone()), (200, json!([])));
    let credits =
        |key| Answer::of(client.get(format!("{base}/v1/get-user-credits")).header("x-api-key", key));
    assert_eq!(credits("any at all").await.status, 200);
    // The providers' programs always send one; those that forget learn of it.
    assert_eq!(credits("").await.status, 401);
    stop.send(()).unwrap();
    running.await.unwrap();
}
