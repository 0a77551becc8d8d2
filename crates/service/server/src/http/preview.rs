use std::collections::HashMap;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, Method, Response, header};

use super::range::{Served, serve_file};
use super::{Refusal, Wire as _};
use crate::App;
use crate::app::is_id;
use crate::dialects::Native;

/// `GET /kept/{id}.jpg`: the picture of a kept character.
pub(super) async fn kept(
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
    method: Method,
    headers: HeaderMap,
) -> Response<Body> {
    let result = async {
        let id = name.strip_suffix(".jpg").filter(|id| is_id(id)).ok_or(Refusal::NotFound)?;
        let asset = app.store.asset(id).await?.ok_or(Refusal::NotFound)?;
        let served = Served {
            path: app.files.kept_picture(id),
            tag: format!("{id}-picture"),
            content_type: "image/jpeg",
            modified_ms: asset.created_ms,
            attachment: None,
        };
        serve_file(&served, &method, &headers).await
    };
    result.await.unwrap_or_else(|refusal| Native::refuse(&refusal))
}

/// `GET /previews/{id}.jpg`: of a running job the frame that was drawn last, of a completed one a frame of its video.
pub(super) async fn preview(
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
    Query(query): Query<HashMap<String, String>>,
    method: Method,
    headers: HeaderMap,
) -> Response<Body> {
    let result = async {
        let id = name.strip_suffix(".jpg").filter(|id| is_id(id)).ok_or(Refusal::NotFound)?;
        let value = |name: &str| query.get(name).map(String::as_str);
        if !app.links.is_good(id, value("exp"), value("sig")) {
            return Err(Refusal::BadLink);
        }
        if let Some(preview) = app.hub.preview(id) {
            let mut response = Response::new(Body::from(preview.jpeg));
            let headers = response.headers_mut();
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("image/jpeg"));
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
            return Ok(response);
        }
        let job = app.store.any_job(id).await?.ok_or(Refusal::NotFound)?;
        let served = Served {
            path: app.files.poster(id),
            tag: format!("{id}-poster"),
            content_type: "image/jpeg",
            modified_ms: job.ended_ms.unwrap_or(job.created_ms),
            attachment: None,
        };
        serve_file(&served, &method, &headers).await
    };
    result.await.unwrap_or_else(|refusal| Native::refuse(&refusal))
}
