use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, header};
use axum::routing::{get, post};
use contract::CharacterOrientation;
use serde_json::{Value, json};

use super::{Wish, json, tenths};
use crate::App;
use crate::http::{Fields, Refusal, Wire, admit, base_url, describe, idempotency, json_object};
use crate::jobs::{Dialect, FailureCode, Job, JobState};
use crate::keys::Tenant;
use crate::store::Scope;

const MODEL_V1: &str = "/v1/kling-2.6-standard-motion-control";
const MODEL_V2: &str = "/v2/kling-2.6-standard-motion-control";

/// What a key without a budget is told to have left, in dollars: programs stop when they read nought.
const UNLIMITED_CREDITS: f64 = 1_000_000.0;

pub(crate) fn routes() -> Router<Arc<App>> {
    let routes = Router::new()
        .route(MODEL_V1, post(run_sync))
        .route(MODEL_V2, post(submit))
        .route("/v2/requests/{id}/status", get(status))
        .route("/v2/requests/{id}", get(response))
        .route("/v1/requests/{id}", get(response))
        .route("/v1/get-user-credits", get(credits));
    routes.method_not_allowed_fallback(crate::http::no_such_method::<Segmind>)
}

/// Segmind's interface to Kling 2.6 standard motion control: v1, which waits, and v2, which is asked again.
pub(crate) struct Segmind;

impl Wire for Segmind {
    const NEEDS_SOME_KEY: bool = true;

    /// `x-api-key` alone: a key sent as Bearer is not one.
    fn secret(headers: &HeaderMap) -> Option<&[u8]> {
        headers.get("x-api-key").map(HeaderValue::as_bytes)
    }

    fn refuse(refusal: &Refusal) -> Response<Body> {
        let status = match refusal {
            Refusal::Unauthorized => StatusCode::UNAUTHORIZED,
            Refusal::Forbidden(_) => StatusCode::FORBIDDEN,
            Refusal::NoCredits => StatusCode::NOT_ACCEPTABLE,
            Refusal::RateLimited(_) | Refusal::TooManyOpen | Refusal::QueueFull => {
                StatusCode::TOO_MANY_REQUESTS
            }
            Refusal::NotFound | Refusal::Gone | Refusal::BadLink => StatusCode::NOT_FOUND,
            Refusal::IdempotencyConflict => StatusCode::CONFLICT,
            Refusal::Draining => StatusCode::BAD_GATEWAY,
            Refusal::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Refusal::TooLarge(_)
            | Refusal::BodyLost
            | Refusal::ContentType(_)
            | Refusal::NotJson(_)
            | Refusal::Field { .. }
            | Refusal::Url { .. }
            | Refusal::Unusable(_)
            | Refusal::State(_) => StatusCode::BAD_REQUEST,
        };
        let mut response = json(status, &json!({ "error": message(status, Some(&refusal.detail())) }));
        describe(&mut response, refusal);
        if let (StatusCode::TOO_MANY_REQUESTS, Some(secs)) = (status, refusal.retry_after_secs()) {
            let reset = std::time::SystemTime::now() + Duration::from_secs(secs);
            if let Ok(value) = HeaderValue::from_str(&httpdate::fmt_http_date(reset)) {
                response.headers_mut().insert(HeaderName::from_static("x-rate-limit-reset-at-utc"), value);
            }
        }
        response
    }
}

/// The page's text of a status, and the detail after it.
fn message(status: StatusCode, detail: Option<&str>) -> String {
    let text = match status.as_u16() {
        400 => "Invalid parameters or request format",
        401 => "Missing or invalid API key",
        403 => "Insufficient permissions",
        404 => "Model or endpoint not found",
        406 => "Not enough credits to process request",
        429 => "Too many requests",
        502 => "Service temporarily unavailable",
        504 => "Request timed out",
        409 => "Idempotency key reused with different parameters",
        _ => "Internal server error",
    };
    detail.map_or_else(|| text.to_owned(), |detail| format!("{text}: {detail}"))
}

