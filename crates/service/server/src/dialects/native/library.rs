//! Characters and motions that are kept, so that one dance drives many characters, and one character many dances, without looking
//! at either again.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, Response, StatusCode, header};
use contract::{CharacterOrientation, OutputSize};
use frame::Size;
use media::FileKind;
use serde_json::{Value, json};

use super::Native;
use crate::App;
use crate::app::is_id;
use crate::dialects::json;
use crate::http::{Fields, Refusal, Wire as _, admit, base_url, content_type, json_object, media_source};
use crate::jobs::{Dialect, JobRequest, Source};
use crate::keys::Tenant;
use crate::store::{Asset, Kept, KeptKind, Scope, now_ms};
use crate::wall::Task;

/// Characters of a name.
const NAME_CHARS: usize = 80;

/// The longest motion that is tried out, in seconds.
const TRYOUT_SECS: f64 = 4.0;

/// The size of a try: half the class of 720 pixels, in the middle aspect; the engine fits the picture in.
const TRYOUT_LONG_SIDE_PX: u32 = 640;

pub(super) async fn keep_character(State(app): State<Arc<App>>, request: Request) -> Response<Body> {
    answered(keep(&app, KeptKind::Character, request).await)
}

pub(super) async fn keep_motion(State(app): State<Arc<App>>, request: Request) -> Response<Body> {
    answered(keep(&app, KeptKind::Motion, request).await)
}

pub(super) async fn characters(State(app): State<Arc<App>>, headers: HeaderMap) -> Response<Body> {
    answered(list(&app, KeptKind::Character, &headers).await)
}

pub(super) async fn motions(State(app): State<Arc<App>>, headers: HeaderMap) -> Response<Body> {
    answered(list(&app, KeptKind::Motion, &headers).await)
}

