//! Budgets and the ledger.

use reqwest::Method;
use serde_json::{Value, json};
use server::KeyTerms;

use crate::desk::{Answer, Desk, terms};
use crate::face::{FACES, Face, Wrong};

/// Three jobs' worth.
fn rich() -> KeyTerms {
    KeyTerms { budget: Some(750_000), price: 250_000, ..terms("pays") }
}

async fn usage(desk: &Desk) -> Value {
    desk.native(Method::GET, "/api/v1/usage", None).await.json()
}

fn entries(usage: &Value, id: &str) -> Vec<String> {
    let ledger = usage["ledger"].as_array().unwrap().iter();
    ledger
        .filter(|entry| entry["job_id"] == id)
        .map(|entry| entry["entry"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn a_completed_job_is_charged_and_another_is_refunded() {
    let desk = Desk::with_key(|_| {}, rich()).await;
    let (good, bad) = (desk.submitted("ok").await, desk.submitted("reject:decode_error").await);
    let stopped = desk.submitted("wait").await;
    desk.ended(&good).await;
    desk.ended(&bad).await;
    let held = usage(&desk).await;
    assert_eq!(
        (&held["held_dollars"], &held["charged_dollars"], &held["remaining_dollars"]),
        (&json!(0.25), &json!(0.25), &json!(0.25))
    );
    desk.native(Method::POST, &format!("/api/v1/jobs/{stopped}/cancel"), None).await;
    desk.native(Method::POST, &format!("/api/v1/jobs/{stopped}/cancel"), None).await;
    let told = usage(&desk).await;
    assert_eq!(
        (&told["held_dollars"], &told["charged_dollars"], &told["remaining_dollars"]),
        (&json!(0.0), &json!(0.25), &json!(0.5))
    );
    assert_eq!(entries(&told, &good), ["hold", "charge"]);
    assert_eq!(entries(&told, &bad), ["hold", "refund"]);
    assert_eq!(entries(&told, &stopped), ["hold", "refund"]);
}

#[tokio::test]
async fn nothing_is_taken_in_that_the_budget_does_not_pay() {
    let desk = Desk::with_key(|settings| settings.workers = 0, rich()).await;
    for face in [Face::Pixazo, Face::Native, Face::Native] {
        face.id(&face.submit(&desk, &desk.key, &desk.pair("ok"), &[]).await);
    }
    for face in [Face::Pixazo, Face::Native] {
        let refused = face.submit(&desk, &desk.key, &desk.pair("ok"), &[]).await;
        face.refused(&refused, Wrong::Credits, "insufficient_credits");
    }
    assert_eq!(usage(&desk).await["remaining_dollars"], 0.0);
}

#[tokio::test]
async fn segmind_answers_406_and_tells_credits() {
    let desk = Desk::with_key(|_| {}, KeyTerms { budget: Some(300_000), ..rich() }).await;
    let credits = async || {
        let request = desk.request(Method::GET, "/v1/get-user-credits").header("x-api-key", &desk.key);
        Answer::of(request).await.json()
    };
    assert_eq!(credits().await, json!({ "credits": 0.3 }));
    let face = Face::SegmindV2;
    let first = face.submit(&desk, &desk.key, &desk.pair("ok"), &[]).await;
    assert_eq!(first.header("x-remaining-credits"), Some("0.05"));
    desk.ended(&face.id(&first)).await;
    let told = face.ask(&desk, &desk.key, &face.id(&first)).await;
    assert_eq!((told.header("x-cost"), &told.json()["metrics"]["cost"]), (Some("0.25"), &json!(0.25)));
    let refused = face.submit(&desk, &desk.key, &desk.pair("ok"), &[]).await;
    face.refused(&refused, Wrong::Credits, "insufficient_credits");
    assert_eq!(credits().await, json!({ "credits": 0.05 }));
}

#[tokio::test]
async fn many_at_once_spend_no_more_than_there_is() {
    let desk = Desk::with_key(|settings| settings.workers = 2, rich()).await;
    let body = desk.pair("ok");
    let asked = (0..12).map(|n| FACES[n % FACES.len()].submit(&desk, &desk.key, &body, &[]));
    let answers = futures_util::future::join_all(asked).await;
    let taken: Vec<_> = answers.iter().filter(|answer| answer.status < 300).map(Answer::json).collect();
    assert_eq!(taken.len(), 3);
    for job in taken {
        let id = job["id"].as_str().or(job["request_id"].as_str()).unwrap().to_owned();
        desk.ended(&id).await;
        assert_eq!(entries(&usage(&desk).await, &id), ["hold", "charge"]);
    }
    let told = usage(&desk).await;
    assert_eq!((&told["held_dollars"], &told["charged_dollars"]), (&json!(0.0), &json!(0.75)));
}

#[tokio::test]
async fn attempts_that_fail_here_are_charged_once_or_not_at_all() {
    let desk = Desk::with_key(|_| {}, rich()).await;
    let (made, broken) = (desk.submitted("crash-at:render:2").await, desk.submitted("abort").await);
    desk.ended(&made).await;
    desk.ended(&broken).await;
    let told = usage(&desk).await;
    assert_eq!(entries(&told, &made), ["hold", "charge"]);
    assert_eq!(entries(&told, &broken), ["hold", "refund"]);
}
