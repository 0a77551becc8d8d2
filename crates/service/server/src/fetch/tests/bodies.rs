//! Answers that are not what was hoped for.

use std::time::Duration;

use contract::RejectionCode as Code;

use super::site::{Dns, Reply, Site, ok};
use super::{Lab, PNG, policy, shortly};
use crate::fetch::{FetchError, FetchPolicy, MediaKind};

fn impatient() -> Lab {
    Lab::new(FetchPolicy { connect_timeout: shortly(), idle_timeout: shortly(), ..policy() }, Dns::default())
}

/// Code and cause for a site with one answer.
async fn failure(answer: &[u8]) -> (Code, String) {
    Lab::plain().failure(&Site::sending(answer).await.url("/a.png")).await
}

#[tokio::test]
async fn a_file_arrives_as_it_was_sent() {
    let body = [PNG, &[7; 984]].concat();
    let site = Site::sending(&ok(&body)).await;
    assert_eq!(Lab::plain().file(&site.url("/a?b=c#d")).await, body);
    let request = site.requests().remove(0).to_lowercase();
    assert!(request.starts_with("get /a?b=c http/1.1\r\n"), "{request}");
    assert!(request.contains("\r\naccept-encoding: identity\r\n"), "{request}");
    assert!(request.contains("\r\nuser-agent: pantomime/"), "{request}");
    for absent in ["cookie:", "referer:", "authorization:", "range:"] {
        assert!(!request.contains(absent), "{request}");
    }
}

