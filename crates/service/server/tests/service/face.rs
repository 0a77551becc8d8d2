//! The interfaces side by side: where each takes what all take, and how it words what all say.

use axum::http::Method;
use serde_json::{Value, json};

use crate::desk::{Answer, Desk};

/// One interface, as the conformance suite sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Face {
    Pixazo,
    SegmindV2,
    Native,
}

pub(crate) const FACES: [Face; 3] = [Face::Pixazo, Face::SegmindV2, Face::Native];

/// What can be wrong with a request, and what each interface answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wrong {
    Key,
    Scope,
    Request,
    Unknown,
    Often,
    Credits,
    Reused,
}

impl Face {
    pub(crate) fn submit_path(self) -> &'static str {
        match self {
            Self::Pixazo => {
                "/kling-video-v2-6-standard-motion-control/v1/kling-video-v2-6-standard-motion-control-request"
            }
            Self::SegmindV2 => "/v2/kling-2.6-standard-motion-control",
            Self::Native => "/api/v1/jobs",
        }
    }

    pub(crate) fn key_header(self) -> &'static str {
        match self {
            Self::Pixazo => "Ocp-Apim-Subscription-Key",
            Self::SegmindV2 | Self::Native => "x-api-key",
        }
    }

    /// Submits `body` as JSON with more headers.
    pub(crate) async fn submit(self, desk: &Desk, key: &str, body: &Value, more: &[(&str, &str)]) -> Answer {
        let mut request = desk.request(Method::POST, self.submit_path()).header(self.key_header(), key);
        if !more.iter().any(|(name, _)| *name == "content-type") {
            request = request.header("content-type", "application/json");
        }
        for (name, value) in more {
            request = request.header(*name, *value);
        }
        Answer::of(request.body(body.to_string())).await
    }

    /// The id in an accepted submission's answer.
    #[track_caller]
    pub(crate) fn id(self, answer: &Answer) -> String {
        let accepted = if self == Self::Native { [201, 200] } else { [200, 200] };
        assert!(accepted.contains(&answer.status), "{answer:?} {}", String::from_utf8_lossy(&answer.bytes));
        let name = if self == Self::Native { "id" } else { "request_id" };
        answer.json()[name].as_str().expect("an id").to_owned()
    }

    /// Asks for a job.
    pub(crate) async fn ask(self, desk: &Desk, key: &str, id: &str) -> Answer {
        let request = match self {
            Self::Pixazo => {
                let path = format!("{}-result", self.submit_path());
                let body = json!({ "request_id": id }).to_string();
                desk.request(Method::POST, &path).header("content-type", "application/json").body(body)
            }
            Self::SegmindV2 => desk.request(Method::GET, &format!("/v2/requests/{id}")),
            Self::Native => desk.request(Method::GET, &format!("/api/v1/jobs/{id}")),
        };
        Answer::of(request.header(self.key_header(), key)).await
    }

    /// The answer is this interface's for that fault.
    #[track_caller]
    pub(crate) fn refused(self, answer: &Answer, wrong: Wrong, code: &str) {
        let status = match (self, wrong) {
            (_, Wrong::Key) => 401,
            (Self::Pixazo, Wrong::Credits) | (_, Wrong::Scope) => 403,
            (Self::SegmindV2, Wrong::Credits) => 406,
            (Self::Native, Wrong::Credits) => 402,
            (_, Wrong::Request) => 400,
            (_, Wrong::Unknown) => 404,
            (_, Wrong::Often) => 429,
            (_, Wrong::Reused) => 409,
        };
        let text = String::from_utf8_lossy(&answer.bytes).into_owned();
        assert_eq!(answer.status, status, "{self:?} {wrong:?} {code}: {text}");
        if self != Self::SegmindV2 || wrong != Wrong::Unknown {
            assert_eq!(answer.header("x-error-code"), Some(code), "{self:?} {wrong:?}: {text}");
        }
        assert!(answer.header("x-request-id").is_some());
        let body = answer.json();
        match self {
            Self::Pixazo => assert_eq!(body, json!({ "error": pixazo_text(wrong) })),
            Self::SegmindV2 => {
                let error = body["error"].as_str().expect("a text");
                assert!(error.starts_with(segmind_text(wrong)), "{error}");
            }
            Self::Native => {
                assert_eq!(body["error"]["code"], code);
                assert!(!body["error"]["message"].as_str().expect("a text").is_empty());
            }
        }
        if wrong == Wrong::Often {
            assert!(answer.header("retry-after").expect("when").parse::<u64>().is_ok());
        }
    }
}

fn pixazo_text(wrong: Wrong) -> &'static str {
    match wrong {
        Wrong::Key => "Invalid or missing authentication",
        Wrong::Scope | Wrong::Credits => "Access denied for this operation",
        Wrong::Request => "Invalid request parameters",
        Wrong::Unknown => "Endpoint not found",
        Wrong::Often => "Rate limit exceeded, please retry later",
        Wrong::Reused => "Idempotency key reused with different parameters",
    }
}

fn segmind_text(wrong: Wrong) -> &'static str {
    match wrong {
        Wrong::Key => "Missing or invalid API key",
        Wrong::Scope => "Insufficient permissions",
        Wrong::Request => "Invalid parameters or request format",
        Wrong::Unknown => "Request ",
        Wrong::Often => "Too many requests",
        Wrong::Credits => "Not enough credits to process request",
        Wrong::Reused => "Idempotency key reused with different parameters",
    }
}
