use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, MatchedPath, Request};
use axum::http::{HeaderName, HeaderValue, Response, header};
use axum::middleware::{self, Next};
use axum::routing::{get, post};
use tower_http::catch_panic::CatchPanicLayer;

use super::{Refusal, Wire, assets, openapi, operations, output, preview, studio};
use crate::App;
use crate::dialects::{Native, Pixazo, Segmind, native_routes, pixazo_routes, segmind_routes};
use crate::jobs::{Job, JobState};

/// Everything that is served.
pub(crate) fn router(app: Arc<App>) -> Router {
    let shared = Router::new()
        .route("/output/{name}", get(output::output).options(output::preflight))
        .route("/", get(studio::index))
        .route("/studio/{*path}", get(studio::part))
        .route("/previews/{name}", get(preview::preview))
        .route("/kept/{name}", get(preview::kept))
        .route("/assets/{id}", get(assets::download))
        .route("/api/v1/assets", post(assets::upload).layer(DefaultBodyLimit::disable()))
        .route("/health/live", get(operations::live))
        .route("/health/ready", get(operations::ready))
        .route("/metrics", get(operations::metrics))
        .route("/openapi.json", get(openapi::serve))
        .method_not_allowed_fallback(no_such_method::<Native>);
    Router::new()
        .merge(shared)
        .merge(native_routes())
        .merge(pixazo_routes())
        .merge(segmind_routes())
        .fallback(nothing_here)
        .layer(middleware::from_fn(observed))
        .layer(CatchPanicLayer::custom(|_| {
            tracing::error!("a handler panicked");
            Native::refuse(&Refusal::Internal)
        }))
        .with_state(app)
}

/// A known path, asked in a way that it does not know; axum adds `Allow`.
pub(crate) async fn no_such_method<W: Wire>() -> Response<Body> {
    W::refuse(&Refusal::NotFound)
}

/// An unknown path, answered in the words of the interface that it was meant for.
async fn nothing_here(request: Request) -> Response<Body> {
    let path = request.uri().path();
    if path.starts_with("/api/") {
        Native::refuse(&Refusal::NotFound)
    } else if path.starts_with("/v1/")
        || path.starts_with("/v2/") && !path.starts_with("/v2/requests/status/")
    {
        Segmind::refuse(&Refusal::NotFound)
    } else {
        Pixazo::refuse(&Refusal::NotFound)
    }
}

/// Names, counts and logs a request.
async fn observed(request: Request, next: Next) -> Response<Body> {
    let began = Instant::now();
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str).to_owned();
    let method = request.method().clone();
    let mut response = next.run(request).await;
    let status = response.status().as_u16();
    let id_name = HeaderName::from_static("x-request-id");
    if !response.headers().contains_key(&id_name)
        && let Ok(id) = HeaderValue::from_str(&uuid::Uuid::now_v7().to_string())
    {
        response.headers_mut().insert(id_name.clone(), id);
    }
    let id = response.headers().get(&id_name).and_then(|id| id.to_str().ok()).unwrap_or_default();
    let took = began.elapsed();
    tracing::debug!(request.id = id, %method, route, status, took_ms = took.as_millis() as u64, "answered");
    if let Some(code) = response.headers().get("x-error-code").and_then(|code| code.to_str().ok()) {
        tracing::debug!(request.id = id, code, "refused");
    }
    let labels = [("route", route), ("status", status.to_string())];
    metrics::counter!("pantomime_http_requests_total", &labels).increment(1);
    metrics::histogram!("pantomime_http_seconds", "route" => labels[0].1.clone()).record(took.as_secs_f64());
    response
}

/// The whole video of a completed job.
pub(crate) async fn whole_output(
    app: &App,
    job: &Job,
    method: &axum::http::Method,
) -> Result<Response<Body>, Refusal> {
    let made = job.result.as_ref().filter(|_| job.state == JobState::Completed).ok_or(Refusal::Internal)?;
    let served = super::range::Served {
        path: app.files.output(&made.file),
        tag: made.file.trim_end_matches(".mp4").to_owned(),
        content_type: "video/mp4",
        modified_ms: job.ended_ms.unwrap_or(job.created_ms),
        attachment: None,
    };
    let mut response = super::range::serve_file(&served, method, &Default::default()).await?;
    response.headers_mut().remove(header::CACHE_CONTROL);
    Ok(response)
}
