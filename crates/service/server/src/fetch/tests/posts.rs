//! Messages to webhooks.

use std::time::Duration;

use bytes::Bytes;

use super::site::{Dns, Reply, Site, ok, redirect};
use super::{Lab, policy, shortly};
use crate::fetch::{FetchError, FetchPolicy, MAX_ANSWER_BYTES, PostAnswer, Unreachable};

async fn post(lab: &Lab, url: &str, timeout: Duration) -> Result<PostAnswer, FetchError> {
    let headers = [("webhook-id", "msg_1".to_owned()), ("content-type", "application/json".to_owned())];
    lab.fetcher.post(&url.parse().unwrap(), &headers, Bytes::from_static(b"{\"a\":1}"), timeout).await
}

const PATIENT: Duration = Duration::from_secs(60);

#[tokio::test]
async fn a_message_arrives_with_its_headers() {
    let site = Site::sending(&ok(b"thanks")).await;
    let answer = post(&Lab::plain(), &site.url("/hook"), PATIENT).await.unwrap();
    assert_eq!(answer, PostAnswer { status: 200, body: "thanks".into() });
    let request = site.requests().remove(0);
    assert!(request.starts_with("POST /hook HTTP/1.1\r\n"), "{request}");
    assert!(request.contains("\r\nwebhook-id: msg_1\r\n"), "{request}");
    assert!(request.contains("\r\ncontent-type: application/json\r\n"), "{request}");
    assert!(request.ends_with("\r\n\r\n{\"a\":1}"), "{request}");
}

#[tokio::test]
async fn every_status_is_an_answer_and_no_redirect_is_followed() {
    let site = Site::new(|path| match path {
        "/moved" => Reply::Send(redirect("/hook")),
        _ => Reply::Send(b"HTTP/1.1 503 Busy\r\ncontent-length: 4\r\n\r\nb\xFFsy".to_vec()),
    })
    .await;
    assert_eq!(post(&Lab::plain(), &site.url("/moved"), PATIENT).await.unwrap().status, 302);
    let busy = post(&Lab::plain(), &site.url("/hook"), PATIENT).await.unwrap();
    assert_eq!(busy, PostAnswer { status: 503, body: "b\u{FFFD}sy".into() });
    assert_eq!(site.requests().len(), 2);
}

#[tokio::test]
async fn long_answers_are_cut() {
    let site = Site::new(|_| Reply::Endless(b"HTTP/1.1 200 OK\r\n\r\n".to_vec(), vec![b'a'; 1000])).await;
    assert_eq!(post(&Lab::plain(), &site.url("/"), PATIENT).await.unwrap().body.len(), MAX_ANSWER_BYTES);
}

#[tokio::test]
async fn a_late_body_does_not_undo_an_answer_but_late_headers_do() {
    let site = Site::new(|path| match path {
        "/body" => Reply::Hold(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhello".to_vec()),
        "/cut" => Reply::Send(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhello".to_vec()),
        _ => Reply::Hold(b"HTTP/1.1 200 OK\r\n".to_vec()),
    })
    .await;
    let lab = Lab::plain();
    // Long enough for the headers on a busy machine.
    assert_eq!(post(&lab, &site.url("/body"), 20 * shortly()).await.unwrap().body, "hello");
    assert_eq!(post(&lab, &site.url("/cut"), PATIENT).await.unwrap().body, "hello");
    let late = post(&lab, &site.url("/head"), shortly()).await.unwrap_err();
    assert!(matches!(late, FetchError::Unreachable(Unreachable::Total)), "{late:?}");
}

#[tokio::test]
async fn messages_stay_outside_the_wall() {
    let inner = Site::at("127.0.0.2", |_| Reply::Send(ok(b""))).await;
    let port = inner.address.port();
    let lab =
        Lab::new(FetchPolicy { data_urls: true, ..policy() }, Dns::default().with("inner.test", "127.0.0.2"));
    for url in [inner.url("/"), "ftp://127.0.0.1/".into(), "http://user@127.0.0.1/".into(), "data:,x".into()]
    {
        let error = post(&lab, &url, PATIENT).await.unwrap_err();
        assert!(matches!(error, FetchError::Refused(_)), "{url}: {error:?}");
    }
    let error = post(&lab, &format!("http://inner.test:{port}/"), PATIENT).await.unwrap_err();
    assert!(matches!(error, FetchError::Denied { .. }), "{error:?}");
    assert!(inner.requests().is_empty());
}

#[tokio::test]
async fn headers_that_cannot_be_sent_are_an_error() {
    let site = Site::sending(&ok(b"")).await;
    let headers = [("webhook-id", "a\r\nx-injected: b".to_owned())];
    let url = site.url("/").parse().unwrap();
    assert!(Lab::plain().fetcher.post(&url, &headers, Bytes::new(), PATIENT).await.is_err());
    assert!(site.requests().is_empty());
}
