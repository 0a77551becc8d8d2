//! What Segmind's page and its own client fix.

use reqwest::Method;
use serde_json::{Value, json};

use crate::desk::{Answer, Desk, tiny_video};
use crate::face::Face;

const V1: &str = "/v1/kling-2.6-standard-motion-control";

async fn v1(desk: &Desk, query: &str, accept: &str, prompt: &str) -> Answer {
    let request = desk.request(Method::POST, &format!("{V1}{query}")).header("x-api-key", &desk.key);
    let request = request.header("accept", accept).header("content-type", "application/json");
    Answer::of(request.body(desk.pair(prompt).to_string())).await
}

#[tokio::test]
async fn v1_answers_with_the_finished_video_as_json() {
    let desk = Desk::new(|_| {}).await;
    let answer = v1(&desk, "", "*/*", "ok").await;
    let body = answer.json();
    assert_eq!((answer.status, &body["status"]), (200, &json!("COMPLETED")));
    assert_eq!(body["output"], body["output_url"]);
    assert_eq!(body["video"], json!({ "url": body["output"], "content_type": "video/mp4" }));
    for name in ["inference_time", "queue_time", "total_time", "cost", "remaining_credits"] {
        assert!(body["metrics"][name].is_number(), "{name}");
    }
    for name in ["x-request-id", "x-remaining-credits", "x-generation-time", "x-cost"] {
        assert!(answer.header(name).is_some(), "{name}");
    }
    assert_eq!(answer.header("x-request-id"), body["request_id"].as_str());
}

#[tokio::test]
async fn v1_answers_with_bytes_where_they_are_asked_for() {
    let desk = Desk::new(|_| {}).await;
    for (query, accept) in
        [("?response_format=binary", "*/*"), ("", "video/mp4"), ("", "application/octet-stream")]
    {
        let answer = v1(&desk, query, accept, "ok").await;
        let id = answer.header("x-request-id").unwrap().to_owned();
        assert_eq!((answer.status, answer.header("content-type")), (200, Some("video/mp4")));
        assert_eq!(answer.bytes, tiny_video());
        assert_eq!(answer.header("content-length"), Some(tiny_video().len().to_string().as_str()));
        assert_eq!(
            answer.header("content-disposition"),
            Some(format!("inline; filename=\"{id}.mp4\"").as_str())
        );
        let link = format!("<{}/output/{id}.mp4>; rel=\"alternate\"", desk.base());
        assert_eq!(answer.header("link"), Some(link.as_str()));
        assert_eq!(answer.header("vary"), Some("Accept"));
        assert!(answer.header("x-remaining-credits").is_some());
    }
    let answer = v1(&desk, "?response_format=xml", "*/*", "ok").await;
    assert_eq!(answer.status, 400);
}

#[tokio::test]
async fn v1_fails_in_the_pages_words() {
    let desk = Desk::new(|_| {}).await;
    let answer = v1(&desk, "", "*/*", "reject:no_person_in_video").await;
    let error = answer.json()["error"].as_str().unwrap().to_owned();
    assert_eq!((answer.status, answer.header("x-error-code")), (400, Some("no_person_in_video")));
    assert!(error.starts_with("Invalid parameters or request format: "), "{error}");
    let answer = v1(&desk, "", "*/*", "internal").await;
    assert_eq!(answer.status, 500);
    assert!(answer.json()["error"].as_str().unwrap().starts_with("Internal server error: "));
}

#[tokio::test]
async fn v1_needs_a_prompt_and_its_own_header() {
    let desk = Desk::new(|_| {}).await;
    let ask = async |header: &str, key: &str, body: Value| {
        let request =
            desk.request(Method::POST, V1).header(header, key).header("content-type", "application/json");
        Answer::of(request.body(body.to_string())).await
    };
    let mut body = desk.pair("");
    assert_eq!(ask("x-api-key", &desk.key, body.clone()).await.status, 200, "an empty prompt is one");
    body.as_object_mut().unwrap().remove("prompt");
    let answer = ask("x-api-key", &desk.key, body.clone()).await;
    assert_eq!(answer.json(), json!({ "error": "Invalid parameters or request format: prompt: required" }));
    let answer = ask("authorization", &format!("Bearer {}", desk.key), body).await;
    assert_eq!(answer.status, 401);
    assert!(answer.json()["error"].as_str().unwrap().starts_with("Missing or invalid API key"));
}

#[tokio::test]
async fn v1_gives_up_waiting_and_the_job_goes_on() {
    let desk = Desk::new(|settings| settings.sync_timeout_secs = 0).await;
    let answer = v1(&desk, "", "*/*", "ok").await;
    let body = answer.json();
    assert_eq!(answer.status, 504);
    assert!(body["error"].as_str().unwrap().starts_with("Request timed out: "));
    let job = desk.ended(body["request_id"].as_str().unwrap()).await;
    assert_eq!(job["state"], "completed");
}

