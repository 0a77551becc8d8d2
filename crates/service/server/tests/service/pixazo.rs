//! What Pixazo's page fixes, word for word.

use reqwest::Method;
use serde_json::{Value, json};

use crate::desk::{Answer, Desk};
use crate::face::Face;

async fn status(desk: &Desk, id: &str) -> Value {
    let path = format!("/v2/requests/status/{id}");
    let request = desk.request(Method::GET, &path).header("Ocp-Apim-Subscription-Key", &desk.key);
    let answer = Answer::of(request).await;
    assert_eq!(answer.status, 200);
    answer.json()
}

#[tokio::test]
async fn a_submission_is_answered_with_exactly_three_members() {
    let desk = Desk::new(|_| {}).await;
    let request = desk
        .request(Method::POST, Face::Pixazo.submit_path())
        .header("Content-Type", "application/json")
        .header("Cache-Control", "no-cache")
        .header("Ocp-Apim-Subscription-Key", &desk.key)
        .body(json!({ "image_url": desk.origin.image(), "video_url": desk.origin.video() }).to_string());
    let answer = Answer::of(request).await;
    let body = answer.json();
    let expected = json!({
        "status": "IN_QUEUE", "request_id": body["request_id"], "message": "Motion transfer job queued successfully",
    });
    assert_eq!((answer.status, &body), (200, &expected));
    let id = uuid::Uuid::parse_str(body["request_id"].as_str().unwrap()).unwrap();
    assert_eq!(id.get_version_num(), 7);
}

#[tokio::test]
async fn a_job_is_told_from_queue_to_end_and_never_backwards() {
    let desk = Desk::new(|_| {}).await;
    let (running, waiting) = (desk.submitted("hold:go").await, desk.submitted("ok").await);
    desk.job_when(&running, |job| job["stage"] == "track").await;
    let told = Face::Pixazo.ask(&desk, &desk.key, &waiting).await.json();
    assert_eq!(told, json!({ "status": "IN_QUEUE", "request_id": waiting, "queue_position": 0 }));
    assert_eq!(
        status(&desk, &waiting).await,
        json!({
            "request_id": waiting, "status": "QUEUED", "output": { "media_url": [] }, "error": null,
        })
    );

    let told = Face::Pixazo.ask(&desk, &desk.key, &running).await.json();
    assert_eq!(told["status"], "IN_PROGRESS");
    let percent = told["progress_percent"].as_u64().unwrap();
    assert!(percent < 100 && told["estimated_remaining_seconds"].is_u64(), "{told}");
    assert_eq!(told.as_object().unwrap().len(), 4);
    assert_eq!(status(&desk, &running).await["status"], "PROCESSING");

    std::fs::write(desk.kept(&running).join("go"), "").unwrap();
    desk.ended(&running).await;
    let told = Face::Pixazo.ask(&desk, &desk.key, &running).await.json();
    assert_eq!(told["status"], "COMPLETED");
    let link = told["output_url"].clone();
    assert_eq!(status(&desk, &running).await["output"], json!({ "media_url": [link] }));
    // The measures are the file's own: see the first bytes of tests/data/tiny.mp4's making in the desk.
    let secs = told["duration_seconds"].as_f64().unwrap();
    assert_eq!(secs, (secs * 10.0).round() / 10.0);
    assert!(told["width"].as_u64().unwrap() % 2 == 0 && told["has_audio"].is_boolean());
}

#[tokio::test]
async fn a_failure_is_told_with_200() {
    let desk = Desk::new(|_| {}).await;
    let id = desk.submitted("reject:video_too_long").await;
    desk.ended(&id).await;
    let answer = Face::Pixazo.ask(&desk, &desk.key, &id).await;
    let body = answer.json();
    assert_eq!(
        (answer.status, &body["status"], &body["error_code"]),
        (200, &json!("FAILED"), &json!("video_too_long"))
    );
    assert!(status(&desk, &id).await["error"].is_string());
}

#[tokio::test]
async fn the_result_call_is_as_strict_as_the_submission() {
    let desk = Desk::new(|_| {}).await;
    let path = format!("{}-result", Face::Pixazo.submit_path());
    for body in ["{}", "{\"request_id\":null}", "{\"request_id\":7}", "[]", "{"] {
        let request = desk.request(Method::POST, &path).header("Ocp-Apim-Subscription-Key", &desk.key);
        let answer = Answer::of(request.header("content-type", "application/json").body(body)).await;
        assert_eq!(answer.status, 400, "{body}");
        assert_eq!(answer.json(), json!({ "error": "Invalid request parameters" }));
    }
}
