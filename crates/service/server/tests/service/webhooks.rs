//! Messages about ended jobs.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use reqwest::Method;
use serde_json::{Value, json};
use sha2::Sha256;

use crate::desk::Desk;

async fn submitted(desk: &Desk, prompt: &str) -> String {
    let mut body = desk.pair(prompt);
    body["webhook_url"] = json!(desk.origin.url("/hook"));
    let answer = desk.native(Method::POST, "/api/v1/jobs", Some(&body)).await;
    assert_eq!(answer.status, 201);
    answer.json()["id"].as_str().unwrap().to_owned()
}

/// The deliveries once the first is in a state.
async fn deliveries(desk: &Desk, id: &str, state: &str) -> Value {
    loop {
        let path = format!("/api/v1/jobs/{id}/deliveries");
        let found = desk.native(Method::GET, &path, None).await.json()["deliveries"].clone();
        if found[0]["state"] == state {
            return found;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn an_ended_job_is_announced_with_a_signature() {
    let desk = Desk::new(|_| {}).await;
    let usage = desk.native(Method::GET, "/api/v1/usage", None).await.json();
    let secret = usage["webhook_secret"].as_str().unwrap().strip_prefix("whsec_").unwrap().to_owned();
    let secret = BASE64_STANDARD.decode(secret).unwrap();
    for (count, (prompt, kind)) in
        [("ok", "job.completed"), ("reject:decode_error", "job.failed"), ("wait", "job.canceled")]
            .into_iter()
            .enumerate()
    {
        let id = submitted(&desk, prompt).await;
        if prompt == "wait" {
            desk.native(Method::POST, &format!("/api/v1/jobs/{id}/cancel"), None).await;
        }
        let (headers, body) = desk.origin.received(count + 1).await[count].clone();
        let message: Value = serde_json::from_str(&body).unwrap();
        assert_eq!((&message["type"], &message["request_id"]), (&json!(kind), &json!(id)));
        let header = |name: &str| headers[name].to_str().unwrap();
        let mut mac = Hmac::<Sha256>::new_from_slice(&secret).unwrap();
        mac.update(format!("{}.{}.{body}", header("webhook-id"), header("webhook-timestamp")).as_bytes());
        let signature =
            BASE64_STANDARD.decode(header("webhook-signature").strip_prefix("v1,").unwrap()).unwrap();
        mac.verify_slice(&signature).unwrap();
        let log = deliveries(&desk, &id, "delivered").await;
        assert_eq!(
            (&log[0]["id"], &log[0]["tries"][0]["status"]),
            (&json!(header("webhook-id")), &json!(200))
        );
    }
}

#[tokio::test]
async fn a_receiver_that_fails_is_tried_again_and_a_message_can_be_replayed() {
    let desk = Desk::new(|_| {}).await;
    desk.origin.will_answer(&[500]);
    let id = submitted(&desk, "ok").await;
    desk.origin.received(1).await;
    let log = loop {
        let log = deliveries(&desk, &id, "waiting").await;
        if log[0]["tries"][0]["status"] == 500 {
            break log;
        }
    };
    let wait = log[0]["next_try_ms"].as_i64().unwrap() - log[0]["tries"][0]["at_ms"].as_i64().unwrap();
    assert!((4000..20_000).contains(&wait), "{wait}");
    // Nobody waits for that here.
    let message = log[0]["id"].as_str().unwrap();
    let replayed = desk.native(Method::POST, &format!("/api/v1/deliveries/{message}/replay"), None).await;
    assert_eq!(replayed.status, 202);
    let both = desk.origin.received(2).await;
    assert_eq!((&both[0].1, &both[0].0["webhook-id"]), (&both[1].1, &both[1].0["webhook-id"]));
    let log = deliveries(&desk, &id, "delivered").await;
    assert_eq!(log[0]["tries"].as_array().unwrap().len(), 2);
    let unknown = desk.native(Method::POST, "/api/v1/deliveries/msg_0/replay", None).await;
    assert_eq!(unknown.status, 404);
}
