//! The interfaces that the service speaks, one file each. Lines that a provider's page fixes are marked `[page]` in
//! docs/api.md, and are never changed.

mod native;
mod pixazo;
mod segmind;
mod wish;

pub(crate) use native::Native;
pub(crate) use native::routes as native_routes;
pub(crate) use pixazo::Pixazo;
pub(crate) use pixazo::routes as pixazo_routes;
pub(crate) use segmind::Segmind;
pub(crate) use segmind::routes as segmind_routes;
pub(crate) use wish::Wish;

use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};
use serde_json::Value;

/// An answer of JSON.
fn json(status: StatusCode, body: &Value) -> Response<Body> {
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// Seconds with one digit after the point.
fn tenths(secs: f64) -> f64 {
    (secs * 10.0).round() / 10.0
}
