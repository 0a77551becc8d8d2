//! Fetches what a stranger names, and nothing that only this machine can reach.
//!
//! [`Fetcher`] is the one place from which the server opens connections to others. A URL is checked before each hop: scheme, user
//! info, an address written out in whatever notation. A name is resolved once a connection, all its addresses must be public
//! ([`is_public`]) and the connection goes to one of exactly these. Redirects are followed by hand, each checked like the first, from
//! https never to http. What comes back is told by its first bytes, capped and timed. [`FetchAllow`] makes holes for labs and
//! tests.

mod address;
mod allow;
mod data_url;
mod download;
mod error;
mod media_kind;
mod policy;
mod post;
mod resolver;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use reqwest::header::{ACCEPT_ENCODING, HeaderMap, HeaderValue};
use reqwest::{Client, redirect, retry};
use url::Url;

pub use address::is_public;
pub use allow::{BadFetchAllow, FetchAllow};
pub use download::Downloaded;
pub use error::{FetchError, Unreachable};
pub use media_kind::MediaKind;
pub use policy::{FetchPolicy, MAX_URL_CHARS, UrlRefusal};
pub use post::{MAX_ANSWER_BYTES, PostAnswer};
pub use resolver::{Resolve, SystemResolver};

/// Fetches and posts through the wall. Cheap to clone.
#[derive(Clone)]
pub struct Fetcher {
    policy: Arc<FetchPolicy>,
    /// Connects to permitted addresses only.
    guarded: Client,
    /// Connects to any address, for the hosts that a hole opens.
    open: Client,
}

/// No HTTPS client could be made.
#[derive(Debug, thiserror::Error)]
#[error("no HTTPS client can be made; install CA certificates (Debian: apt-get install ca-certificates)")]
pub struct NoHttpClient(#[source] reqwest::Error);

impl Fetcher {
    /// A fetcher that asks the operating system for addresses. Root certificates are the operating system's too.
    ///
    /// # Errors
    /// When there are no usable root certificates.
    pub fn new(policy: FetchPolicy) -> Result<Self, NoHttpClient> {
        Self::with_resolver(policy, Arc::new(SystemResolver))
    }

    /// A fetcher that asks `resolver` for addresses.
    ///
    /// # Errors
    /// Those of [`new`](Self::new).
    pub fn with_resolver(policy: FetchPolicy, resolver: Arc<dyn Resolve>) -> Result<Self, NoHttpClient> {
        // Fails if a provider is installed already, which then serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let policy = Arc::new(policy);
        let client = |policy_of_guard| {
            client(&policy, resolver::Guard { resolver: Arc::clone(&resolver), policy: policy_of_guard })
        };
        let (guarded, open) = (client(Some(Arc::clone(&policy)))?, client(None)?);
        Ok(Self { policy, guarded, open })
    }

    /// [`FetchPolicy::check`].
    ///
    /// # Errors
    /// What is wrong with the URL.
    pub fn check(&self, url: &str) -> Result<Url, UrlRefusal> {
        self.policy.check(url)
    }

    /// [`FetchPolicy::check_http`], for webhooks.
    ///
    /// # Errors
    /// What is wrong with the URL.
    pub fn check_http(&self, url: &str) -> Result<Url, UrlRefusal> {
        self.policy.check_http(url)
    }

    /// The client for a URL that was admitted.
    fn client_for(&self, url: &Url) -> &Client {
        if self.policy.opens_host_of(url) { &self.open } else { &self.guarded }
    }
}

fn client(policy: &FetchPolicy, guard: resolver::Guard) -> Result<Client, NoHttpClient> {
    let plain = HeaderMap::from_iter([(ACCEPT_ENCODING, HeaderValue::from_static("identity"))]);
    Client::builder()
        .user_agent(concat!("pantomime/", env!("CARGO_PKG_VERSION")))
        .default_headers(plain)
        .dns_resolver(guard)
        .redirect(redirect::Policy::none())
        .retry(retry::never())
        .referer(false)
        .no_proxy()
        .http1_only()
        // Every fetch resolves, checks and connects for itself.
        .pool_max_idle_per_host(0)
        .connect_timeout(policy.connect_timeout)
        .build()
        .map_err(NoHttpClient)
}
