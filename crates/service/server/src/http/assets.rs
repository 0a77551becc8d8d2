use std::io::Read as _;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::multipart::Field;
use axum::extract::{FromRequest as _, Multipart, Path, Request, State};
use axum::http::{HeaderMap, Method, Response, StatusCode, header};
use axum::response::IntoResponse as _;
use media::FileKind;
use serde_json::json;
use tempfile::{NamedTempFile, TempPath};
use tokio::io::AsyncWriteExt as _;
use url::Url;

use super::range::{Served, serve_file};
use super::{Fields, Refusal, Wire, admit, base_url, json_object};
use crate::App;
use crate::app::is_id;
use crate::dialects::Native;
use crate::fetch::MediaKind;
use crate::keys::Tenant;
use crate::store::{Asset, Scope, now_ms};

/// Files of one request.
const FILES: usize = 8;

/// Seconds without a byte after which an upload is given up.
const IDLE: Duration = Duration::from_secs(30);

/// `POST /api/v1/assets`: files by `multipart/form-data`, or one by the address in a JSON object's `image_url` or `video_url`; each
/// is answered with the URL by which jobs name it.
pub(super) async fn upload(State(app): State<Arc<App>>, request: Request) -> Response<Body> {
    let result = async {
        let headers = request.headers().clone();
        let tenant = admit::<Native>(&app, &headers, Scope::Submit).await?;
        let base = base_url(&app, &headers);
        let kind =
            headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let kept = if kind.starts_with("application/json") {
            vec![fetched(&app, &tenant, request).await?]
        } else {
            brought(&app, &tenant, request).await?
        };
        match kept.as_slice() {
            [] => Err(Refusal::missing("file")),
            _ => {
                let told = |asset: &Asset| {
                    json!({
                        "id": asset.id, "url": format!("{base}/assets/{}", asset.id),
                        "content_type": asset.content_type, "bytes": asset.bytes,
                    })
                };
                let mut answer = told(&kept[0]);
                answer["assets"] = kept.iter().map(told).collect();
                Ok((StatusCode::CREATED, Json(answer)).into_response())
            }
        }
    };
    result.await.unwrap_or_else(|refusal| Native::refuse(&refusal))
}

/// The files of a form.
async fn brought(app: &Arc<App>, tenant: &Tenant, request: Request) -> Result<Vec<Asset>, Refusal> {
    let mut kept = Vec::new();
    let mut form = form(request).await?;
    while let Some(mut field) = next_field(&mut form).await? {
        if field.file_name().is_some() {
            if kept.len() == FILES {
                return Err(Refusal::invalid("file", format!("one request may bring {FILES} files")));
            }
            let name = field.name().unwrap_or("file").to_owned();
            kept.push(keep_field(app, tenant, &name, &mut field).await?);
        }
    }
    Ok(kept)
}

/// The file at an address, fetched as a job would fetch it.
async fn fetched(app: &Arc<App>, tenant: &Tenant, request: Request) -> Result<Asset, Refusal> {
    let mut fields = Fields::new(json_object(app, request).await?.0);
    let (name, url) = match fields.text("image_url")? {
        Some(url) => ("image_url", url),
        None => ("video_url", fields.required_text("video_url")?),
    };
    let checked = app.fetcher.check(&url);
    let url = checked.map_err(|refusal| Refusal::Url { name: name.to_owned(), refusal })?;
    let _turn = app.crew.fetch()?;
    keep_url(app, tenant, name, &url).await
}

/// `GET /assets/{id}`.
pub(super) async fn download(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    method: Method,
    headers: HeaderMap,
) -> Response<Body> {
    let result = async {
        let asset = if is_id(&id) { app.store.asset(&id).await? } else { None };
        let asset = asset.ok_or(Refusal::NotFound)?;
        let served = Served {
            path: app.files.asset(&id),
            tag: id.clone(),
            content_type: &asset.content_type,
            modified_ms: asset.created_ms,
            attachment: None,
        };
        serve_file(&served, &method, &headers).await
    };
    result.await.unwrap_or_else(|refusal| Native::refuse(&refusal))
}

/// The request's form.
pub(crate) async fn form(request: Request) -> Result<Multipart, Refusal> {
    Multipart::from_request(request, &()).await.map_err(|_| Refusal::ContentType("multipart/form-data"))
}