/// The longest video that is taken, by orientation.
fn longest_video_secs(orientation: CharacterOrientation) -> f64 {
    match orientation {
        CharacterOrientation::Video => 30.0,
        CharacterOrientation::Image => 10.0,
    }
}

/// Takes a job in, by either version.
async fn take_in(
    app: &Arc<App>,
    dialect: Dialect,
    request: Request,
) -> Result<(Tenant, String, bool, HeaderMap), Refusal> {
    let headers = request.headers().clone();
    let tenant = admit::<Segmind>(app, &headers, Scope::Submit).await?;
    let (object, hash) = json_object(app, request).await?;
    if object.get("prompt").is_none_or(Value::is_null) {
        return Err(Refusal::missing("prompt"));
    }
    let mut fields = Fields::new(object);
    let wish = Wish::take(&mut fields)?;
    let idempotency = idempotency(&headers, hash)?;
    if app.settings.workers == 0 {
        return Err(Refusal::Draining);
    }
    let (base, longest) = (base_url(app, &headers), longest_video_secs(wish.orientation));
    let wanted = wish.into_request(app, &tenant, &base, dialect, longest).await?;
    let (id, replayed) = app.submit(&tenant, wanted, idempotency).await?;
    let mut told = HeaderMap::new();
    fields.name_ignored(&mut told);
    if replayed {
        told.insert(HeaderName::from_static("idempotent-replayed"), HeaderValue::from_static("true"));
    }
    Ok((tenant, id, replayed, told))
}

/// v1: waits for the video. The job goes on whatever becomes of whoever waits.
async fn run_sync(
    State(app): State<Arc<App>>,
    Query(query): Query<HashMap<String, String>>,
    request: Request,
) -> Response<Body> {
    let result = async {
        let headers = request.headers().clone();
        let wants_bytes = wants_bytes(query.get("response_format").map(String::as_str), &headers)?;
        let (tenant, id, _, told) = take_in(&app, Dialect::SegmindV1, request).await?;
        let patience = Duration::from_secs(app.settings.sync_timeout_secs);
        let job = app.ended(&id, patience).await?;
        let remaining = remaining_credits(&app, &tenant).await?;
        let mut response = match (&job.state, &job.result, &job.failure) {
            (JobState::Completed, Some(_), _) if wants_bytes => bytes(&app, &job, &headers).await?,
            (JobState::Completed, Some(_), _) => {
                json(StatusCode::OK, &completed(&app, &job, &base_url(&app, &headers), remaining))
            }
            (_, _, Some(failure)) => {
                let status = failure_status(failure.code);
                let body = json!({ "error": message(status, Some(&failure.message)), "request_id": id });
                let mut response = json(status, &body);
                if let Ok(code) = HeaderValue::from_str(failure.code.as_str()) {
                    response.headers_mut().insert(HeaderName::from_static("x-error-code"), code);
                }
                response
            }
            _ => {
                let detail = format!("the job goes on; ask for it by its id {id}");
                let body =
                    json!({ "error": message(StatusCode::GATEWAY_TIMEOUT, Some(&detail)), "request_id": id });
                json(StatusCode::GATEWAY_TIMEOUT, &body)
            }
        };
        response.headers_mut().extend(told);
        measures(response.headers_mut(), &job, remaining);
        Ok(response)
    };
    result.await.unwrap_or_else(|refusal| Segmind::refuse(&refusal))
}

