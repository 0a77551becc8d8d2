use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, Response, StatusCode};
use contract::CharacterOrientation;
use serde_json::{Value, json};

use super::Native;
use crate::App;
use crate::app::EngineProfile;
use crate::dialects::json;
use crate::http::{Wire as _, base_url};

/// `GET /api/v1/service`: what this service is and takes; nothing in it is a secret, so no key is asked for.
pub(super) async fn service(State(app): State<Arc<App>>, headers: HeaderMap) -> Response<Body> {
    let result = async {
        let base = base_url(&app, &headers);
        let samples: Vec<_> = app
            .samples()
            .iter()
            .map(|sample| {
                json!({
                    "name": sample.name,
                    "image_url": format!("{base}/assets/{}", sample.image_id()),
                    "video_url": format!("{base}/assets/{}", sample.video_id()),
                })
            })
            .collect();
        let limits = app.settings.media_limits();
        Ok(json(
            StatusCode::OK,
            &json!({
                "version": env!("CARGO_PKG_VERSION"),
                "base_url": base,
                "key_needed": app.gate.admit(None).await?.is_none(),
                "engines": app.engines.iter().map(engine).collect::<Vec<_>>(),
                "limits": {
                    "image_bytes": limits.image_bytes,
                    "video_bytes": limits.video_bytes,
                    "video_seconds": [limits.video_secs.start(), limits.video_secs.end()],
                    "open_jobs": app.settings.open_jobs_per_key,
                    "requests_per_second": app.settings.requests_per_second,
                    "queue": app.settings.queue_limit,
                    "keep_outputs_days": app.settings.keep_outputs_days,
                    "keep_assets_days": app.settings.keep_assets_days,
                },
                "samples": samples,
            }),
        ))
    };
    result.await.unwrap_or_else(|refusal| Native::refuse(&refusal))
}

fn engine(engine: &EngineProfile) -> Value {
    let orientations: &[CharacterOrientation] = engine.capabilities.orientations;
    json!({
        "name": engine.name,
        "character_orientations": orientations,
        "follows_prompt": engine.capabilities.follows_prompt,
        "deterministic": engine.capabilities.deterministic,
        "keeps": engine.capabilities.keeps,
    })
}
