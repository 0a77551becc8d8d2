use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, Response, header};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use super::{Refusal, keep_url};
use crate::App;
use crate::app::Idempotency;
use crate::jobs::{Source, own_source};
use crate::keys::Tenant;
use crate::store::Scope;

/// How one interface speaks of what all share.
pub(crate) trait Wire {
    /// The key's secret, from where this interface carries it.
    fn secret(headers: &HeaderMap) -> Option<&[u8]>;

    /// The answer to a request that is not served.
    fn refuse(refusal: &Refusal) -> Response<Body>;

    /// Whether a key is asked for even while none was ever made: programs that forget theirs learn of it here.
    const NEEDS_SOME_KEY: bool;
}

/// A body of JSON alone.
const BODY_BYTES: usize = 1 << 20;

/// A body that may carry files in it.
const BODY_WITH_DATA_BYTES: usize = 64 << 20;

/// How long a body may take.
const BODY_TIME: Duration = Duration::from_secs(60);

/// Characters of an idempotency key.
const IDEMPOTENCY_KEY: usize = 255;

/// Lets a request in: who asks, whether it may, and whether not too often.
pub(crate) async fn admit<W: Wire>(app: &App, headers: &HeaderMap, scope: Scope) -> Result<Tenant, Refusal> {
    let secret = W::secret(headers).filter(|secret| !secret.is_empty());
    if W::NEEDS_SOME_KEY && secret.is_none() {
        return Err(Refusal::Unauthorized);
    }
    let tenant = app.gate.admit(secret).await?.ok_or(Refusal::Unauthorized)?;
    if !tenant.may(scope) {
        return Err(Refusal::Forbidden(scope));
    }
    tenant.count().map_err(Refusal::RateLimited)?;
    Ok(tenant)
}

/// Bytes that a body may have.
fn body_limit(app: &App) -> usize {
    if app.settings.data_urls { BODY_WITH_DATA_BYTES } else { BODY_BYTES }
}

/// The request's body as a JSON object, and the body's SHA-256.
pub(crate) async fn json_object(
    app: &App,
    request: Request,
) -> Result<(Map<String, Value>, [u8; 32]), Refusal> {
    let limit = body_limit(app);
    let announced =
        request.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    if announced.is_some_and(|bytes: u64| bytes > limit as u64) {
        return Err(Refusal::TooLarge(limit));
    }
    let kind =
        request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case("application/json") {
        return Err(Refusal::ContentType("application/json"));
    }
    let body = read_body(request.into_body(), limit).await?;
    let hash = Sha256::digest(&body).into();
    match serde_json::from_slice(&body) {
        Ok(Value::Object(object)) => Ok((object, hash)),
        Ok(_) => Err(Refusal::NotJson("it is JSON of another kind".to_owned())),
        Err(error) => Err(Refusal::NotJson(error.to_string())),
    }
}

async fn read_body(body: Body, limit: usize) -> Result<Bytes, Refusal> {
    match tokio::time::timeout(BODY_TIME, axum::body::to_bytes(body, limit)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(error)) if is_limit(&error) => Err(Refusal::TooLarge(limit)),
        Ok(Err(_)) | Err(_) => Err(Refusal::BodyLost),
    }
}

/// Whether reading ended at the limit and not because the sender went away.
fn is_limit(error: &axum::Error) -> bool {
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        if inner.is::<http_body_util::LengthLimitError>() {
            return true;
        }
        cause = inner.source();
    }
    false
}

/// The client's idempotency key, with the body's hash.
pub(crate) fn idempotency(headers: &HeaderMap, body_hash: [u8; 32]) -> Result<Idempotency, Refusal> {
    let Some(key) = headers.get("idempotency-key") else { return Ok(None) };
    let key = key.to_str().ok().filter(|key| (1..=IDEMPOTENCY_KEY).contains(&key.len()));
    let key = key.ok_or_else(|| Refusal::invalid("Idempotency-Key", "1 to 255 printable characters"))?;
    Ok(Some((key.to_owned(), body_hash)))
}

/// The address under which the client reaches the service: the configured one, else the host of the request where it is
/// allowed, else the address listened on.
pub(crate) fn base_url(app: &App, headers: &HeaderMap) -> String {
    let settings = &app.settings;
    if !settings.public_url.is_empty() {
        return settings.public_url.trim_end_matches('/').to_owned();
    }
    let asked = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let allowed = asked.filter(|host| {
        let url = url::Url::parse(&format!("http://{host}/")).ok();
        let name = url
            .as_ref()
            .filter(|url| url.path() == "/" && url.username().is_empty())
            .and_then(url::Url::host_str);
        name.is_some_and(|name| {
            let address = name.trim_matches(['[', ']']).parse::<IpAddr>();
            name == "localhost"
                || address.is_ok_and(|ip| ip.is_loopback() || ip == settings.listen.ip())
                || settings.allowed_hosts.iter().any(|allowed| allowed.eq_ignore_ascii_case(name))
        })
    });
    allowed.map_or_else(|| format!("http://{}", settings.listen), |host| format!("http://{host}"))
}

/// Where the file is that a field names: one of our own, one that the field itself holds, or one to be fetched.
pub(crate) async fn media_source(
    app: &Arc<App>,
    tenant: &Tenant,
    base: &str,
    name: &str,
    url: &str,
) -> Result<Source, Refusal> {
    let refused = |refusal| Refusal::Url { name: name.to_owned(), refusal };
    if let Some(source) = own_source(base, &app.settings.public_url, url) {
        return Ok(source);
    }
    let url = app.fetcher.check(url).map_err(refused)?;
    if url.scheme() == "data" {
        return Ok(Source::Asset(keep_url(app, tenant, name, &url).await?.id));
    }
    Ok(Source::Url(url.into()))
}
