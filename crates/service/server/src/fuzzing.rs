//! Doors for the fuzzer to what reads a stranger's bytes; not part of the crate's face.

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;

use crate::dialects::Wish;
use crate::fetch::FetchPolicy;
use crate::http::{Fields, Wire, range_of};

/// A request's body, by the fields that all interfaces share, and both addresses in it. Answers whether it would be taken.
pub fn body(bytes: &[u8]) -> bool {
    let Ok(Value::Object(object)) = serde_json::from_slice(bytes) else { return false };
    let mut fields = Fields::new(object);
    let wish = Wish::take(&mut fields);
    let mut told = HeaderMap::new();
    fields.name_ignored(&mut told);
    wish.is_ok_and(|wish| url(&wish.image_url) && url(&wish.video_url))
}

/// An address that a request names. Answers whether it would be fetched.
pub fn url(text: &str) -> bool {
    let policy = FetchPolicy { data_urls: true, ..FetchPolicy::default() };
    policy.check(text).is_ok_and(|url| {
        // What was taken is taken again as it was read.
        assert!(policy.check(url.as_str()).is_ok(), "{text:?} is read as {url}, which is refused");
        true
    })
}

/// A `Range` header of a file of `size` bytes: the part that would be sent, from the first byte to the last.
pub fn range(text: &str, size: u64) -> Option<(u64, u64)> {
    let part = range_of(text, size)?;
    assert!(part.0 <= part.1 && part.1 < size, "{text:?} of {size} is {part:?}");
    Some(part)
}

/// A request's headers, by every interface's way to carry a key.
pub fn headers(name: &[u8], value: &[u8]) {
    let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name), HeaderValue::from_bytes(value)) else {
        return;
    };
    let headers = HeaderMap::from_iter([(name, value)]);
    for secret in
        [crate::dialects::Native::secret, crate::dialects::Pixazo::secret, crate::dialects::Segmind::secret]
    {
        if let Some(secret) = secret(&headers) {
            assert!(secret.len() <= headers.values().map(HeaderValue::len).sum());
        }
    }
}