#[tokio::test]
async fn a_client_that_hangs_up_does_not_kill_its_job() {
    let desk = Desk::new(|_| {}).await;
    let request = desk.request(Method::POST, V1).header("x-api-key", &desk.key);
    let request = request.header("content-type", "application/json").body(desk.pair("hold:go").to_string());
    let asked = tokio::spawn(request.send());
    let id = loop {
        let jobs = desk.native(Method::GET, "/api/v1/jobs?state=running", None).await.json();
        if let Some(id) = jobs["jobs"][0]["id"].as_str() {
            break id.to_owned();
        }
        tokio::task::yield_now().await;
    };
    asked.abort();
    desk.job_when(&id, |job| job["stage"] == "track").await;
    std::fs::write(desk.kept(&id).join("go"), "").unwrap();
    assert_eq!(desk.ended(&id).await["state"], "completed");
}

#[tokio::test]
async fn v2_says_where_to_ask_and_answers_there() {
    let desk = Desk::new(|_| {}).await;
    let answer = Face::SegmindV2.submit(&desk, &desk.key, &desk.pair("hold:go"), &[]).await;
    let body = answer.json();
    let id = body["request_id"].as_str().unwrap();
    assert_eq!(
        body,
        json!({
            "request_id": id, "status": "QUEUED",
            "poll_url": format!("{}/v1/requests/{id}", desk.base()),
            "status_url": format!("{}/v2/requests/{id}/status", desk.base()),
            "response_url": format!("{}/v2/requests/{id}", desk.base()),
        })
    );
    let ask = async |url: &Value| {
        let request = desk.request(Method::GET, url.as_str().unwrap()).header("x-api-key", &desk.key);
        Answer::of(request).await
    };
    desk.job_when(id, |job| job["stage"] == "track").await;
    let told = ask(&body["status_url"]).await;
    assert_eq!(
        (told.status, told.json()),
        (200, json!({ "status": "PROCESSING", "request_id": id, "metrics": {} }))
    );
    std::fs::write(desk.kept(id).join("go"), "").unwrap();
    desk.ended(id).await;
    let told = ask(&body["status_url"]).await.json();
    assert_eq!(told, json!({ "status": "COMPLETED", "request_id": id, "metrics": {} }));
    for url in ["response_url", "poll_url"] {
        let told = ask(&body[url]).await.json();
        assert_eq!(told["output"], json!(format!("{}/output/{id}.mp4", desk.base())));
        assert_eq!(told["video"]["content_type"], "video/mp4");
    }
    let unknown = ask(&json!("/v2/requests/nothing")).await;
    assert_eq!((unknown.status, unknown.json()), (404, json!({ "error": "Request nothing not found" })));
}

#[tokio::test]
async fn v2_tells_a_failure_with_422() {
    let desk = Desk::new(|_| {}).await;
    let id = Face::SegmindV2
        .id(&Face::SegmindV2.submit(&desk, &desk.key, &desk.pair("reject:decode_error"), &[]).await);
    desk.ended(&id).await;
    for path in
        [format!("/v2/requests/{id}/status"), format!("/v2/requests/{id}"), format!("/v1/requests/{id}")]
    {
        let answer = Answer::of(desk.request(Method::GET, &path).header("x-api-key", &desk.key)).await;
        let body = answer.json();
        assert_eq!((answer.status, &body["status"], &body["metrics"]), (422, &json!("FAILED"), &json!({})));
        assert!(body["error"].is_string());
    }
}

#[tokio::test]
async fn without_a_worker_it_is_unavailable() {
    let desk = Desk::new(|settings| settings.workers = 0).await;
    let answer = v1(&desk, "", "*/*", "ok").await;
    assert_eq!(answer.status, 502);
    assert!(answer.json()["error"].as_str().unwrap().starts_with("Service temporarily unavailable"));
}

#[tokio::test]
async fn both_status_calls_live_side_by_side() {
    let desk = Desk::new(|_| {}).await;
    let id = desk.submitted("ok").await;
    desk.ended(&id).await;
    let ask = async |path: String, header: &'static str| {
        Answer::of(desk.request(Method::GET, &path).header(header, &desk.key)).await.json()
    };
    let pixazo = ask(format!("/v2/requests/status/{id}"), "Ocp-Apim-Subscription-Key").await;
    assert!(pixazo["output"]["media_url"].is_array());
    let segmind = ask(format!("/v2/requests/{id}/status"), "x-api-key").await;
    assert_eq!(segmind, json!({ "status": "COMPLETED", "request_id": id, "metrics": {} }));
}
