//! Names to addresses, and no denied address among them.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use futures_util::future::BoxFuture;

use super::FetchPolicy;
use super::error::DeniedName;

/// Finds the addresses of a host.
pub trait Resolve: Send + Sync + 'static {
    /// All addresses of a host name, which is never an address itself.
    fn resolve<'a>(&'a self, host: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>>;
}

/// The operating system's resolver.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemResolver;

impl Resolve for SystemResolver {
    fn resolve<'a>(&'a self, host: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>> {
        Box::pin(
            async move { Ok(tokio::net::lookup_host((host, 0)).await?.map(|found| found.ip()).collect()) },
        )
    }
}

/// Stands between the HTTP client and a resolver: the client asks once a connection and knows only addresses that were
/// checked, so a name that changes its answers gains nothing.
pub(super) struct Guard {
    pub(super) resolver: Arc<dyn Resolve>,
    /// `None` lets every address through, for a host that a hole opens.
    pub(super) policy: Option<Arc<FetchPolicy>>,
}

impl reqwest::dns::Resolve for Guard {
    fn resolve(&self, name: reqwest::dns::Name) -> reqwest::dns::Resolving {
        let (resolver, policy) = (Arc::clone(&self.resolver), self.policy.clone());
        Box::pin(async move {
            let host = name.as_str();
            let addresses = resolver.resolve(host).await?;
            if addresses.is_empty() {
                return Err(io::Error::new(io::ErrorKind::NotFound, "the name has no address").into());
            }
            // One denied address condemns the name: which of several is connected to is not ours to say.
            let denied =
                policy.and_then(|policy| addresses.iter().copied().find(|&found| !policy.permits(found)));
            if let Some(address) = denied {
                return Err(DeniedName { host: host.to_owned(), address }.into());
            }
            let sockets = addresses.into_iter().map(|address| SocketAddr::new(address, 0));
            Ok(Box::new(sockets) as reqwest::dns::Addrs)
        })
    }
}
