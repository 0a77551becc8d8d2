use std::io::SeekFrom;
use std::path::PathBuf;
use std::time::{Duration, UNIX_EPOCH};

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};
use tokio::fs::File;
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _};
use tokio_util::io::ReaderStream;

use super::Refusal;
use super::assets::NO_SNIFF;

/// Bytes that are read at a time.
const CHUNK: usize = 64 * 1024;

/// A file that never changes under its name.
pub(super) struct Served<'a> {
    pub(super) path: PathBuf,
    /// Names the content; another content has another.
    pub(super) tag: String,
    pub(super) content_type: &'a str,
    pub(super) modified_ms: i64,
    /// The name under which a browser is to save it.
    pub(super) attachment: Option<String>,
}

/// Answers `GET` and `HEAD` with a file, whole or a range of it (RFC 9110, sections 13 and 14).
pub(super) async fn serve_file(
    served: &Served<'_>,
    method: &Method,
    asked: &HeaderMap,
) -> Result<Response<Body>, Refusal> {
    let mut file = match File::open(&served.path).await {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Err(Refusal::Gone),
        Err(error) => return Err(unreadable(&error)),
    };
    let size = file.metadata().await.map_err(|error| unreadable(&error))?.len();
    let tag = format!("\"{}\"", served.tag);
    // HTTP's dates have whole seconds.
    let modified_secs = u64::try_from(served.modified_ms / 1000).unwrap_or(0);
    let modified = httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(modified_secs));

    let mut response = Response::new(Body::empty());
    let set = |response: &mut Response<Body>, name, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            response.headers_mut().insert(name, value);
        }
    };
    set(&mut response, header::ETAG, &tag);
    set(&mut response, header::LAST_MODIFIED, &modified);
    set(&mut response, header::ACCEPT_RANGES, "bytes");
    set(&mut response, header::CONTENT_TYPE, served.content_type);
    set(&mut response, NO_SNIFF.0, NO_SNIFF.1);
    set(&mut response, header::CACHE_CONTROL, "private, max-age=3600");
    if let Some(name) = &served.attachment {
        set(&mut response, header::CONTENT_DISPOSITION, &format!("attachment; filename=\"{name}\""));
    }

    if not_modified(asked, &tag, modified_secs) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        return Ok(response);
    }
    let range = if method == Method::GET && may_be_partial(asked, &tag, modified_secs) {
        asked
            .get(header::RANGE)
            .and_then(|value| value.to_str().ok())
            .map_or(Range::Whole, |text| Range::parse(text, size))
    } else {
        Range::Whole
    };
    let (start, length) = match range {
        Range::Whole => (0, size),
        Range::Part { start, end } => {
            set(&mut response, header::CONTENT_RANGE, &format!("bytes {start}-{end}/{size}"));
            *response.status_mut() = StatusCode::PARTIAL_CONTENT;
            (start, end - start + 1)
        }
        Range::Unsatisfiable => {
            set(&mut response, header::CONTENT_RANGE, &format!("bytes */{size}"));
            set(&mut response, header::CONTENT_LENGTH, "0");
            *response.status_mut() = StatusCode::RANGE_NOT_SATISFIABLE;
            return Ok(response);
        }
    };
    set(&mut response, header::CONTENT_LENGTH, &length.to_string());
    if method != Method::HEAD {
        file.seek(SeekFrom::Start(start)).await.map_err(|error| unreadable(&error))?;
        *response.body_mut() = Body::from_stream(ReaderStream::with_capacity(file.take(length), CHUNK));
    }
    Ok(response)
}

