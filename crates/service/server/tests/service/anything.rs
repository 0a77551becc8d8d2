//! Requests made at random: nothing panics, and nothing but the contract's answers comes out.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use reqwest::Method;
use serde_json::{Map, Value, json};
use tokio::runtime::Runtime;

use crate::desk::{Answer, Desk};
use crate::face::{FACES, Face};

/// Requests of each interface.
const CASES: u32 = 10_000;

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,20}".prop_map(Value::from),
        Just(json!("video")),
        Just(json!("image")),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map("[a-z_]{0,8}", inner, 0..4)
                .prop_map(|map| Value::from(Map::from_iter(map))),
        ]
    })
}

fn any_url() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(json!("https://example.org/a.png")),
        "https?://[a-z0-9.:@%\\[\\]/-]{0,30}".prop_map(Value::from),
        "(data|file|ftp|http):[ -~]{0,30}".prop_map(Value::from),
        any::<u32>().prop_map(|ip| json!(format!("http://{ip}/a"))),
        any_json(),
    ]
}

/// A body: nearly right, a JSON of any kind, or no JSON at all.
fn any_body() -> impl Strategy<Value = Vec<u8>> {
    let near = (
        any_url(),
        any_url(),
        proptest::option::of(any_json()),
        proptest::option::of(any_json()),
        proptest::option::of(any_json()),
    )
        .prop_map(|(image, video, orientation, sound, prompt)| {
            let mut body = json!({ "image_url": image, "video_url": video });
            for (name, value) in
                [("character_orientation", orientation), ("keep_original_sound", sound), ("prompt", prompt)]
            {
                if let Some(value) = value {
                    body[name] = value;
                }
            }
            body.to_string().into_bytes()
        });
    prop_oneof![4 => near, 1 => any_json().prop_map(|value| value.to_string().into_bytes()), 1 => vec(any::<u8>(), 0..64)]
}

/// The members and texts that an interface's answers may have, by status.
fn is_of_the_contract(face: Face, answer: &Answer) -> Result<(), String> {
    let body: Value = serde_json::from_slice(&answer.bytes).map_err(|error| error.to_string())?;
    let members: BTreeSet<_> = body.as_object().ok_or("no object")?.keys().map(String::as_str).collect();
    let good = match (face, answer.status) {
        (Face::Pixazo, 200) => members == BTreeSet::from(["status", "request_id", "message"]),
        (Face::Pixazo, 400) => body == json!({ "error": "Invalid request parameters" }),
        (Face::SegmindV2, 200) => {
            members == BTreeSet::from(["request_id", "status", "poll_url", "status_url", "response_url"])
        }
        (Face::SegmindV2, 400) => body["error"]
            .as_str()
            .is_some_and(|text| text.starts_with("Invalid parameters or request format: ")),
        (Face::Native, 201) => body["state"] == "queued",
        (Face::Native, 400 | 415) => {
            body["error"]["code"].is_string() && body["error"]["message"].is_string()
        }
        _ => false,
    };
    if good { Ok(()) } else { Err(format!("{} {body}", answer.status)) }
}

/// A server whose one worker has something to do for ever, so that nothing else is fetched.
fn server() -> (&'static Runtime, &'static Desk) {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    static DESK: OnceLock<Desk> = OnceLock::new();
    let runtime = RUNTIME.get_or_init(|| Runtime::new().expect("a runtime"));
    let unlimited = |settings: &mut server::Settings| {
        (settings.queue_limit, settings.open_jobs_per_key) = (1_000_000, 1_000_000);
    };
    let busy = async || {
        let desk = Desk::new(unlimited).await;
        let id = desk.submitted("wait").await;
        desk.job_when(&id, |job| job["stage"] == "track").await;
        desk
    };
    (runtime, DESK.get_or_init(|| runtime.block_on(busy())))
}

fn config() -> Config {
    // Each case costs a request; shrinking a failure may cost a few hundred more.
    Config { cases: CASES, max_shrink_iters: 300, failure_persistence: None, ..Config::default() }
}

fn any_body_is_answered(face: Face) {
    let (runtime, desk) = server();
    let outcome = TestRunner::new(config()).run(&any_body(), |body| {
        let request = desk.request(Method::POST, face.submit_path()).header(face.key_header(), &desk.key);
        let answer =
            runtime.block_on(Answer::of(request.header("content-type", "application/json").body(body)));
        is_of_the_contract(face, &answer).map_err(TestCaseError::fail)
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn pixazo_answers_any_body_as_its_page_says() {
    any_body_is_answered(Face::Pixazo);
}

#[test]
fn segmind_answers_any_body_as_its_page_says() {
    any_body_is_answered(Face::SegmindV2);
}

#[test]
fn the_native_interface_answers_any_body() {
    any_body_is_answered(Face::Native);
}

#[test]
fn any_path_query_and_header_is_answered() {
    let (runtime, desk) = server();
    let paths = prop_oneof![
        "/[a-z0-9/._%-]{0,40}",
        "/output/[a-zA-Z0-9%._-]{0,40}(\\?[a-z0-9=&%]{0,20})?",
        "/v[12]/requests/[a-zA-Z0-9%._/-]{0,40}",
        "/api/v1/(jobs|assets|check|deliveries)/[a-zA-Z0-9%._/-]{0,40}",
        "/api/v1/jobs\\?(limit|before|state)=[a-z0-9%-]{0,24}",
    ];
    let methods = proptest::sample::select(vec![
        Method::GET,
        Method::POST,
        Method::DELETE,
        Method::HEAD,
        Method::OPTIONS,
        Method::PUT,
    ]);
    let header =
        ("(range|if-range|if-none-match|if-modified-since|host|accept|idempotency-key)", "[ -~]{0,40}");
    let outcome =
        TestRunner::new(config()).run(&(paths, methods, header), |(path, method, (name, value))| {
            let request = desk.request(method.clone(), &path).header("x-api-key", &desk.key);
            let request = request.header("Ocp-Apim-Subscription-Key", &desk.key).header(&name, &value);
            let answer = runtime.block_on(Answer::of(request));
            let known = [200, 204, 400, 401, 404, 415];
            prop_assert!(known.contains(&answer.status), "{} {} {}: {}", answer.status, method, path, name);
            Ok(())
        });
    outcome.unwrap_or_else(|error| panic!("{error}"));
    for face in FACES {
        // It still serves.
        let answer = runtime.block_on(face.ask(desk, &desk.key, "some-id"));
        assert_eq!(answer.status, 404);
    }
}