/// An input that cannot be used is the client's; the rest is ours.
fn failure_status(code: FailureCode) -> StatusCode {
    match code {
        FailureCode::Rejected(_) => StatusCode::BAD_REQUEST,
        FailureCode::TIMEOUT => StatusCode::GATEWAY_TIMEOUT,
        FailureCode::CANCELED => StatusCode::BAD_REQUEST,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// What an answer about a job tells in headers.
fn measures(headers: &mut HeaderMap, job: &Job, remaining: f64) {
    let mut set = |name: &'static str, value: String| {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    };
    set("x-request-id", job.id.clone());
    set("x-remaining-credits", remaining.to_string());
    set("x-generation-time", inference_secs(job).to_string());
    set("x-cost", cost(job).to_string());
}

/// JSON, or the video itself? The first that matches: `?response_format`, an `Accept` that names video or bytes ahead of JSON.
fn wants_bytes(format: Option<&str>, headers: &HeaderMap) -> Result<bool, Refusal> {
    match format {
        Some("json") => return Ok(false),
        Some("binary") => return Ok(true),
        Some(_) => return Err(Refusal::invalid("response_format", "json or binary")),
        None => {}
    }
    let accepted = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    for kind in accepted.flat_map(|value| value.split(',')) {
        match kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase().as_str() {
            "video/mp4" | "video/*" | "application/octet-stream" => return Ok(true),
            "application/json" | "application/*" => return Ok(false),
            _ => {}
        }
    }
    Ok(false)
}

/// The video itself.
async fn bytes(app: &App, job: &Job, headers: &HeaderMap) -> Result<Response<Body>, Refusal> {
    let mut response = crate::http::whole_output(app, job, &Method::GET).await?;
    let link = format!("<{}>; rel=\"alternate\"", app.links.output(&base_url(app, headers), &job.id));
    let told = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_DISPOSITION, format!("inline; filename=\"{}.mp4\"", job.id)),
        (header::LINK, link),
        (header::VARY, "Accept".to_owned()),
    ] {
        if let Ok(value) = HeaderValue::from_str(&value) {
            told.insert(name, value);
        }
    }
    Ok(response)
}

fn completed(app: &App, job: &Job, base: &str, remaining: f64) -> Value {
    let mut body = described(app, job, base);
    body["metrics"] = json!({
        "inference_time": inference_secs(job),
        "queue_time": queue_secs(job),
        "total_time": tenths(millis_between(job.created_ms, job.ended_ms)),
        "cost": cost(job),
        "remaining_credits": remaining,
    });
    body
}

/// A completed job.
fn described(app: &App, job: &Job, base: &str) -> Value {
    let link = app.links.output(base, &job.id);
    let made = job.result.as_ref();
    json!({
        "status": "COMPLETED",
        "request_id": job.id,
        "output": link,
        "output_url": link,
        "video": { "url": link, "content_type": "video/mp4" },
        "duration_seconds": made.map(|made| tenths(made.duration_secs)),
        "width": made.map(|made| made.width),
        "height": made.map(|made| made.height),
        "has_audio": made.map(|made| made.has_audio),
        "metrics": {},
    })
}

fn millis_between(from_ms: i64, to_ms: Option<i64>) -> f64 {
    to_ms.map_or(0.0, |to_ms| (to_ms - from_ms).max(0) as f64 / 1000.0)
}

fn inference_secs(job: &Job) -> f64 {
    job.started_ms.map_or(0.0, |started| tenths(millis_between(started, job.ended_ms)))
}

fn queue_secs(job: &Job) -> f64 {
    tenths(millis_between(job.created_ms, job.started_ms))
}

/// Dollars that the job cost.
fn cost(job: &Job) -> f64 {
    if job.state == JobState::Completed { dollars(job.price) } else { 0.0 }
}

fn dollars(millionths: i64) -> f64 {
    millionths as f64 / 1e6
}

async fn remaining_credits(app: &App, tenant: &Tenant) -> Result<f64, Refusal> {
    let key = app.store.key(tenant.id()).await?.ok_or(Refusal::Unauthorized)?;
    Ok(key.remaining().map_or(UNLIMITED_CREDITS, dollars))
}