fn unreadable(error: &std::io::Error) -> Refusal {
    tracing::error!(%error, "a file cannot be read");
    Refusal::Internal
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn date_secs(text: &str) -> Option<u64> {
    Some(httpdate::parse_http_date(text).ok()?.duration_since(UNIX_EPOCH).ok()?.as_secs())
}

/// `If-None-Match`, or without one `If-Modified-Since`.
fn not_modified(asked: &HeaderMap, tag: &str, modified_secs: u64) -> bool {
    if let Some(tags) = text(asked, header::IF_NONE_MATCH) {
        return tags
            .split(',')
            .map(str::trim)
            .any(|known| known == "*" || known.trim_start_matches("W/") == tag);
    }
    text(asked, header::IF_MODIFIED_SINCE).and_then(date_secs).is_some_and(|since| modified_secs <= since)
}

/// Whether `If-Range`, where it is sent, names what is served: a strong tag or its very date.
fn may_be_partial(asked: &HeaderMap, tag: &str, modified_secs: u64) -> bool {
    text(asked, header::IF_RANGE).is_none_or(|known| known == tag || date_secs(known) == Some(modified_secs))
}

/// The first and last byte of the one range that a header asks for of a file of `size` bytes; `None` for the whole or for nothing.
pub(crate) fn range_of(text: &str, size: u64) -> Option<(u64, u64)> {
    match Range::parse(text, size) {
        Range::Part { start, end } => Some((start, end)),
        Range::Whole | Range::Unsatisfiable => None,
    }
}

/// What `Range` asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Range {
    Whole,
    /// From `start` to `end`, both included.
    Part {
        start: u64,
        end: u64,
    },
    Unsatisfiable,
}

impl Range {
    /// One range of bytes. Anything else, several ranges too, is answered with the whole, as RFC 9110 allows.
    fn parse(text: &str, size: u64) -> Self {
        let Some(range) = text.strip_prefix("bytes=").filter(|range| !range.contains(',')) else {
            return Self::Whole;
        };
        let Some((first, last)) = range.trim().split_once('-') else { return Self::Whole };
        let number = |text: &str| -> Option<Option<u64>> {
            if text.is_empty() {
                return Some(None);
            }
            text.bytes().all(|byte| byte.is_ascii_digit()).then(|| Some(text.parse().unwrap_or(u64::MAX)))
        };
        let (Some(first), Some(last)) = (number(first), number(last)) else { return Self::Whole };
        match (first, last) {
            (None, None) => Self::Whole,
            (None, Some(0)) => Self::Unsatisfiable,
            (None, Some(_)) if size == 0 => Self::Unsatisfiable,
            (None, Some(suffix)) => Self::Part { start: size.saturating_sub(suffix), end: size - 1 },
            (Some(start), Some(end)) if end < start => Self::Whole,
            (Some(start), _) if start >= size => Self::Unsatisfiable,
            (Some(start), end) => Self::Part { start, end: end.unwrap_or(u64::MAX).min(size - 1) },
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ranges_are_read_as_the_standard_has_them() {
        let part = |start, end| Range::Part { start, end };
        for (text, expected) in [
            ("bytes=0-99", part(0, 99)),
            ("bytes=500-", part(500, 999)),
            ("bytes=-100", part(900, 999)),
            ("bytes=-5000", part(0, 999)),
            ("bytes=990-5000", part(990, 999)),
            ("bytes=0-0", part(0, 0)),
            ("bytes=1000-", Range::Unsatisfiable),
            ("bytes=-0", Range::Unsatisfiable),
            ("bytes=99999999999999999999999-", Range::Unsatisfiable),
            ("bytes=5-1", Range::Whole),
            ("bytes=0-1,5-6", Range::Whole),
            ("bytes=-", Range::Whole),
            ("bytes=a-b", Range::Whole),
            ("bytes=+1-2", Range::Whole),
            ("lines=1-2", Range::Whole),
        ] {
            assert_eq!(Range::parse(text, 1000), expected, "{text}");
        }
        assert_eq!(Range::parse("bytes=-1", 0), Range::Unsatisfiable);
    }

    proptest! {
        #[test]
        fn a_part_lies_within_its_file(text in "bytes=[0-9]{0,21}-[0-9]{0,21}|\\PC*", size in 0u64..5000) {
            if let Range::Part { start, end } = Range::parse(&text, size) {
                prop_assert!(start <= end && end < size);
            }
        }
    }
}
