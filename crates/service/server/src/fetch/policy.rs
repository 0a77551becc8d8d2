//! What may be fetched, and for how long.

use std::iter;
use std::net::IpAddr;
use std::time::Duration;

use url::{Host, Url};

use super::FetchAllow;
use super::address::{is_public, translated};
use super::data_url::{self, DataBody};

/// Longest http(s) URL, in characters.
pub const MAX_URL_CHARS: usize = 8192;

/// What may be fetched, and for how long.
#[derive(Clone, Debug)]
pub struct FetchPolicy {
    /// Holes in the wall.
    pub allow: Vec<FetchAllow>,
    /// Longest time to find a host's addresses and to connect to one of them, TLS included.
    pub connect_timeout: Duration,
    /// Longest silence of a server that is connected. Its headers must be complete within this time.
    pub idle_timeout: Duration,
    /// Longest download, redirects included.
    pub total_timeout: Duration,
    /// Redirects that are followed.
    pub redirects: usize,
    /// Whether `data:` URLs are accepted where a file is wanted.
    pub data_urls: bool,
}

impl Default for FetchPolicy {
    /// No holes; 5 s to connect, 15 s of silence, 120 s in all; 5 redirects; no `data:` URLs.
    fn default() -> Self {
        Self {
            allow: Vec::new(),
            connect_timeout: Duration::from_secs(5),
            idle_timeout: Duration::from_secs(15),
            total_timeout: Duration::from_secs(120),
            redirects: 5,
            data_urls: false,
        }
    }
}

/// Why a URL is not even tried. Each is a sentence without its full stop, fit for a stranger.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlRefusal {
    /// No scheme.
    #[error("The URL is not absolute; begin it with https:// or http://")]
    NotAbsolute,
    /// Not a URL.
    #[error("The URL is malformed ({0}); correct it")]
    Malformed(url::ParseError),
    /// Neither http nor https.
    #[error("The URL is of a scheme that is not served; use https:// or http://")]
    Scheme,
    /// A user name or a password, with which two readers of a URL can be made to see two hosts.
    #[error("The URL carries a user name or password; use a URL without them")]
    UserInfo,
    /// More than [`MAX_URL_CHARS`].
    #[error("The URL is longer than {MAX_URL_CHARS} characters; use a shorter one")]
    TooLong,
    /// An address that is not public, in whatever notation.
    #[error("The URL names an address that may not be fetched; use one that is public")]
    DeniedAddress,
    /// A `data:` URL where none are accepted.
    #[error("data: URLs are not enabled here; use https:// or http://")]
    DataUrlsDisabled,
    /// A `data:` URL without a comma or with broken base64.
    #[error("The data: URL is malformed; write it as data:image/png;base64,…")]
    BadDataUrl,
}

impl FetchPolicy {
    /// Reads a URL that is to be downloaded, and opens no socket: names are not resolved, so a name may still lead to a denied
    /// address, which the download then refuses. A `data:` body is decoded once, to see whether it can be.
    pub fn check(&self, text: &str) -> Result<Url, UrlRefusal> {
        if !data_url::begins(text) {
            return self.check_http(text);
        }
        if !self.data_urls {
            return Err(UrlRefusal::DataUrlsDisabled);
        }
        let url = Url::parse(text).map_err(UrlRefusal::Malformed)?;
        DataBody::of(&url)?.try_for_each(|chunk| chunk.map(drop))?;
        Ok(url)
    }

    /// [`check`](Self::check) for what can be posted to: never a `data:` URL.
    pub fn check_http(&self, text: &str) -> Result<Url, UrlRefusal> {
        if text.chars().nth(MAX_URL_CHARS).is_some() {
            return Err(UrlRefusal::TooLong);
        }
        let url = Url::parse(text).map_err(|error| match error {
            url::ParseError::RelativeUrlWithoutBase => UrlRefusal::NotAbsolute,
            error => UrlRefusal::Malformed(error),
        })?;
        self.admit(&url)?;
        Ok(url)
    }

    /// The check of every hop, the first included.
    pub(super) fn admit(&self, url: &Url) -> Result<(), UrlRefusal> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(UrlRefusal::Scheme);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(UrlRefusal::UserInfo);
        }
        // A URL of these schemes has a host, and its parser has understood every notation of an address.
        let literal = match url.host() {
            Some(Host::Ipv4(address)) => IpAddr::from(address),
            Some(Host::Ipv6(address)) => IpAddr::from(address),
            Some(Host::Domain(_)) => return Ok(()),
            None => return Err(UrlRefusal::NotAbsolute),
        };
        if self.permits(literal) || self.opens_host_of(url) { Ok(()) } else { Err(UrlRefusal::DeniedAddress) }
    }

    /// Whether an address may be connected to. One that a translator would turn into another needs leave for both.
    pub(super) fn permits(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        iter::once(address)
            .chain(translated(address))
            .all(|address| is_public(address) || self.allow.iter().any(|hole| hole.opens_address(address)))
    }

    /// Whether a hole opens all addresses of a URL's host.
    pub(super) fn opens_host_of(&self, url: &Url) -> bool {
        self.allow.iter().any(|hole| hole.opens_host_of(url))
    }
}
