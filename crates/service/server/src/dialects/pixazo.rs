use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use axum::routing::{get, post};
use serde_json::json;

use super::{Wish, json, tenths};
use crate::App;
use crate::http::{Fields, Refusal, Wire, admit, base_url, describe, idempotency, json_object};
use crate::jobs::{Dialect, Job, JobState};
use crate::store::Scope;

const SUBMIT: &str =
    "/kling-video-v2-6-standard-motion-control/v1/kling-video-v2-6-standard-motion-control-request";
const RESULT: &str =
    "/kling-video-v2-6-standard-motion-control/v1/kling-video-v2-6-standard-motion-control-request-result";
const STATUS: &str = "/v2/requests/status/{id}";

/// The page says under ten seconds; half a second of grace.
const LONGEST_VIDEO_SECS: f64 = 10.5;

/// What is told of the time left while nothing is known of it.
const USUAL_SECS: u32 = 30;

pub(crate) fn routes() -> Router<Arc<App>> {
    let routes =
        Router::new().route(SUBMIT, post(submit)).route(RESULT, post(result)).route(STATUS, get(status));
    routes.method_not_allowed_fallback(crate::http::no_such_method::<Pixazo>)
}

/// Pixazo's interface to Kling 2.6 standard motion control.
pub(crate) struct Pixazo;

impl Wire for Pixazo {
    const NEEDS_SOME_KEY: bool = true;

    fn secret(headers: &HeaderMap) -> Option<&[u8]> {
        headers.get("ocp-apim-subscription-key").map(HeaderValue::as_bytes)
    }

    /// The bodies are the page's, word for word; what is behind them goes into headers.
    fn refuse(refusal: &Refusal) -> Response<Body> {
        let (status, error) = match refusal {
            Refusal::Unauthorized => (StatusCode::UNAUTHORIZED, "Invalid or missing authentication"),
            Refusal::Forbidden(_) | Refusal::NoCredits => {
                (StatusCode::FORBIDDEN, "Access denied for this operation")
            }
            Refusal::RateLimited(_) | Refusal::TooManyOpen | Refusal::QueueFull => {
                (StatusCode::TOO_MANY_REQUESTS, "Rate limit exceeded, please retry later")
            }
            Refusal::NotFound | Refusal::Gone | Refusal::BadLink => {
                (StatusCode::NOT_FOUND, "Endpoint not found")
            }
            Refusal::IdempotencyConflict => {
                (StatusCode::CONFLICT, "Idempotency key reused with different parameters")
            }
            Refusal::Draining | Refusal::Internal => {
                (StatusCode::INTERNAL_SERVER_ERROR, "An unexpected error occurred, please try again later")
            }
            Refusal::TooLarge(_)
            | Refusal::BodyLost
            | Refusal::ContentType(_)
            | Refusal::NotJson(_)
            | Refusal::Field { .. }
            | Refusal::Url { .. }
            | Refusal::Unusable(_)
            | Refusal::State(_) => (StatusCode::BAD_REQUEST, "Invalid request parameters"),
        };
        let mut response = json(status, &json!({ "error": error }));
        describe(&mut response, refusal);
        response
    }
}

async fn submit(State(app): State<Arc<App>>, request: Request) -> Response<Body> {
    let result = async {
        let headers = request.headers().clone();
        let tenant = admit::<Pixazo>(&app, &headers, Scope::Submit).await?;
        let (object, hash) = json_object(&app, request).await?;
        let mut fields = Fields::new(object);
        let wish = Wish::take(&mut fields)?;
        let idempotency = idempotency(&headers, hash)?;
        let base = base_url(&app, &headers);
        let wanted = wish.into_request(&app, &tenant, &base, Dialect::Pixazo, LONGEST_VIDEO_SECS).await?;
        let (id, replayed) = app.submit(&tenant, wanted, idempotency).await?;
        let mut response = json(
            StatusCode::OK,
            &json!({
                "status": "IN_QUEUE",
                "request_id": id,
                "message": "Motion transfer job queued successfully",
            }),
        );
        fields.name_ignored(response.headers_mut());
        if replayed {
            let name = HeaderName::from_static("idempotent-replayed");
            response.headers_mut().insert(name, HeaderValue::from_static("true"));
        }
        Ok(response)
    };
    result.await.unwrap_or_else(|refusal| Pixazo::refuse(&refusal))
}

async fn result(State(app): State<Arc<App>>, request: Request) -> Response<Body> {
    let result = async {
        let headers = request.headers().clone();
        let tenant = admit::<Pixazo>(&app, &headers, Scope::Read).await?;
        let (object, _) = json_object(&app, request).await?;
        let mut fields = Fields::new(object);
        let id = fields.required_text("request_id")?;
        let job = app.job(&tenant, &id).await?;
        let mut response = json(StatusCode::OK, &told(&app, &job, &base_url(&app, &headers)).await?);
        fields.name_ignored(response.headers_mut());
        Ok(response)
    };
    result.await.unwrap_or_else(|refusal| Pixazo::refuse(&refusal))
}

async fn told(app: &App, job: &Job, base: &str) -> Result<serde_json::Value, Refusal> {
    Ok(match job.state {
        JobState::Queued => {
            let position = app.queue.position(&job.id).await?.unwrap_or(0);
            json!({ "status": "IN_QUEUE", "request_id": job.id, "queue_position": position })
        }
        JobState::Running => json!({
            "status": "IN_PROGRESS",
            "request_id": job.id,
            "progress_percent": job.percent,
            "estimated_remaining_seconds": job.remaining_secs.unwrap_or(USUAL_SECS),
        }),
        JobState::Completed => {
            let made = job.result.as_ref().ok_or(Refusal::Internal)?;
            json!({
                "status": "COMPLETED",
                "request_id": job.id,
                "output_url": app.links.output(base, &job.id),
                "duration_seconds": tenths(made.duration_secs),
                "width": made.width,
                "height": made.height,
                "content_type": "video/mp4",
                "has_audio": made.has_audio,
            })
        }
        JobState::Failed | JobState::Canceled => {
            let failure = job.failure.as_ref().ok_or(Refusal::Internal)?;
            json!({
                "status": "FAILED",
                "request_id": job.id,
                "error_message": failure.message,
                "error_code": failure.code.as_str(),
            })
        }
    })
}

/// The newer status call.
async fn status(State(app): State<Arc<App>>, Path(id): Path<String>, headers: HeaderMap) -> Response<Body> {
    let result = async {
        let tenant = admit::<Pixazo>(&app, &headers, Scope::Read).await?;
        let job = app.job(&tenant, &id).await?;
        let status = match job.state {
            JobState::Queued => "QUEUED",
            JobState::Running => "PROCESSING",
            JobState::Completed => "COMPLETED",
            JobState::Failed | JobState::Canceled => "FAILED",
        };
        let media: Vec<_> = (job.state == JobState::Completed)
            .then(|| app.links.output(&base_url(&app, &headers), &job.id))
            .into_iter()
            .collect();
        let error = job.failure.map(|failure| failure.message);
        let body = json!({ "request_id": job.id, "status": status, "output": { "media_url": media }, "error": error });
        Ok(json(StatusCode::OK, &body))
    };
    result.await.unwrap_or_else(|refusal| Pixazo::refuse(&refusal))
}
