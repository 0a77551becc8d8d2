//! Files that a URL carries in itself.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use contract::RejectionCode as Code;

use super::site::Dns;
use super::{Lab, PNG, policy};
use crate::fetch::{FetchPolicy, UrlRefusal};

fn lab() -> Lab {
    Lab::new(FetchPolicy { data_urls: true, ..policy() }, Dns::default())
}

fn png_of(bytes: usize) -> String {
    let mut body = PNG.to_vec();
    body.resize(bytes, 7);
    format!("data:text/html;base64,{}", STANDARD.encode(body))
}

#[tokio::test]
async fn data_urls_become_files() {
    let percent: String = PNG.iter().map(|byte| format!("%{byte:02x}")).collect();
    for url in [png_of(16), format!("data:image/png,{percent}")] {
        assert!(lab().fetcher.check(&url).is_ok(), "{url}");
        assert_eq!(lab().file(&url).await, PNG);
    }
    let mut lab = lab();
    lab.max_bytes = 300_000;
    assert_eq!(lab.file(&png_of(300_000)).await.len(), 300_000);
}

#[tokio::test]
async fn data_urls_have_no_limit_but_the_cap() {
    let lab = lab();
    assert!(lab.fetcher.check(&png_of(100_000)).is_ok());
    assert_eq!(lab.file(&png_of(1000)).await.len(), 1000);
    for bytes in [1001, 300_000] {
        assert_eq!(lab.failure(&png_of(bytes)).await.0, Code::ImageTooLarge);
    }
}

#[tokio::test]
async fn broken_data_urls_are_refused_at_once() {
    let lab = lab();
    let broken_late = format!("{}*", png_of(300_000));
    for broken in ["data:", "data:image/png;base64", "data:image/png;base64,iVBORw0KGgo*", &broken_late] {
        assert_eq!(lab.fetcher.check(broken), Err(UrlRefusal::BadDataUrl));
        assert_ne!(lab.failure(broken).await.0, Code::BlockedAddress);
    }
    assert_eq!(lab.failure("data:image/png,hello").await.0, Code::ImageUnsupported);
}

#[tokio::test]
async fn data_urls_have_to_be_enabled_and_are_never_posted_to() {
    let disabled = Lab::plain();
    assert_eq!(disabled.fetcher.check(&png_of(16)), Err(UrlRefusal::DataUrlsDisabled));
    assert_eq!(disabled.failure(&png_of(16)).await.0, Code::BlockedAddress);
    assert_eq!(lab().fetcher.check_http(&png_of(16)), Err(UrlRefusal::Scheme));
}