/// A kept motion with its stick figure.
pub(super) async fn motion(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response<Body> {
    let result = async {
        let tenant = admit::<Native>(&app, &headers, Scope::Read).await?;
        let found = app.store.kept(tenant.id(), KeptKind::Motion, Some(&id)).await?.pop();
        let found = found.ok_or(Refusal::NotFound)?;
        let mut shown = shown(&base_url(&app, &headers), &found);
        let sketch = found.sketch.as_deref().unwrap_or("null");
        shown["sketch"] = serde_json::from_str(sketch).map_err(|_| Refusal::Internal)?;
        Ok(json(StatusCode::OK, &shown))
    };
    answered(result.await)
}

pub(super) async fn forget_character(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response<Body> {
    answered(forget(&app, KeptKind::Character, &id, &headers).await)
}

pub(super) async fn forget_motion(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response<Body> {
    answered(forget(&app, KeptKind::Motion, &id, &headers).await)
}

fn answered(result: Result<Response<Body>, Refusal>) -> Response<Body> {
    result.unwrap_or_else(|refusal| Native::refuse(&refusal))
}

/// Has the engine make what is kept of an image or a video, as an asset; it is listed where it has a name.
async fn keep(app: &Arc<App>, kind: KeptKind, request: Request) -> Result<Response<Body>, Refusal> {
    let headers = request.headers().clone();
    let tenant = admit::<Native>(app, &headers, Scope::Submit).await?;
    let base = base_url(app, &headers);
    let mut fields = Fields::new(json_object(app, request).await?.0);
    let name = fields.text("name")?.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty());
    if name.as_ref().is_some_and(|name| name.chars().count() > NAME_CHARS) {
        return Err(Refusal::invalid("name", format!("at most {NAME_CHARS} characters")));
    }
    let (field, task, content_type) = match kind {
        KeptKind::Character => ("image_url", Task::Character, content_type(FileKind::Character)),
        KeptKind::Motion => ("video_url", Task::Motion, content_type(FileKind::Motion)),
    };
    let source = media_source(app, &tenant, &base, field, &fields.required_text(field)?).await?;
    let aside = app.crew.make(app, task, alone(app, source, OutputSize::Source)).await?;
    let bytes = i64::try_from(aside.made()?).unwrap_or(i64::MAX);
    let asset = Asset {
        id: uuid::Uuid::now_v7().to_string(),
        key_id: tenant.id().to_owned(),
        content_type: content_type.unwrap_or("application/octet-stream").to_owned(),
        bytes,
        created_ms: now_ms(),
    };
    let stored = std::fs::rename(&aside.file, app.files.asset(&asset.id));
    stored.map_err(|error| {
        tracing::error!(%error, "what was made cannot be stored");
        Refusal::Internal
    })?;
    if let Some(preview) = &aside.preview {
        // Without its picture it is listed all the same.
        let _ = std::fs::write(app.files.kept_picture(&asset.id), &preview.jpeg);
    }
    app.store.insert_asset(asset.clone()).await?;
    let kept = Kept {
        id: asset.id,
        key_id: asset.key_id,
        kind,
        name: name.clone().unwrap_or_default(),
        sketch: (!aside.told.is_null()).then(|| aside.told.to_string()),
        bytes,
        created_ms: asset.created_ms,
    };
    let mut answer = shown(&base, &kept);
    if name.is_some() {
        app.store.keep(kept).await?;
    }
    if kind == KeptKind::Motion {
        answer["sketch"] = aside.told.clone();
    }
    Ok(json(StatusCode::CREATED, &answer))
}

async fn list(app: &App, kind: KeptKind, headers: &HeaderMap) -> Result<Response<Body>, Refusal> {
    let tenant = admit::<Native>(app, headers, Scope::Read).await?;
    let base = base_url(app, headers);
    let kept = app.store.kept(tenant.id(), kind, None).await?;
    let kept: Vec<_> = kept.iter().map(|kept| shown(&base, kept)).collect();
    Ok(json(StatusCode::OK, &json!({ "kept": kept })))
}

async fn forget(app: &App, kind: KeptKind, id: &str, headers: &HeaderMap) -> Result<Response<Body>, Refusal> {
    let tenant = admit::<Native>(app, headers, Scope::Submit).await?;
    if !is_id(id) || !app.store.forget_kept(tenant.id(), kind, id).await? {
        return Err(Refusal::NotFound);
    }
    let _ = tokio::fs::remove_file(app.files.kept_picture(id)).await;
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    Ok(response)
}

/// A few seconds of a small video, at once: no job, and nothing is kept.
pub(super) async fn try_out(State(app): State<Arc<App>>, request: Request) -> Response<Body> {
    let result = async {
        let headers = request.headers().clone();
        let tenant: Tenant = admit::<Native>(&app, &headers, Scope::Submit).await?;
        let base = base_url(&app, &headers);
        let mut fields = Fields::new(json_object(&app, request).await?.0);
        let (image, video) = (fields.required_text("image_url")?, fields.required_text("video_url")?);
        let size: Option<Size> = fields.parsed::<OutputSize>("size")?.and_then(|size| match size {
            OutputSize::Exact(size) => Some(size),
            _ => None,
        });
        if size.is_some_and(|size| size.long_side() > TRYOUT_LONG_SIDE_PX) {
            return Err(Refusal::invalid("size", format!("at most {TRYOUT_LONG_SIDE_PX} pixels a side")));
        }
        let size = size.unwrap_or(Size::new(360, TRYOUT_LONG_SIDE_PX));
        let image = media_source(&app, &tenant, &base, "image_url", &image).await?;
        let video = media_source(&app, &tenant, &base, "video_url", &video).await?;
        let wanted = JobRequest {
            video,
            longest_video_secs: TRYOUT_SECS,
            ..alone(&app, image, OutputSize::Exact(size))
        };
        let aside = app.crew.make(&app, Task::Run, wanted).await?;
        aside.made()?;
        let video = tokio::fs::read(&aside.file).await.map_err(|_| Refusal::Internal)?;
        let mut response = Response::new(Body::from(video));
        let kind = header::HeaderValue::from_static("video/mp4");
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
        Ok(response)
    };
    answered(result.await)
}

/// A request about one file alone.
fn alone(app: &App, source: Source, output_size: OutputSize) -> JobRequest {
    JobRequest {
        dialect: Dialect::Native,
        engine: None,
        image: source.clone(),
        video: source,
        orientation: CharacterOrientation::Video,
        keep_original_sound: false,
        prompt: None,
        seed: 0,
        shutter_deg: None,
        output_size,
        longest_video_secs: *app.settings.media_limits().video_secs.end(),
        webhook_url: None,
        retry_of: None,
    }
}

fn shown(base: &str, kept: &Kept) -> Value {
    json!({
        "id": kept.id,
        "kind": kept.kind.as_str(),
        "name": kept.name,
        "url": format!("{base}/assets/{}", kept.id),
        "picture_url": (kept.kind == KeptKind::Character).then(|| format!("{base}/kept/{}.jpg", kept.id)),
        "bytes": kept.bytes,
        "created_ms": kept.created_ms,
    })
}
