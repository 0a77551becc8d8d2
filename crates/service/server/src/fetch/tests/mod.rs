mod bodies;
mod checks;
mod data;
mod posts;
mod site;
mod wall;

use std::net::{IpAddr, Ipv6Addr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use contract::RejectionCode;
use tempfile::TempDir;

use super::{Downloaded, FetchError, FetchPolicy, Fetcher, MediaKind};
use site::Dns;

/// The least PNG that is told as one.
const PNG: &[u8] = b"\x89PNG\r\n\x1A\n\0\0\0\x0DIHDR";

/// What the standard library calls special, and what it knows but does not yet say in a stable way.
pub(super) fn is_special(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            v4.is_private()
                || v4.is_loopback()
                || v4.is_link_local()
                || v4.is_multicast()
                || v4.is_broadcast()
                || v4.is_documentation()
                || v4.is_unspecified()
                || a == 0
                || a >= 240
                || (a, b & 0xC0) == (100, 64)
                || (a, b & 0xFE) == (198, 18)
                || (a, b, c) == (192, 0, 0)
        }
        IpAddr::V6(v6) => {
            v6.is_loopback()
                || v6.is_unspecified()
                || v6.is_multicast()
                || v6.is_unique_local()
                || v6.is_unicast_link_local()
                || v6.to_ipv4_mapped().is_some_and(|v4| is_special(v4.into()))
                || v6.segments()[..6] == Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0).segments()[..6]
        }
    }
}

/// Opens 127.0.0.1, where the sites of these tests are, and nothing else of 127.0.0.0/8. The waits are short, but longer than
/// a busy machine needs for an answer; a test that wants to see one run out shortens it.
fn policy() -> FetchPolicy {
    FetchPolicy { allow: vec!["127.0.0.1".parse().unwrap()], ..FetchPolicy::default() }
}

fn shortly() -> Duration {
    Duration::from_millis(50)
}

/// A fetcher, a folder and what is expected of both.
struct Lab {
    fetcher: Fetcher,
    dns: Arc<Dns>,
    folder: TempDir,
    max_bytes: u64,
}

impl Lab {
    fn new(policy: FetchPolicy, dns: Dns) -> Self {
        let dns = Arc::new(dns);
        let fetcher = Fetcher::with_resolver(policy, Arc::clone(&dns) as _).unwrap();
        Self { fetcher, dns, folder: tempfile::tempdir().unwrap(), max_bytes: 1000 }
    }

    fn plain() -> Self {
        Self::new(policy(), Dns::default())
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("download")
    }

    async fn download(&self, url: &str) -> Result<Downloaded, FetchError> {
        let url = url.parse().unwrap();
        self.fetcher.download(&url, MediaKind::Image, self.max_bytes, &self.path()).await
    }

    /// The file of a download that succeeds.
    async fn file(&self, url: &str) -> Vec<u8> {
        let downloaded = self.download(url).await.unwrap_or_else(|error| panic!("{url}: {}", error.cause()));
        let file = std::fs::read(self.path()).unwrap();
        assert_eq!(downloaded.bytes, file.len() as u64);
        std::fs::remove_file(self.path()).unwrap();
        file
    }

    /// Code and cause of a download that fails; it must leave no file.
    async fn failure(&self, url: &str) -> (RejectionCode, String) {
        let error = self.download(url).await.expect_err(url);
        assert_eq!(std::fs::read_dir(self.folder.path()).unwrap().count(), 0, "{url} left a file");
        let rejection = error.rejection(MediaKind::Image).unwrap();
        assert!(rejection.message.ends_with('.') && !rejection.message.contains("127.0"), "{rejection}");
        (rejection.code, error.cause())
    }
}
