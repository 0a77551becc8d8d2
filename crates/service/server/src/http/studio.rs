//! The page: built by `make studio` and carried in the program.

use axum::body::Body;
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, header};

use super::Refusal;
use super::assets::NO_SNIFF;
use crate::dialects::Native;
use crate::http::Wire as _;

/// The page's files by their paths; a `.gz` beside a file is the same, compressed.
static PAGE: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/page.rs"));

/// What is shown where the program was built without the page.
const UNBUILT: &str = include_str!("unbuilt.html");

/// Scripts, styles, pictures and calls go to this server alone, and nobody frames the page.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; \
    media-src 'self' blob:; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// `GET /`.
pub(super) async fn index(headers: HeaderMap) -> Response<Body> {
    let mut response = file("index.html", &headers).unwrap_or_else(|| {
        let mut response = Response::new(Body::from(UNBUILT));
        set(&mut response, header::CONTENT_TYPE, content_type("index.html"));
        response
    });
    set(&mut response, header::CACHE_CONTROL, "no-cache");
    set(&mut response, header::CONTENT_SECURITY_POLICY, POLICY);
    set(&mut response, header::REFERRER_POLICY, "no-referrer");
    response
}

/// `GET /studio/{path}`: names carry hashes of their contents, so they never change.
pub(super) async fn part(Path(path): Path<String>, headers: HeaderMap) -> Response<Body> {
    match file(&format!("studio/{path}"), &headers) {
        Some(mut response) => {
            set(&mut response, header::CACHE_CONTROL, "public, max-age=31536000, immutable");
            response
        }
        None => Native::refuse(&Refusal::NotFound),
    }
}

fn file(path: &str, asked: &HeaderMap) -> Option<Response<Body>> {
    let find = |path: &str| PAGE.iter().find(|(name, _)| *name == path).map(|(_, bytes)| *bytes);
    let whole = find(path)?;
    let accepted =
        asked.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let takes_gzip = accepted.split(',').any(|coding| coding.trim().split(';').next() == Some("gzip"));
    let packed = find(&format!("{path}.gz")).filter(|_| takes_gzip);
    let mut response = Response::new(Body::from(packed.unwrap_or(whole)));
    if packed.is_some() {
        set(&mut response, header::CONTENT_ENCODING, "gzip");
    }
    set(&mut response, header::VARY, "accept-encoding");
    set(&mut response, header::CONTENT_TYPE, content_type(path));
    Some(response)
}

fn set(response: &mut Response<Body>, name: HeaderName, value: &'static str) {
    response.headers_mut().insert(name, HeaderValue::from_static(value));
    response.headers_mut().insert(NO_SNIFF.0, HeaderValue::from_static(NO_SNIFF.1));
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        _ => "application/octet-stream",
    }
}
