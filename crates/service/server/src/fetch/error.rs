//! Why nothing was fetched: one sentence for the caller, the cause for the log.

use std::error::Error;
use std::io;
use std::net::IpAddr;

use contract::{Rejection, RejectionCode};
use media::FileKind;

use super::{MediaKind, UrlRefusal};

/// Why nothing was fetched. Its text and its sources are for the log alone; [`rejection`](Self::rejection) is for the caller.
/// Neither holds a URL, which may carry a signature.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The URL, or one that it was redirected to, breaks the policy. No connection was made to it.
    #[error("refused: {0}")]
    Refused(UrlRefusal),
    /// A name has an address that may not be fetched. No connection was made to it.
    #[error("{host} resolves to {address}, which is not public")]
    Denied {
        /// The name.
        host: String,
        /// The first of its addresses that is denied.
        address: IpAddr,
    },
    /// There was no whole, plain answer.
    #[error("unreachable: {0}")]
    Unreachable(#[source] Unreachable),
    /// The body is, or says that it is, larger than accepted.
    #[error("the body is larger than {limit_bytes} bytes")]
    TooLarge {
        /// The cap.
        limit_bytes: u64,
    },
    /// The body's first bytes are of another kind.
    #[error("the body is {found}")]
    Unsupported {
        /// What they are of.
        found: FileKind,
    },
    /// The download cannot be written. Nobody's fault but this machine's.
    #[error("the download cannot be written")]
    Storage(#[source] io::Error),
}

/// Why there was no whole, plain answer.
#[derive(Debug, thiserror::Error)]
pub enum Unreachable {
    /// Another status than one that brings a body or a redirect that is understood.
    #[error("status {0}")]
    Status(u16),
    /// More redirects than are followed.
    #[error("more than {0} redirects")]
    Redirects(usize),
    /// A redirect to what is not a URL.
    #[error("a redirect without a usable Location")]
    Location,
    /// A redirect from https to http: whoever asked for https was promised that nobody reads or changes the file on its way.
    #[error("a redirect from https to http")]
    Downgrade,
    /// A compressed body, though none was asked for.
    #[error("Content-Encoding {0:?}")]
    ContentEncoding(String),
    /// No headers in time, or no further byte.
    #[error("silent for too long")]
    Idle,
    /// Too slow altogether.
    #[error("not finished in time")]
    Total,
    /// DNS, TCP, TLS or HTTP.
    #[error("transport")]
    Transport(#[source] reqwest::Error),
}

/// A resolver's answer that was not handed on.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{host} has the denied address {address}")]
pub(super) struct DeniedName {
    pub(super) host: String,
    pub(super) address: IpAddr,
}

impl FetchError {
    /// What the caller is told of a download: a stable code and a sentence that reveals no answer of any network. `None` for
    /// [`Storage`](Self::Storage), which is an internal fault.
    pub fn rejection(&self, kind: MediaKind) -> Option<Rejection> {
        use RejectionCode as Code;
        let (noun, [unreachable, too_large, unsupported]) = match kind {
            MediaKind::Image => {
                ("image", [Code::ImageUnreachable, Code::ImageTooLarge, Code::ImageUnsupported])
            }
            MediaKind::Video => {
                ("video", [Code::VideoUnreachable, Code::VideoTooLarge, Code::VideoUnsupported])
            }
        };
        Some(match self {
            Self::Storage(_) => return None,
            Self::Denied { .. } => blocked(noun),
            Self::Refused(refusal) if refusal.is_of_the_wall() => blocked(noun),
            Self::Refused(_) | Self::Unreachable(_) => Rejection::new(
                unreachable,
                format!(
                    "The {noun} cannot be read from {noun}_url; check that anybody can open the URL and that it leads straight to the file."
                ),
            ),
            Self::TooLarge { limit_bytes } => Rejection::new(
                too_large,
                format!("The {noun} is too large; send one of at most {}.", megabytes(*limit_bytes)),
            ),
            Self::Unsupported { .. } => Rejection::new(
                unsupported,
                match kind {
                    MediaKind::Image => {
                        "The file at image_url is not a JPEG, PNG or WebP image; send a link to the image itself, not to a page that shows it."
                    }
                    MediaKind::Video => {
                        "The file at video_url is not an MP4, MOV or WebM video; send a link to the video itself, not to a page that shows it."
                    }
                },
            ),
        })
    }

    /// The error and all its sources in one line, for the log.
    pub fn cause(&self) -> String {
        let mut line = self.to_string();
        let mut source = self.source();
        while let Some(error) = source {
            let text = error.to_string();
            // Some errors repeat their source.
            if !line.ends_with(&text) {
                line.push_str(": ");
                line.push_str(&text);
            }
            source = error.source();
        }
        line
    }

    /// An error of the HTTP client, which may wrap an answer of our resolver.
    pub(super) fn of_client(error: reqwest::Error) -> Self {
        let mut source = error.source();
        while let Some(inner) = source {
            if let Some(DeniedName { host, address }) = inner.downcast_ref() {
                return Self::Denied { host: host.clone(), address: *address };
            }
            source = inner.source();
        }
        Unreachable::Transport(error.without_url()).into()
    }
}

fn blocked(noun: &str) -> Rejection {
    Rejection::new(
        RejectionCode::BlockedAddress,
        format!("{noun}_url leads to an address that may not be fetched; use a public https or http URL."),
    )
}

fn megabytes(bytes: u64) -> String {
    format!("{} MB", (bytes as f64 / 1e5).round() / 10.0)
}

impl UrlRefusal {
    /// Whether this is about where a URL leads and not about how it is written.
    pub(crate) fn is_of_the_wall(&self) -> bool {
        match self {
            Self::Scheme | Self::UserInfo | Self::DeniedAddress | Self::DataUrlsDisabled => true,
            Self::NotAbsolute | Self::Malformed(_) | Self::TooLong | Self::BadDataUrl => false,
        }
    }
}

impl From<UrlRefusal> for FetchError {
    fn from(refusal: UrlRefusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Unreachable> for FetchError {
    fn from(cause: Unreachable) -> Self {
        Self::Unreachable(cause)
    }
}
