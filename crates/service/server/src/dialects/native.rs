use std::collections::HashMap;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Path, Query, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use axum::routing::{delete, get, post};
use contract::OutputSize;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::{Wish, json};
use crate::App;
use crate::app::Idempotency;
use crate::http::{
    Fields, Refusal, Wire, admit, base_url, describe, form, idempotency, json_object, keep_field, next_chunk,
    next_field,
};
use crate::jobs::{Dialect, JobRequest, JobState};
use crate::keys::Tenant;
use crate::store::{Listing, Scope};

mod events;
mod library;
mod resource;
mod service;

use events::events;
use resource::resource;
use service::service;

/// Jobs of one page, if the request does not say.
const PAGE: u32 = 50;

/// Jobs of one page at most.
const LARGEST_PAGE: u32 = 200;

/// Bytes of the fields of a form that are not files.
const FORM_TEXT_BYTES: usize = 64 * 1024;

pub(crate) fn routes() -> Router<Arc<App>> {
    let routes = Router::new()
        .route("/api/v1/jobs", post(submit).get(list).layer(DefaultBodyLimit::disable()))
        .route("/api/v1/jobs/{id}", get(show).delete(remove))
        .route("/api/v1/jobs/{id}/events", get(events))
        .route("/api/v1/jobs/{id}/cancel", post(cancel))
        .route("/api/v1/jobs/{id}/retry", post(retry))
        .route("/api/v1/jobs/{id}/deliveries", get(deliveries))
        .route("/api/v1/deliveries/{id}/replay", post(replay))
        .route("/api/v1/check", post(check).layer(DefaultBodyLimit::disable()))
        .route("/api/v1/usage", get(usage))
        .route("/api/v1/service", get(service))
        .route("/api/v1/characters", post(library::keep_character).get(library::characters))
        .route("/api/v1/characters/{id}", delete(library::forget_character))
        .route("/api/v1/motions", post(library::keep_motion).get(library::motions))
        .route("/api/v1/motions/{id}", get(library::motion).delete(library::forget_motion))
        .route("/api/v1/tryouts", post(library::try_out));
    routes.method_not_allowed_fallback(crate::http::no_such_method::<Native>)
}

/// Pantomime's own interface.
pub(crate) struct Native;

impl Wire for Native {
    const NEEDS_SOME_KEY: bool = false;

    fn secret(headers: &HeaderMap) -> Option<&[u8]> {
        let bearer = headers.get(header::AUTHORIZATION).map(HeaderValue::as_bytes);
        let bearer = bearer.and_then(|value| value.strip_prefix(b"Bearer "));
        bearer.or_else(|| headers.get("x-api-key").map(HeaderValue::as_bytes))
    }

