use std::time::Duration;

use axum::http::{HeaderName, HeaderValue, Response, header};

use contract::Rejection;

use crate::fetch::UrlRefusal;
use crate::store::Scope;

/// Why a request is not served. Each interface says it in its own words; code and detail are the same in all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The key is missing, unknown or revoked.
    Unauthorized,
    /// A good key that may not do this.
    Forbidden(Scope),
    /// Too many requests of this key; wait so long.
    RateLimited(Duration),
    /// The body is larger than this many bytes.
    TooLarge(usize),
    /// The body did not arrive.
    BodyLost,
    /// The body says it is something else than was asked for.
    ContentType(&'static str),
    /// The body is not a JSON object.
    NotJson(String),
    /// A field is missing, of a wrong type or value: its name and what is wrong.
    Field { code: &'static str, name: String, problem: String },
    /// An address that is not fetched.
    Url { name: String, refusal: UrlRefusal },
    /// What a field names cannot be used.
    Unusable(Rejection),
    /// Too many open jobs of this key.
    TooManyOpen,
    /// Too many jobs wait.
    QueueFull,
    /// The budget is spent.
    NoCredits,
    /// An idempotency key came with another body before.
    IdempotencyConflict,
    /// There is no such thing, or it is somebody else's.
    NotFound,
    /// The video was removed.
    Gone,
    /// The link is not, or no longer, good.
    BadLink,
    /// The job is not in a state for that.
    State(&'static str),
    /// The service is ending, or has no worker.
    Draining,
    /// A fault of the service.
    Internal,
}

impl Refusal {
    /// The stable code, in `X-Error-Code`.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Unauthorized => "unauthorized",
            Self::Forbidden(_) => "forbidden",
            Self::RateLimited(_) => "rate_limited",
            Self::TooLarge(_) => "body_too_large",
            Self::BodyLost => "body_incomplete",
            Self::ContentType(_) => "wrong_content_type",
            Self::NotJson(_) => "invalid_json",
            Self::Field { code, .. } => code,
            Self::Url { refusal, .. } if refusal.is_of_the_wall() => "blocked_address",
            Self::Url { .. } => "invalid_url",
            Self::Unusable(rejection) => rejection.code.as_str(),
            Self::TooManyOpen => "too_many_open_jobs",
            Self::QueueFull => "queue_full",
            Self::NoCredits => "insufficient_credits",
            Self::IdempotencyConflict => "idempotency_conflict",
            Self::NotFound => "not_found",
            Self::Gone => "output_expired",
            Self::BadLink => "bad_link",
            Self::State(_) => "wrong_state",
            Self::Draining => "draining",
            Self::Internal => "internal",
        }
    }

    /// What was found and what to do, in one line.
    pub(crate) fn detail(&self) -> String {
        match self {
            Self::Unauthorized => "send a key that is known and not revoked".to_owned(),
            Self::Forbidden(scope) => format!("the key lacks the scope `{scope}`"),
            Self::RateLimited(wait) => format!("wait {:.1} s", wait.as_secs_f64()),
            Self::TooLarge(limit) => format!("the body may have {limit} bytes"),
            Self::BodyLost => "the body did not arrive whole; send it again".to_owned(),
            Self::ContentType(expected) => format!("send the body as {expected}"),
            Self::NotJson(problem) => format!("the body is not a JSON object: {problem}"),
            Self::Field { name, problem, .. } => format!("{name}: {problem}"),
            Self::Url { name, refusal } => format!("{name}: {refusal}"),
            Self::Unusable(rejection) => rejection.message.clone(),
            Self::TooManyOpen => {
                "this key has as many unfinished jobs as it may; wait for one to end".to_owned()
            }
            Self::QueueFull => "the queue is full; try again later".to_owned(),
            Self::NoCredits => "the key's budget does not pay for another job".to_owned(),
            Self::IdempotencyConflict => "this Idempotency-Key came with another body before".to_owned(),
            Self::NotFound => "there is nothing of this name".to_owned(),
            Self::Gone => "the video was removed; make it again".to_owned(),
            Self::BadLink => "the link is not, or no longer, good; ask for the job again".to_owned(),
            Self::State(problem) => (*problem).to_owned(),
            Self::Draining => "the service is not taking jobs now; try again in a minute".to_owned(),
            Self::Internal => "the fault is on this side; try again later".to_owned(),
        }
    }

    /// Seconds after which another try makes sense.
    pub(crate) fn retry_after_secs(&self) -> Option<u64> {
        match self {
            Self::RateLimited(wait) => Some(wait.as_secs() + 1),
            Self::TooManyOpen | Self::QueueFull => Some(10),
            Self::Draining => Some(60),
            _ => None,
        }
    }

    pub(crate) fn missing(name: &str) -> Self {
        Self::Field { code: "missing_field", name: name.to_owned(), problem: "required".to_owned() }
    }

    pub(crate) fn invalid(name: &str, problem: impl Into<String>) -> Self {
        Self::Field { code: "invalid_field", name: name.to_owned(), problem: problem.into() }
    }
}

/// Adds to an answer what every interface tells of a refusal beside its own body.
pub(crate) fn describe<B>(response: &mut Response<B>, refusal: &Refusal) {
    let headers = response.headers_mut();
    headers.insert(HeaderName::from_static("x-error-code"), HeaderValue::from_static(refusal.code()));
    let detail: String =
        refusal.detail().chars().map(|c| if c.is_ascii_graphic() { c } else { ' ' }).take(300).collect();
    if let Ok(detail) = HeaderValue::from_str(detail.trim()) {
        headers.insert(HeaderName::from_static("x-error-detail"), detail);
    }
    if let Some(secs) = refusal.retry_after_secs() {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(secs));
    }
}
