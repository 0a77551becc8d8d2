use std::collections::HashMap;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};

use super::range::{Served, serve_file};
use super::{Refusal, describe};
use crate::App;
use crate::app::is_id;
use crate::jobs::JobState;

/// `GET`, `HEAD` and `OPTIONS` of `/output/{id}.mp4`.
pub(super) async fn output(
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
    Query(query): Query<HashMap<String, String>>,
    method: Method,
    headers: HeaderMap,
) -> Response<Body> {
    let mut response =
        served(&app, &name, &query, &method, &headers).await.unwrap_or_else(|refusal| refuse(&refusal));
    allow_everybody(response.headers_mut());
    response
}

/// The answer to a browser that asks whether it may ask.
pub(super) async fn preflight() -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    let headers = response.headers_mut();
    allow_everybody(headers);
    let methods = HeaderValue::from_static("GET, HEAD, OPTIONS");
    headers.insert(header::ALLOW, methods.clone());
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, methods);
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_HEADERS,
        HeaderValue::from_static("Range, If-Range, If-None-Match"),
    );
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("86400"));
    response
}

async fn served(
    app: &App,
    name: &str,
    query: &HashMap<String, String>,
    method: &Method,
    headers: &HeaderMap,
) -> Result<Response<Body>, Refusal> {
    let id = name.strip_suffix(".mp4").filter(|id| is_id(id)).ok_or(Refusal::NotFound)?;
    let value = |name: &str| query.get(name).map(String::as_str);
    if !app.links.is_good(id, value("exp"), value("sig")) {
        return Err(Refusal::BadLink);
    }
    let job = app.store.any_job(id).await?.filter(|job| job.state == JobState::Completed);
    let job = job.ok_or(Refusal::NotFound)?;
    if job.output_gone_ms.is_some() {
        return Err(Refusal::Gone);
    }
    let result = job.result.ok_or(Refusal::Internal)?;
    let served = Served {
        path: app.files.output(&result.file),
        tag: result.file.trim_end_matches(".mp4").to_owned(),
        content_type: "video/mp4",
        modified_ms: job.ended_ms.unwrap_or(job.created_ms),
        attachment: (value("download") == Some("1")).then(|| format!("{id}.mp4")),
    };
    serve_file(&served, method, headers).await
}

fn refuse(refusal: &Refusal) -> Response<Body> {
    let (status, error) = match refusal {
        Refusal::Gone => (StatusCode::GONE, "Output expired"),
        Refusal::BadLink => (StatusCode::FORBIDDEN, "Invalid or expired link"),
        Refusal::NotFound => (StatusCode::NOT_FOUND, "Output not found"),
        _ => (StatusCode::INTERNAL_SERVER_ERROR, "An unexpected error occurred, please try again later"),
    };
    let mut response = Response::new(Body::from(serde_json::json!({ "error": error }).to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    describe(&mut response, refusal);
    response
}

fn allow_everybody(headers: &mut HeaderMap) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(
        header::ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static("Accept-Ranges, Content-Range, Content-Length, ETag, Last-Modified"),
    );
}