    fn refuse(refusal: &Refusal) -> Response<Body> {
        let status = match refusal {
            Refusal::Unauthorized => StatusCode::UNAUTHORIZED,
            Refusal::Forbidden(_) | Refusal::BadLink => StatusCode::FORBIDDEN,
            Refusal::NoCredits => StatusCode::PAYMENT_REQUIRED,
            Refusal::RateLimited(_) | Refusal::TooManyOpen | Refusal::QueueFull => {
                StatusCode::TOO_MANY_REQUESTS
            }
            Refusal::NotFound => StatusCode::NOT_FOUND,
            Refusal::Gone => StatusCode::GONE,
            Refusal::IdempotencyConflict | Refusal::State(_) => StatusCode::CONFLICT,
            Refusal::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Refusal::ContentType(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Refusal::Unusable(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Refusal::Draining => StatusCode::SERVICE_UNAVAILABLE,
            Refusal::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Refusal::BodyLost | Refusal::NotJson(_) | Refusal::Field { .. } | Refusal::Url { .. } => {
                StatusCode::BAD_REQUEST
            }
        };
        let mut response =
            json(status, &json!({ "error": { "code": refusal.code(), "message": refusal.detail() } }));
        describe(&mut response, refusal);
        response
    }
}

/// What a request asks for, however it came.
struct Asked {
    request: JobRequest,
    idempotency: Idempotency,
    /// `X-Ignored-Fields`.
    told: HeaderMap,
}

async fn submit(State(app): State<Arc<App>>, request: Request) -> Response<Body> {
    let result = async {
        let headers = request.headers().clone();
        let tenant = admit::<Native>(&app, &headers, Scope::Submit).await?;
        let base = base_url(&app, &headers);
        let Asked { request, idempotency, told } = asked(&app, &tenant, &base, request).await?;
        let (id, replayed) = app.submit(&tenant, request, idempotency).await?;
        let job = app.job(&tenant, &id).await?;
        let mut response = json(StatusCode::CREATED, &resource(&app, &job, &base).await?);
        response.headers_mut().extend(told);
        if let Ok(place) = HeaderValue::from_str(&format!("{base}/api/v1/jobs/{id}")) {
            response.headers_mut().insert(header::LOCATION, place);
        }
        if replayed {
            *response.status_mut() = StatusCode::OK;
            let name = HeaderName::from_static("idempotent-replayed");
            response.headers_mut().insert(name, HeaderValue::from_static("true"));
        }
        Ok(response)
    };
    result.await.unwrap_or_else(|refusal| Native::refuse(&refusal))
}

/// The request's body, as JSON or as a form with files.
async fn asked(app: &Arc<App>, tenant: &Tenant, base: &str, request: Request) -> Result<Asked, Refusal> {
    let headers = request.headers().clone();
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (object, hash) = if kind.to_ascii_lowercase().starts_with("multipart/form-data") {
        from_form(app, tenant, base, request).await?
    } else {
        json_object(app, request).await?
    };
    let mut fields = Fields::new(object);
    let wish = Wish::take(&mut fields)?;
    let size: OutputSize = fields.parsed("size")?.unwrap_or(OutputSize::Class720);
    let shutter_deg = fields.number("shutter", 0.0..=360.0)?;
    let engine = fields.text("engine")?;
    let longest = app.engine(engine.as_deref()).map(|engine| *engine.capabilities.limits.video_secs.end());
    let longest = longest.ok_or_else(|| Refusal::invalid("engine", "there is no engine of this name"))?;
    let webhook_url = fields.text("webhook_url")?;
    if let Some(url) = &webhook_url {
        let checked = app.fetcher.check(url);
        let url = checked.map_err(|refusal| Refusal::Url { name: "webhook_url".to_owned(), refusal })?;
        if url.scheme() == "data" {
            return Err(Refusal::invalid("webhook_url", "an http or https address is needed"));
        }
    }
    let mut wanted = wish.into_request(app, tenant, base, Dialect::Native, longest).await?;
    wanted.output_size = size;
    wanted.shutter_deg = shutter_deg;
    wanted.engine = engine;
    wanted.webhook_url = webhook_url;
    let mut told = HeaderMap::new();
    fields.name_ignored(&mut told);
    Ok(Asked { request: wanted, idempotency: idempotency(&headers, hash)?, told })
}

/// A form as the JSON object that it stands for: files become assets, named by their URLs. Its hash is over all fields and
/// files, in order.
async fn from_form(
    app: &Arc<App>,
    tenant: &Tenant,
    base: &str,
    request: Request,
) -> Result<(Map<String, Value>, [u8; 32]), Refusal> {
    let (mut object, mut hash, mut text_bytes) = (Map::new(), Sha256::new(), 0);
    let mut form = form(request).await?;
    while let Some(mut field) = next_field(&mut form).await? {
        let name = field.name().unwrap_or_default().to_owned();
        hash.update(name.as_bytes());
        if field.file_name().is_some() || matches!(name.as_str(), "image" | "video") {
            let url_name = match name.as_str() {
                "image" | "image_url" => "image_url",
                "video" | "video_url" => "video_url",
                _ => return Err(Refusal::invalid(&name, "files are `image` and `video`")),
            };
            if object.contains_key(url_name) {
                return Err(Refusal::invalid(&name, "it came twice"));
            }
            let asset = keep_field(app, tenant, &name, &mut field).await?;
            hash.update(asset.bytes.to_le_bytes());
            object.insert(url_name.to_owned(), Value::from(format!("{base}/assets/{}", asset.id)));
            continue;
        }
        let mut text = Vec::new();
        while let Some(chunk) = next_chunk(&mut field).await? {
            text_bytes += chunk.len();
            if text_bytes > FORM_TEXT_BYTES {
                return Err(Refusal::TooLarge(FORM_TEXT_BYTES));
            }
            text.extend_from_slice(&chunk);
        }
        hash.update(&text);
        let text = String::from_utf8(text).map_err(|_| Refusal::invalid(&name, "text in UTF-8 is needed"))?;
        // A form has nothing but text; these fields are something else in JSON.
        let value = match (name.as_str(), text.as_str()) {
            ("keep_original_sound", "true") => Value::Bool(true),
            ("keep_original_sound", "false") => Value::Bool(false),
            ("seed", number) => number
                .parse::<i64>()
                .map(Value::from)
                .or_else(|_| number.parse::<u64>().map(Value::from))
                .unwrap_or(Value::from(number)),
            ("shutter", number) => number.parse::<f64>().map_or(Value::from(number), Value::from),
            _ => Value::from(text),
        };
        object.insert(name, value);
    }
    Ok((object, hash.finalize().into()))
}

async fn show(State(app): State<Arc<App>>, Path(id): Path<String>, headers: HeaderMap) -> Response<Body> {
    let result = async {
        let tenant = admit::<Native>(&app, &headers, Scope::Read).await?;
        let job = app.job(&tenant, &id).await?;
        Ok(json(StatusCode::OK, &resource(&app, &job, &base_url(&app, &headers)).await?))
    };
    result.await.unwrap_or_else(|refusal| Native::refuse(&refusal))
}

async fn list(
    State(app): State<Arc<App>>,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
) -> Response<Body> {
    let result = async {
        let tenant = admit::<Native>(&app, &headers, Scope::Read).await?;
        let base = base_url(&app, &headers);
        let number = |name: &str| -> Result<Option<i64>, Refusal> {
            let text = query.get(name);
            text.map(|text| text.parse().map_err(|_| Refusal::invalid(name, "a whole number is needed")))
                .transpose()
        };
        let limit = number("limit")?
            .map_or(PAGE, |limit| u32::try_from(limit.clamp(1, LARGEST_PAGE.into())).unwrap_or(PAGE));
        let state = match query.get("state") {
            Some(text) => Some(JobState::from_stored(text).ok_or_else(|| {
                Refusal::invalid("state", "queued, running, completed, failed or canceled is needed")
            })?),
            None => None,
        };
        let listing = Listing { state, before_seq: number("before")?, limit };
        let jobs = app.store.jobs(tenant.id(), listing).await?;
        let next = (jobs.len() == limit as usize).then(|| jobs.last().map(|job| job.seq)).flatten();
        let mut shown = Vec::with_capacity(jobs.len());
        for job in &jobs {
            shown.push(resource(&app, job, &base).await?);
        }
        Ok(json(StatusCode::OK, &json!({ "jobs": shown, "next_before": next })))
    };
    result.await.unwrap_or_else(|refusal| Native::refuse(&refusal))
}

async fn cancel(State(app): State<Arc<App>>, Path(id): Path<String>, headers: HeaderMap) -> Response<Body> {
    let result = async {
        let tenant = admit::<Native>(&app, &headers, Scope::Submit).await?;
        let job = app.cancel(&tenant, &id).await?;
        Ok(json(StatusCode::OK, &resource(&app, &job, &base_url(&app, &headers)).await?))
    };
    result.await.unwrap_or_else(|refusal| Native::refuse(&refusal))
}

/// The same request as another job: what was told of the first one stays true.
async fn retry(State(app): State<Arc<App>>, Path(id): Path<String>, headers: HeaderMap) -> Response<Body> {
    let result = async {
        let tenant = admit::<Native>(&app, &headers, Scope::Submit).await?;
        let job = app.job(&tenant, &id).await?;
        if !matches!(job.state, JobState::Failed | JobState::Canceled) {
            return Err(Refusal::State("only a failed or canceled job can be tried again"));
        }
        let wanted = JobRequest { retry_of: Some(job.id), ..job.request };
        let (id, _) = app.submit(&tenant, wanted, None).await?;
        let job = app.job(&tenant, &id).await?;
        Ok(json(StatusCode::CREATED, &resource(&app, &job, &base_url(&app, &headers)).await?))
    };
    result.await.unwrap_or_else(|refusal| Native::refuse(&refusal))
}

/// Removes a job and its video; one that has not ended is stopped first.
async fn remove(State(app): State<Arc<App>>, Path(id): Path<String>, headers: HeaderMap) -> Response<Body> {
    let result = async {
        let tenant = admit::<Native>(&app, &headers, Scope::Submit).await?;
        let job = app.cancel(&tenant, &id).await?;
        app.store.delete(tenant.id(), &id).await?;
        if let Some(made) = &job.result {
            // One that is gone already is what was wanted.
            let _ = tokio::fs::remove_file(app.files.output(&made.file)).await;
            let _ = tokio::fs::remove_file(app.files.poster(&id)).await;
        }
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NO_CONTENT;
        Ok(response)
    };
    result.await.unwrap_or_else(|refusal| Native::refuse(&refusal))
}

/// Looks at a pair before it is made: what was found, what a job would be rejected for, and what would make it better.
async fn check(State(app): State<Arc<App>>, request: Request) -> Response<Body> {
    let result = async {
        let headers = request.headers().clone();
        let tenant = admit::<Native>(&app, &headers, Scope::Submit).await?;
        let base = base_url(&app, &headers);
        let Asked { request, told, .. } = asked(&app, &tenant, &base, request).await?;
        let found = app.crew.check(&app, request).await?;
        let mut response = json(StatusCode::OK, &found);
        response.headers_mut().extend(told);
        Ok(response)
    };
    result.await.unwrap_or_else(|refusal| Native::refuse(&refusal))
}

async fn deliveries(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response<Body> {
    let result = async {
        let tenant = admit::<Native>(&app, &headers, Scope::Read).await?;
        let found = app.store.deliveries(tenant.id(), &id).await?;
        let shown: Vec<_> = found
            .iter()
            .map(|(delivery, tries)| {
                json!({
                    "id": delivery.id, "url": delivery.url, "state": delivery.state,
                    "body": delivery.body, "created_ms": delivery.created_ms,
                    "next_try_ms": delivery.next_try_ms, "tries": tries,
                })
            })
            .collect();
        Ok(json(StatusCode::OK, &json!({ "deliveries": shown })))
    };
    result.await.unwrap_or_else(|refusal| Native::refuse(&refusal))
}

async fn replay(State(app): State<Arc<App>>, Path(id): Path<String>, headers: HeaderMap) -> Response<Body> {
    let result = async {
        let tenant = admit::<Native>(&app, &headers, Scope::Submit).await?;
        if !app.store.replay_delivery(tenant.id(), &id).await? {
            return Err(Refusal::NotFound);
        }
        app.hub.webhook.notify_one();
        Ok(json(StatusCode::ACCEPTED, &json!({ "id": id, "state": "waiting" })))
    };
    result.await.unwrap_or_else(|refusal| Native::refuse(&refusal))
}

/// The key's budget and ledger, and the secret that signs its webhooks.
async fn usage(State(app): State<Arc<App>>, headers: HeaderMap) -> Response<Body> {
    use base64::Engine as _;
    let result = async {
        let tenant = admit::<Native>(&app, &headers, Scope::Read).await?;
        let key = app.store.key(tenant.id()).await?.ok_or(Refusal::Unauthorized)?;
        let ledger = app.store.ledger(tenant.id()).await?;
        let dollars = |millionths: i64| millionths as f64 / 1e6;
        let entries: Vec<_> = ledger
            .iter()
            .map(|entry| {
                json!({
                    "job_id": entry.job_id, "entry": entry.entry, "dollars": dollars(entry.amount), "at_ms": entry.at_ms,
                })
            })
            .collect();
        let secret = base64::prelude::BASE64_STANDARD.encode(&key.webhook_secret);
        let body = json!({
            "key": key.id,
            "name": key.terms.name,
            "price_dollars": dollars(key.terms.price),
            "budget_dollars": key.terms.budget.map(dollars),
            "held_dollars": dollars(key.held),
            "charged_dollars": dollars(key.charged),
            "remaining_dollars": key.remaining().map(dollars),
            "scopes": key.terms.scopes,
            "requests_per_second": key.terms.requests_per_second.unwrap_or(app.settings.requests_per_second),
            "open_jobs": key.terms.open_jobs.unwrap_or(app.settings.open_jobs_per_key),
            "webhook_secret": format!("whsec_{secret}"),
            "ledger": entries,
        });
        Ok(json(StatusCode::OK, &body))
    };
    result.await.unwrap_or_else(|refusal| Native::refuse(&refusal))
}