#[tokio::test]
async fn a_body_may_be_chunked_or_end_with_its_connection() {
    let [first, second] = [&PNG[..5], &PNG[5..]]
        .map(|part| [format!("{:x}\r\n", part.len()).as_bytes(), part, b"\r\n"].concat());
    let chunked =
        [b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n".as_slice(), &first, &second, b"0\r\n\r\n"]
            .concat();
    let until_close =
        [b"HTTP/1.0 200 OK\r\ncontent-type: text/html\r\ncontent-encoding: identity\r\n\r\n", PNG].concat();
    let odd_status = [b"HTTP/1.1 203 Transformed\r\ncontent-encoding:\r\n\r\n", PNG].concat();
    for answer in [chunked, until_close, odd_status] {
        assert_eq!(Lab::plain().file(&Site::sending(&answer).await.url("/")).await, PNG);
    }
}

#[tokio::test]
async fn other_statuses_are_unreachable() {
    for status in [201, 204, 206, 400, 401, 403, 404, 410, 429, 500, 503] {
        let answer = String::from_utf8_lossy(&ok(b"no")).replace("200 OK", &format!("{status} No"));
        let (code, cause) = failure(answer.as_bytes()).await;
        assert_eq!((code, cause), (Code::ImageUnreachable, format!("unreachable: status {status}")));
    }
}

#[tokio::test]
async fn what_is_not_http_is_unreachable() {
    for answer in [
        b"".as_slice(),
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"\x16\x03\x01\0\0",
        b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: many\r\n\r\n",
    ] {
        assert_eq!(failure(answer).await.0, Code::ImageUnreachable);
    }
    // Nobody listens at port 1.
    assert_eq!(Lab::plain().failure("http://127.0.0.1:1/").await.0, Code::ImageUnreachable);
}

#[tokio::test]
async fn endless_headers_end() {
    let site = Site::new(|_| Reply::Endless(b"HTTP/1.1 200 OK\r\n".to_vec(), b"x: y\r\n".to_vec())).await;
    assert_eq!(Lab::plain().failure(&site.url("/")).await.0, Code::ImageUnreachable);
    let site = Site::new(|_| Reply::Endless(b"HTTP/1.1 200 OK\r\nx: ".to_vec(), vec![b'y'; 1000])).await;
    assert_eq!(Lab::plain().failure(&site.url("/")).await.0, Code::ImageUnreachable);
}

#[tokio::test]
async fn silence_is_not_waited_for() {
    let head = b"HTTP/1.1 200 OK\r\ncontent-length: 999\r\n\r\n";
    let begun = [head, PNG].concat();
    for beginning in [b"".as_slice(), b"HTTP/1.1 200 OK\r\nx-slow: ", head, &begun] {
        let beginning = beginning.to_vec();
        let site = Site::new(move |_| Reply::Hold(beginning.clone())).await;
        let (code, cause) = impatient().failure(&site.url("/")).await;
        assert_eq!(code, Code::ImageUnreachable);
        // On a busy machine even the connection may be late.
        assert!(cause.contains("silent for too long") || cause.contains("timed out"), "{cause}");
    }
}

#[tokio::test]
async fn a_trickle_ends_with_the_total_time() {
    let head = [b"HTTP/1.1 200 OK\r\n\r\n", PNG].concat();
    let site = Site::new(move |_| Reply::Endless(head.clone(), vec![0])).await;
    let mut lab = Lab::new(FetchPolicy { total_timeout: shortly(), ..policy() }, Dns::default());
    lab.max_bytes = u64::MAX;
    let (code, cause) = lab.failure(&site.url("/")).await;
    assert_eq!((code, cause.as_str()), (Code::ImageUnreachable, "unreachable: not finished in time"));
}

#[tokio::test]
async fn an_endless_body_is_cut_at_the_cap() {
    let head = [b"HTTP/1.1 200 OK\r\n\r\n", PNG].concat();
    let site = Site::new(move |_| Reply::Endless(head.clone(), vec![0; 1 << 12])).await;
    let mut lab = Lab::plain();
    lab.max_bytes = 1_500_000;
    let error = lab.download(&site.url("/")).await.unwrap_err();
    let rejection = error.rejection(MediaKind::Video).unwrap();
    assert_eq!(rejection.code, Code::VideoTooLarge);
    assert_eq!(rejection.message, "The video is too large; send one of at most 1.5 MB.");
    assert!(!lab.path().exists());
}

#[tokio::test]
async fn the_cap_is_exact() {
    let largest = [PNG, &[0; 984]].concat();
    assert_eq!(Lab::plain().file(&Site::sending(&ok(&largest)).await.url("/")).await.len(), 1000);
    let larger = [&largest[..], b"!"].concat();
    let unannounced = [b"HTTP/1.0 200 OK\r\n\r\n", &larger[..]].concat();
    for answer in [ok(&larger), unannounced] {
        assert_eq!(
            failure(&answer).await,
            (Code::ImageTooLarge, "the body is larger than 1000 bytes".into())
        );
    }
    // What is announced need not be waited for.
    let site = Site::new(|_| Reply::Hold(b"HTTP/1.1 200 OK\r\ncontent-length: 1001\r\n\r\n".to_vec())).await;
    assert_eq!(Lab::plain().failure(&site.url("/")).await.0, Code::ImageTooLarge);
}

#[tokio::test]
async fn lengths_that_lie_gain_nothing() {
    let larger = [b"HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n", PNG].concat();
    assert_eq!(failure(&larger).await.0, Code::ImageUnreachable);
    // Taken at its word, as HTTP has it: what follows belongs to no answer.
    let smaller = [b"HTTP/1.1 200 OK\r\ncontent-length: 16\r\n\r\n", PNG, &[7; 5000]].concat();
    assert_eq!(Lab::plain().file(&Site::sending(&smaller).await.url("/")).await, PNG);
    let chunk_cut = [b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nff\r\n", PNG].concat();
    assert_eq!(failure(&chunk_cut).await.0, Code::ImageUnreachable);
}

#[tokio::test]
async fn the_kind_is_told_by_the_first_bytes_alone() {
    let page = b"HTTP/1.1 200 OK\r\ncontent-type: image/png\r\n\r\n<!doctype html><title>a.png</title>";
    assert_eq!(
        failure(page).await,
        (Code::ImageUnsupported, "the body is a web page or other markup".into())
    );
    assert_eq!(failure(&ok(b"")).await, (Code::ImageUnsupported, "the body is an empty file".into()));
    assert_eq!(failure(&ok(b"\x89PNG")).await.0, Code::ImageUnsupported);
    assert_eq!(failure(&ok(b"\0\0\0\x18ftypisom\0\0\0\0")).await.0, Code::ImageUnsupported);
    // The rest of a wrong file is not waited for.
    let site =
        Site::new(|_| Reply::Hold(b"HTTP/1.1 200 OK\r\n\r\n\0\0\0\x18ftypheic\0\0\0\0".to_vec())).await;
    assert_eq!(
        Lab::plain().failure(&site.url("/")).await,
        (Code::ImageUnsupported, "the body is a HEIC image".into())
    );
}

#[tokio::test]
async fn compressed_bodies_are_refused() {
    for coding in ["gzip", "br", "identity, gzip", "unheard-of"] {
        let answer =
            [format!("HTTP/1.1 200 OK\r\ncontent-encoding: {coding}\r\n\r\n").as_bytes(), PNG].concat();
        let (code, cause) = failure(&answer).await;
        assert_eq!(
            (code, cause),
            (Code::ImageUnreachable, format!("unreachable: Content-Encoding {coding:?}"))
        );
    }
}

#[tokio::test]
async fn a_file_that_exists_stays_as_it_was() {
    let site = Site::sending(&ok(PNG)).await;
    let lab = Lab::plain();
    std::fs::write(lab.path(), "kept").unwrap();
    let error = lab.download(&site.url("/")).await.unwrap_err();
    assert!(matches!(error, FetchError::Storage(_)));
    assert_eq!(error.rejection(MediaKind::Image), None);
    assert_eq!(std::fs::read(lab.path()).unwrap(), b"kept");
}

#[tokio::test]
async fn a_download_that_is_dropped_leaves_no_file() {
    let begun = [b"HTTP/1.1 200 OK\r\ncontent-length: 999\r\n\r\n", PNG].concat();
    let site = Site::new(move |_| Reply::Hold(begun.clone())).await;
    let (lab, url) = (Lab::plain(), site.url("/"));
    let seen = async {
        while !lab.path().exists() {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        result = lab.download(&url) => panic!("{result:?}"),
        seen = tokio::time::timeout(Duration::from_secs(60), seen) => seen.unwrap(),
    }
    assert!(!lab.path().exists());
}

#[tokio::test]
async fn causes_hold_no_url() {
    let site = Site::sending(b"").await;
    let error = Lab::plain().download(&site.url("/a?signature=secret")).await.unwrap_err();
    assert!(error.cause().starts_with("unreachable: transport: "), "{}", error.cause());
    assert!(!error.cause().contains("secret") && !format!("{error:?}").contains("secret"), "{error:?}");
}

#[tokio::test]
async fn all_that_is_unreachable_sounds_the_same() {
    let mut messages = Vec::new();
    for answer in [
        b"".as_slice(),
        b"HTTP/1.1 404 No\r\n\r\n",
        b"HTTP/1.1 500 No\r\n\r\n",
        b"HTTP/1.1 302 Found\r\n\r\n",
    ] {
        let error = Lab::plain().download(&Site::sending(answer).await.url("/")).await.unwrap_err();
        messages.push(error.rejection(MediaKind::Image).unwrap().message);
    }
    messages.dedup();
    assert_eq!(
        messages,
        [
            "The image cannot be read from image_url; check that anybody can open the URL and that it leads straight to the file."
        ]
    );
}
