use std::sync::{Arc, OnceLock};

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderValue, Response, StatusCode, header};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use serde_json::json;

use crate::App;

/// Upper bounds of the buckets of times, in seconds.
const SECONDS: [f64; 12] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 1800.0];

/// The process is there.
pub(super) async fn live() -> Response<Body> {
    answer(StatusCode::OK, &json!({ "status": "ok" }))
}

/// The process can serve: its database answers, it takes jobs, and somebody runs them.
pub(super) async fn ready(State(app): State<Arc<App>>) -> Response<Body> {
    let database = app.store.ping().await;
    if let Err(error) = &database {
        tracing::warn!(%error, "not ready");
    }
    let checks =
        [("database", database.is_ok()), ("accepting", !app.is_draining()), ("workers", app.crew.is_alive())];
    let ready = checks.iter().all(|(_, good)| *good);
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let checks: serde_json::Map<_, _> =
        checks.into_iter().map(|(name, good)| (name.to_owned(), good.into())).collect();
    answer(status, &json!({ "status": if ready { "ready" } else { "not_ready" }, "checks": checks }))
}

/// Prometheus metrics, without labels of jobs or keys.
pub(super) async fn metrics(State(app): State<Arc<App>>) -> Response<Body> {
    if let Ok((queued, running)) = app.store.load().await {
        metrics::gauge!("pantomime_jobs_queued").set(queued as f64);
        metrics::gauge!("pantomime_jobs_running").set(running as f64);
    }
    let mut response = Response::new(Body::from(recorder().render()));
    let kind = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

/// The process's recorder of metrics, installed at the first call.
pub(crate) fn recorder() -> &'static PrometheusHandle {
    static RECORDER: OnceLock<PrometheusHandle> = OnceLock::new();
    RECORDER.get_or_init(|| {
        let builder =
            PrometheusBuilder::new().set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS);
        // Only no bounds at all are refused, and only a second recorder is.
        let recorder = builder.unwrap_or_else(|_| unreachable!("there are bounds")).build_recorder();
        let handle = recorder.handle();
        if metrics::set_global_recorder(recorder).is_err() {
            tracing::warn!("another recorder of metrics was installed first; /metrics stays empty");
        }
        handle
    })
}

fn answer(status: StatusCode, body: &serde_json::Value) -> Response<Body> {
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