/// v2: takes the job in and says where to ask.
async fn submit(State(app): State<Arc<App>>, request: Request) -> Response<Body> {
    let result = async {
        let base = base_url(&app, request.headers());
        let (tenant, id, _, told) = take_in(&app, Dialect::SegmindV2, request).await?;
        let body = json!({
            "request_id": id,
            "status": "QUEUED",
            "poll_url": format!("{base}/v1/requests/{id}"),
            "status_url": format!("{base}/v2/requests/{id}/status"),
            "response_url": format!("{base}/v2/requests/{id}"),
        });
        let mut response = json(StatusCode::OK, &body);
        response.headers_mut().extend(told);
        let job = app.job(&tenant, &id).await?;
        measures(response.headers_mut(), &job, remaining_credits(&app, &tenant).await?);
        Ok(response)
    };
    result.await.unwrap_or_else(|refusal| Segmind::refuse(&refusal))
}

async fn status(State(app): State<Arc<App>>, Path(id): Path<String>, headers: HeaderMap) -> Response<Body> {
    asked(&app, &id, &headers, false).await
}

async fn response(State(app): State<Arc<App>>, Path(id): Path<String>, headers: HeaderMap) -> Response<Body> {
    asked(&app, &id, &headers, true).await
}

async fn asked(app: &App, id: &str, headers: &HeaderMap, with_output: bool) -> Response<Body> {
    let result = async {
        let tenant = admit::<Segmind>(app, headers, Scope::Read).await?;
        let job = app.job(&tenant, id).await?;
        let remaining = remaining_credits(app, &tenant).await?;
        let mut response = match job.state {
            JobState::Queued => answer(StatusCode::OK, "QUEUED", &job),
            JobState::Running => answer(StatusCode::OK, "PROCESSING", &job),
            JobState::Completed if with_output => {
                json(StatusCode::OK, &completed(app, &job, &base_url(app, headers), remaining))
            }
            JobState::Completed => answer(StatusCode::OK, "COMPLETED", &job),
            JobState::Failed | JobState::Canceled => answer(StatusCode::UNPROCESSABLE_ENTITY, "FAILED", &job),
        };
        measures(response.headers_mut(), &job, remaining);
        Ok(response)
    };
    match result.await {
        Ok(response) => response,
        Err(Refusal::NotFound) => {
            let id: String = id.chars().take(128).collect();
            let mut response =
                json(StatusCode::NOT_FOUND, &json!({ "error": format!("Request {id} not found") }));
            describe(&mut response, &Refusal::NotFound);
            response
        }
        Err(refusal) => Segmind::refuse(&refusal),
    }
}

fn answer(code: StatusCode, status: &str, job: &Job) -> Response<Body> {
    let mut body = json!({ "status": status, "request_id": job.id, "metrics": {} });
    if let Some(failure) = &job.failure {
        body["error"] = Value::from(failure.message.as_str());
        body["error_code"] = Value::from(failure.code.as_str());
    }
    json(code, &body)
}

async fn credits(State(app): State<Arc<App>>, headers: HeaderMap) -> Response<Body> {
    let result = async {
        let tenant = admit::<Segmind>(&app, &headers, Scope::Read).await?;
        Ok(json(StatusCode::OK, &json!({ "credits": remaining_credits(&app, &tenant).await? })))
    };
    result.await.unwrap_or_else(|refusal| Segmind::refuse(&refusal))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accept(value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_static(value))])
    }

    #[test]
    fn json_unless_bytes_are_asked_for() {
        for (format, headers, bytes) in [
            (None, HeaderMap::new(), false),
            (None, accept("*/*"), false),
            (None, accept("application/json, video/mp4"), false),
            (None, accept("video/mp4, application/json"), true),
            (None, accept("text/html, video/*;q=0.9"), true),
            (None, accept("application/octet-stream"), true),
            (None, accept("image/png"), false),
            (Some("json"), accept("video/mp4"), false),
            (Some("binary"), accept("application/json"), true),
        ] {
            assert_eq!(wants_bytes(format, &headers), Ok(bytes), "{format:?} {headers:?}");
        }
        assert!(wants_bytes(Some("xml"), &HeaderMap::new()).is_err());
    }
}