/// Keeps a file of a form as an asset.
pub(crate) async fn keep_field(
    app: &Arc<App>,
    tenant: &Tenant,
    name: &str,
    field: &mut Field<'_>,
) -> Result<Asset, Refusal> {
    let most = app.settings.image_bytes.max(app.settings.video_bytes);
    let (file, mut writer) = staged(app)?;
    let (mut bytes, mut head) = (0u64, Vec::new());
    while let Some(chunk) = next_chunk(field).await? {
        bytes += chunk.len() as u64;
        if bytes > most {
            return Err(Refusal::TooLarge(usize::try_from(most).unwrap_or(usize::MAX)));
        }
        let wanted = FileKind::HEAD_BYTES.saturating_sub(head.len());
        head.extend_from_slice(&chunk[..chunk.len().min(wanted)]);
        writer.write_all(&chunk).await.map_err(lost)?;
    }
    writer.flush().await.map_err(lost)?;
    writer.sync_all().await.map_err(lost)?;
    keep(app, tenant, name, file.into_temp_path(), bytes, &head).await
}

/// The next field of a form; whoever sends nothing for too long has gone.
pub(crate) async fn next_field(form: &mut Multipart) -> Result<Option<Field<'_>>, Refusal> {
    let field = tokio::time::timeout(IDLE, form.next_field()).await;
    field.ok().and_then(Result::ok).ok_or(Refusal::BodyLost)
}

/// The next bytes of a field; whoever sends none for too long has gone.
pub(crate) async fn next_chunk(field: &mut Field<'_>) -> Result<Option<Bytes>, Refusal> {
    let chunk = tokio::time::timeout(IDLE, field.chunk()).await;
    chunk.ok().and_then(Result::ok).ok_or(Refusal::BodyLost)
}

/// Keeps what a checked URL leads to, or holds, as an asset.
pub(crate) async fn keep_url(
    app: &Arc<App>,
    tenant: &Tenant,
    name: &str,
    url: &Url,
) -> Result<Asset, Refusal> {
    let (kind, most) = match name {
        "image_url" => (MediaKind::Image, app.settings.image_bytes),
        _ => (MediaKind::Video, app.settings.video_bytes),
    };
    let folder = tempfile::tempdir_in(app.files.assets()).map_err(lost)?;
    let path = folder.path().join("data");
    let kept =
        app.fetcher.download(url, kind, most, &path).await.map_err(|error| match error.rejection(kind) {
            Some(rejection) => Refusal::invalid(name, rejection.message),
            None => lost(std::io::Error::other(error.cause())),
        })?;
    let mut head = [0; FileKind::HEAD_BYTES];
    let length = std::fs::File::open(&path).and_then(|mut file| file.read(&mut head)).map_err(lost)?;
    let path = TempPath::try_from_path(path).map_err(lost)?;
    keep(app, tenant, name, path, kept.bytes, &head[..length]).await
}

fn staged(app: &App) -> Result<(NamedTempFile, tokio::fs::File), Refusal> {
    let file = NamedTempFile::new_in(app.files.assets()).map_err(lost)?;
    let writer = file.reopen().map_err(lost)?;
    Ok((file, tokio::fs::File::from_std(writer)))
}

async fn keep(
    app: &Arc<App>,
    tenant: &Tenant,
    name: &str,
    path: TempPath,
    bytes: u64,
    head: &[u8],
) -> Result<Asset, Refusal> {
    let content_type = content_type(FileKind::of(head)).ok_or_else(|| {
        Refusal::invalid(name, "neither an image (JPEG, PNG, WebP), a video (MP4, MOV, WebM), nor a character or motion that was exported")
    })?;
    let asset = Asset {
        id: uuid::Uuid::now_v7().to_string(),
        key_id: tenant.id().to_owned(),
        content_type: content_type.to_owned(),
        bytes: i64::try_from(bytes).unwrap_or(i64::MAX),
        created_ms: now_ms(),
    };
    path.persist(app.files.asset(&asset.id)).map_err(|error| lost(error.error))?;
    app.store.insert_asset(asset.clone()).await?;
    Ok(asset)
}

fn lost(error: std::io::Error) -> Refusal {
    tracing::error!(%error, "an asset cannot be stored");
    Refusal::Internal
}

/// The content type of a kind of file that is taken.
pub(crate) fn content_type(kind: FileKind) -> Option<&'static str> {
    match kind {
        FileKind::Jpeg => Some("image/jpeg"),
        FileKind::Png => Some("image/png"),
        FileKind::WebP => Some("image/webp"),
        FileKind::IsoMedia => Some("video/mp4"),
        FileKind::Matroska => Some("video/webm"),
        FileKind::Character => Some("application/zip"),
        FileKind::Motion => Some("application/json"),
        FileKind::Bvh => Some("text/plain"),
        FileKind::Other(_) => None,
    }
}

/// The content type is told from a file's own bytes, never from its name.
pub(super) const NO_SNIFF: (header::HeaderName, &str) = (header::X_CONTENT_TYPE_OPTIONS, "nosniff");
