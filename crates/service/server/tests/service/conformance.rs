//! What every interface that takes jobs must do, asked of each.

use serde_json::{Value, json};
use server::Scope;

use crate::desk::{Answer, Desk, Origin, terms};
use crate::face::{FACES, Face, Wrong};

fn with(body: &Value, change: impl FnOnce(&mut serde_json::Map<String, Value>)) -> Value {
    let mut body = body.clone();
    change(body.as_object_mut().unwrap());
    body
}

#[tokio::test]
async fn a_job_is_taken_made_and_fetched() {
    let desk = Desk::new(|_| {}).await;
    for face in FACES {
        let id = face.id(&face.submit(&desk, &desk.key, &desk.pair("ok"), &[]).await);
        desk.ended(&id).await;
        let told = face.ask(&desk, &desk.key, &id).await.json();
        let url = match face {
            Face::Pixazo => {
                let members: Vec<_> = told.as_object().unwrap().keys().map(String::as_str).collect();
                let mut expected = [
                    "status",
                    "request_id",
                    "output_url",
                    "duration_seconds",
                    "width",
                    "height",
                    "content_type",
                    "has_audio",
                ];
                expected.sort_unstable();
                let mut members = members.clone();
                members.sort_unstable();
                assert_eq!(members, expected);
                assert_eq!(
                    (&told["status"], &told["content_type"]),
                    (&json!("COMPLETED"), &json!("video/mp4"))
                );
                told["output_url"].clone()
            }
            Face::SegmindV2 => {
                assert_eq!(told["status"], "COMPLETED");
                assert_eq!(told["video"], json!({ "url": told["output"], "content_type": "video/mp4" }));
                told["output"].clone()
            }
            Face::Native => {
                assert_eq!((&told["state"], &told["progress_percent"]), (&json!("completed"), &json!(100)));
                told["output"]["url"].clone()
            }
        };
        let url = url.as_str().unwrap();
        assert_eq!(url, format!("{}/output/{id}.mp4", desk.base()));
        let video = Answer::of(desk.client.get(url)).await;
        assert_eq!((video.status, video.header("content-type")), (200, Some("video/mp4")));
        assert_eq!(video.bytes, crate::desk::tiny_video());
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_request_is_told_in_the_words_of_its_interface() {
    let desk = Desk::new(|settings| settings.workers = 1).await;
    let good = desk.pair("ok");
    let long = format!("http://example.org/{}", "a".repeat(8192));
    for face in FACES {
        let bad: Vec<(Value, &str)> = vec![
            (with(&good, |b| drop(b.remove("image_url"))), "missing_field"),
            (with(&good, |b| drop(b.remove("video_url"))), "missing_field"),
            (with(&good, |b| drop(b.insert("image_url".into(), Value::Null))), "missing_field"),
            (with(&good, |b| drop(b.insert("image_url".into(), json!(7)))), "invalid_field"),
            (with(&good, |b| drop(b.insert("video_url".into(), json!(["a"])))), "invalid_field"),
            (
                with(&good, |b| drop(b.insert("character_orientation".into(), json!("sideways")))),
                "invalid_field",
            ),
            (with(&good, |b| drop(b.insert("character_orientation".into(), json!(1)))), "invalid_field"),
            (with(&good, |b| drop(b.insert("keep_original_sound".into(), json!("true")))), "invalid_field"),
            (with(&good, |b| drop(b.insert("keep_original_sound".into(), json!(1)))), "invalid_field"),
            (with(&good, |b| drop(b.insert("seed".into(), json!(1.5)))), "invalid_field"),
            (with(&good, |b| drop(b.insert("seed".into(), json!("7")))), "invalid_field"),
            (with(&good, |b| drop(b.insert("prompt".into(), json!("x".repeat(2501))))), "invalid_field"),
            (with(&good, |b| drop(b.insert("image_url".into(), json!("not a url")))), "invalid_url"),
            (with(&good, |b| drop(b.insert("image_url".into(), json!("/etc/passwd")))), "invalid_url"),
            (with(&good, |b| drop(b.insert("image_url".into(), json!(long.clone())))), "invalid_url"),
            (
                with(&good, |b| drop(b.insert("image_url".into(), json!("file:///etc/passwd")))),
                "blocked_address",
            ),
            (
                with(&good, |b| drop(b.insert("image_url".into(), json!("ftp://example.org/a.png")))),
                "blocked_address",
            ),
            (
                with(&good, |b| drop(b.insert("image_url".into(), json!("http://u:p@example.org/a.png")))),
                "blocked_address",
            ),
            (
                with(&good, |b| drop(b.insert("video_url".into(), json!("http://10.0.0.1/a.mp4")))),
                "blocked_address",
            ),
            (
                with(&good, |b| drop(b.insert("video_url".into(), json!("http://[::1]/a.mp4")))),
                "blocked_address",
            ),
            (
                with(&good, |b| drop(b.insert("video_url".into(), json!("http://169.254.169.254/x")))),
                "blocked_address",
            ),
            (
                with(&good, |b| {
                    drop(b.insert("image_url".into(), json!("data:image/png;base64,iVBORw0KGgo=")))
                }),
                "blocked_address",
            ),
            (json!([1, 2]), "invalid_json"),
            (json!("text"), "invalid_json"),
            (Value::Null, "invalid_json"),
        ];
        for (body, code) in bad {
            face.refused(&face.submit(&desk, &desk.key, &body, &[]).await, Wrong::Request, code);
        }
    }
    assert_eq!(desk.native(reqwest::Method::GET, "/api/v1/jobs", None).await.json()["jobs"], json!([]));
    // Nobody was asked for anything.
    assert_eq!(desk.origin.asked("/image.png") + desk.origin.asked("/video.mp4"), 0);
}

#[tokio::test]
async fn a_body_that_is_no_json_is_refused() {
    let desk = Desk::new(|_| {}).await;
    for face in [Face::Pixazo, Face::SegmindV2] {
        for (kind, body, code) in [
            ("application/json", "{\"image_url\":".to_owned(), "invalid_json"),
            ("application/json", String::new(), "invalid_json"),
            ("application/json", "[".repeat(100_000), "invalid_json"),
            ("text/plain", desk.pair("ok").to_string(), "wrong_content_type"),
            ("multipart/form-data; boundary=x", desk.pair("ok").to_string(), "wrong_content_type"),
            ("application/json", format!("{{\"a\":\"{}\"}}", "x".repeat(1 << 20)), "body_too_large"),
        ] {
            let request = desk.request(reqwest::Method::POST, face.submit_path());
            let request =
                request.header(face.key_header(), &desk.key).header("content-type", kind).body(body);
            face.refused(&Answer::of(request).await, Wrong::Request, code);
        }
    }
}

#[tokio::test]
async fn keys_are_asked_for_before_anything_is_read() {
    let desk = Desk::new(|_| {}).await;
    let (id, revoked) = desk.make_key(terms("revoked")).await;
    let store = desk.store().await;
    assert!(store.revoke_key(&id).await.unwrap());
    store.close().await;
    for face in FACES {
        for key in ["", "pk_nonsense", &revoked] {
            // Not even JSON: the key comes first.
            let request = desk.request(reqwest::Method::POST, face.submit_path());
            let answer = Answer::of(request.header(face.key_header(), key).body("nonsense")).await;
            face.refused(&answer, Wrong::Key, "unauthorized");
        }
        let answer = face.ask(&desk, "pk_nonsense", "some-id").await;
        face.refused(&answer, Wrong::Key, "unauthorized");
    }
}

#[tokio::test]
async fn a_key_does_what_its_scopes_say() {
    let desk = Desk::new(|_| {}).await;
    let mut read = terms("reads");
    read.scopes = vec![Scope::Read];
    let (_, read) = desk.make_key(read).await;
    let mut submit = terms("submits");
    submit.scopes = vec![Scope::Submit];
    let (_, submit) = desk.make_key(submit).await;
    for face in FACES {
        let refused = face.submit(&desk, &read, &desk.pair("ok"), &[]).await;
        face.refused(&refused, Wrong::Scope, "forbidden");
        let refused = face.ask(&desk, &submit, "some-id").await;
        face.refused(&refused, Wrong::Scope, "forbidden");
    }
}

#[tokio::test]
async fn a_job_is_its_own_keys_alone() {
    let desk = Desk::new(|_| {}).await;
    let (_, other) = desk.make_key(terms("another")).await;
    for face in FACES {
        let id = face.id(&face.submit(&desk, &desk.key, &desk.pair("ok"), &[]).await);
        face.refused(&face.ask(&desk, &other, &id).await, Wrong::Unknown, "not_found");
        for unknown in ["0", "status", "../../etc", &"a".repeat(200)] {
            let answer = face.ask(&desk, &desk.key, unknown).await;
            assert_eq!(answer.status, 404, "{face:?} {unknown}");
        }
    }
}

#[tokio::test]
async fn a_key_may_not_ask_too_often() {
    let mut slow = terms("slow");
    slow.requests_per_second = Some(1);
    let desk = Desk::new(|_| {}).await;
    for face in FACES {
        let (_, key) = desk.make_key(slow.clone()).await;
        let first = face.ask(&desk, &key, "some-id").await;
        assert_eq!(first.status, 404);
        let mut refused = face.ask(&desk, &key, "some-id").await;
        // On a machine so busy that a second passed, the next one is too many.
        for _ in 0..20 {
            if refused.status == 429 {
                break;
            }
            refused = face.ask(&desk, &key, "some-id").await;
        }
        face.refused(&refused, Wrong::Often, "rate_limited");
    }
}

#[tokio::test]
async fn a_key_may_not_have_too_many_open_jobs_nor_the_queue() {
    let mut few = terms("few");
    few.open_jobs = Some(1);
    let desk = Desk::with_key(|settings| settings.queue_limit = 2, terms("many")).await;
    for face in FACES {
        let (_, key) = desk.make_key(few.clone()).await;
        let id = face.id(&face.submit(&desk, &key, &desk.pair("wait"), &[]).await);
        let refused = face.submit(&desk, &key, &desk.pair("ok"), &[]).await;
        face.refused(&refused, Wrong::Often, "too_many_open_jobs");
        // Out of the way of the next.
        let cancel =
            desk.request(reqwest::Method::POST, &format!("/api/v1/jobs/{id}/cancel")).bearer_auth(&key);
        assert_eq!(Answer::of(cancel).await.status, 200);
    }
    let running = desk.submitted("wait").await;
    desk.job_when(&running, |job| job["state"] == "running").await;
    for _ in 0..2 {
        desk.submitted("wait").await;
    }
    for face in FACES {
        let refused = face.submit(&desk, &desk.key, &desk.pair("ok"), &[]).await;
        face.refused(&refused, Wrong::Often, "queue_full");
    }
}

#[tokio::test]
async fn an_idempotency_key_makes_one_job() {
    let desk = Desk::new(|_| {}).await;
    for face in FACES {
        let again = [("Idempotency-Key", "order 66")];
        let first = face.submit(&desk, &desk.key, &desk.pair("ok"), &again).await;
        assert_eq!(first.header("idempotent-replayed"), None);
        let second = face.submit(&desk, &desk.key, &desk.pair("ok"), &again).await;
        assert_eq!(second.header("idempotent-replayed"), Some("true"));
        assert_eq!(face.id(&first), face.id(&second));
        let other = face.submit(&desk, &desk.key, &desk.pair("slow:1"), &again).await;
        face.refused(&other, Wrong::Reused, "idempotency_conflict");
        // Another key's is another.
        let (_, key) = desk.make_key(terms("another")).await;
        let others = face.submit(&desk, &key, &desk.pair("ok"), &again).await;
        assert_ne!(face.id(&first), face.id(&others));
        for bad in ["x".repeat(256), String::new()] {
            let refused = face.submit(&desk, &desk.key, &desk.pair("ok"), &[("Idempotency-Key", &bad)]).await;
            face.refused(&refused, Wrong::Request, "invalid_field");
        }
    }
}

#[tokio::test]
async fn many_at_once_with_one_idempotency_key_are_one_job() {
    let desk = Desk::new(|_| {}).await;
    let asked = (0..20).map(|_| {
        let (desk, body) = (&desk, desk.pair("ok"));
        async move {
            Face::Pixazo.id(&Face::Pixazo.submit(desk, &desk.key, &body, &[("Idempotency-Key", "k")]).await)
        }
    });
    let mut ids = futures_util::future::join_all(asked).await;
    ids.dedup();
    assert_eq!(ids.len(), 1);
}

#[tokio::test]
async fn fields_that_nobody_knows_are_named() {
    let desk = Desk::new(|_| {}).await;
    let body = with(&desk.pair("ok"), |body| {
        body.insert("cfg_scale".into(), json!(0.5));
        body.insert("näme\n".into(), json!(1));
    });
    for face in FACES {
        let answer = face.submit(&desk, &desk.key, &body, &[]).await;
        face.id(&answer);
        assert_eq!(answer.header("x-ignored-fields"), Some("cfg_scale, n?me?"), "{face:?}");
    }
}

#[tokio::test]
async fn a_failed_job_tells_its_code_and_sentence_everywhere() {
    let desk = Desk::new(|_| {}).await;
    for face in FACES {
        let id = face.id(&face.submit(&desk, &desk.key, &desk.pair("reject:no_person_in_image"), &[]).await);
        desk.ended(&id).await;
        let told = face.ask(&desk, &desk.key, &id).await;
        let body = told.json();
        let (status, message, code) = match face {
            Face::Pixazo => (200, &body["error_message"], &body["error_code"]),
            Face::SegmindV2 => (422, &body["error"], &body["error_code"]),
            Face::Native => (200, &body["error"]["message"], &body["error"]["code"]),
        };
        assert_eq!((told.status, code), (status, &json!("no_person_in_image")));
        assert!(message.as_str().unwrap().ends_with('.'), "{message}");
    }
}

#[tokio::test]
async fn what_cannot_be_fetched_fails_the_job_with_its_code() {
    let desk = Desk::new(|_| {}).await;
    let missing = |origin: &Origin, path: &str| json!(origin.url(path));
    for (field, path, code) in [
        ("image_url", "/nothing.png", "image_unreachable"),
        ("video_url", "/nothing.mp4", "video_unreachable"),
        ("image_url", "/page.html", "image_unsupported"),
        ("image_url", "/video.mp4", "image_unsupported"),
        ("video_url", "/page.html", "video_unsupported"),
    ] {
        let body =
            with(&desk.pair("ok"), |body| drop(body.insert(field.into(), missing(&desk.origin, path))));
        let id = Face::Native.id(&Face::Native.submit(&desk, &desk.key, &body, &[]).await);
        let job = desk.ended(&id).await;
        assert_eq!(
            (&job["state"], &job["error"]["code"]),
            (&json!("failed"), &json!(code)),
            "{field} {path}"
        );
        assert_eq!(job["attempt"], 1, "an input's fault is tried once");
    }
}

#[tokio::test]
async fn unknown_paths_and_methods_are_answered_in_kind() {
    let desk = Desk::new(|_| {}).await;
    let ask = async |method, path: &str| Answer::of(desk.request(method, path)).await;
    use reqwest::Method;
    let answer = ask(Method::GET, Face::Pixazo.submit_path()).await;
    assert_eq!((answer.status, answer.header("allow")), (404, Some("POST")));
    assert_eq!(answer.json(), json!({ "error": "Endpoint not found" }));
    assert_eq!(ask(Method::GET, "/nothing").await.json(), json!({ "error": "Endpoint not found" }));
    let answer = ask(Method::POST, "/v1/another-model").await;
    assert_eq!(answer.status, 404);
    assert!(answer.json()["error"].as_str().unwrap().starts_with("Model or endpoint not found"));
    let answer = ask(Method::PUT, "/api/v1/jobs").await;
    assert_eq!((answer.status, &answer.json()["error"]["code"]), (404, &json!("not_found")));
}
