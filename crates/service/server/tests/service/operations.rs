//! What operators ask.

use reqwest::Method;
use serde_json::{Value, json};

use crate::desk::{Answer, Desk};

#[tokio::test]
async fn health_and_readiness_are_told_without_a_key() {
    let desk = Desk::new(|_| {}).await;
    let ask = async |path: &str| Answer::of(desk.request(Method::GET, path)).await;
    assert_eq!(ask("/health/live").await.json(), json!({ "status": "ok" }));
    let ready = loop {
        // The workers start with the server, a moment after it listens.
        let ready = ask("/health/ready").await;
        if ready.status == 200 {
            break ready;
        }
        tokio::task::yield_now().await;
    };
    assert_eq!(ready.json()["checks"], json!({ "database": true, "accepting": true, "workers": true }));
    let idle = Desk::new(|settings| settings.workers = 0).await;
    let ready = Answer::of(idle.request(Method::GET, "/health/ready")).await;
    assert_eq!((ready.status, &ready.json()["checks"]["workers"]), (503, &json!(false)));
}

#[tokio::test]
async fn metrics_count_without_naming_anybody() {
    let desk = Desk::new(|_| {}).await;
    let id = desk.submitted("ok").await;
    desk.ended(&id).await;
    let text = Answer::of(desk.request(Method::GET, "/metrics")).await;
    let text = String::from_utf8(text.bytes).unwrap();
    for name in [
        "pantomime_jobs_submitted_total{dialect=\"native\"}",
        "pantomime_jobs_ended_total{state=\"completed\",code=\"none\"}",
        "pantomime_jobs_queued 0",
        "pantomime_attempt_seconds_bucket",
        "pantomime_http_requests_total{route=\"/api/v1/jobs\",status=\"201\"}",
        "pantomime_fetched_bytes_total",
    ] {
        assert!(text.contains(name), "{name} in {text}");
    }
    assert!(!text.contains(&id) && !text.contains("key_"));
}

#[tokio::test]
async fn the_description_names_every_path_that_is_served_and_no_other() {
    let desk = Desk::new(|_| {}).await;
    let document = Answer::of(desk.request(Method::GET, "/openapi.json")).await.json();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    let paths = document["paths"].as_object().unwrap();
    for (path, methods) in paths {
        let url = path.replace("{id}", "some-id").replace("{name}", "some-id.mp4");
        for method in methods.as_object().unwrap().keys().filter(|name| *name != "parameters") {
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            let answer = Answer::of(desk.request(method.clone(), &url)).await;
            // Without a key most are refused, but they are there: an unknown path or method has no key to ask for. Of
            // links, which need none, that one is not there.
            let is_link =
                ["/assets/", "/kept/", "/output/", "/previews/"].iter().any(|place| url.starts_with(place));
            assert!(answer.status != 404 || is_link, "{method} {path}");
        }
        // What is not described is not served.
        let answer = Answer::of(desk.request(Method::PATCH, &url)).await;
        let mut allowed: Vec<_> =
            answer.header("allow").unwrap_or_default().split(',').filter(|m| *m != "HEAD").collect();
        allowed.sort_unstable();
        let mut described: Vec<_> = methods
            .as_object()
            .unwrap()
            .keys()
            .map(|m| m.to_uppercase())
            .filter(|m| m != "HEAD" && m != "PARAMETERS")
            .collect();
        described.sort_unstable();
        assert_eq!(allowed, described, "{path}");
    }
}

#[tokio::test]
async fn every_answer_has_an_id() {
    let desk = Desk::new(|_| {}).await;
    for path in ["/health/live", "/nothing", "/api/v1/jobs", "/output/a.mp4"] {
        let answer = Answer::of(desk.request(Method::GET, path)).await;
        assert!(uuid::Uuid::parse_str(answer.header("x-request-id").unwrap()).is_ok(), "{path}");
    }
    let _: Value = Answer::of(desk.request(Method::GET, "/openapi.json")).await.json();
}
