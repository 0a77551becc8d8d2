//! Holes in the wall, for labs and tests.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;
use serde::Deserialize;
use url::{Host, Url};

/// What may be fetched although its addresses are denied: `10.0.0.0/8`, `127.0.0.1`, `[::1]`, `minio.lab`, `minio.lab:9000`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum FetchAllow {
    /// Addresses, at any port, whether named or written out. A v4-mapped range is held as the IPv4 range.
    Addresses(IpNet),
    /// Whatever addresses a host of a URL has.
    Host {
        /// The host as a URL holds it: lower case, punycode, without a dot at the end.
        host: Host,
        /// The one port that is open; all of them if `None`.
        port: Option<u16>,
    },
}

/// A text that is no [`FetchAllow`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is neither a range of addresses nor a host; write it as 10.0.0.0/8, 127.0.0.1, media.lab or media.lab:9000"
)]
pub struct BadFetchAllow(String);

impl FetchAllow {
    /// Whether this opens an address, which must be canonical (not v4-mapped).
    pub(super) fn opens_address(&self, address: IpAddr) -> bool {
        matches!(self, Self::Addresses(net) if net.contains(&address))
    }

    /// Whether this opens a URL for its host and port.
    pub(super) fn opens_host_of(&self, url: &Url) -> bool {
        let Self::Host { host, port } = self else { return false };
        let same_host = match (host, url.host()) {
            (Host::Domain(ours), Some(Host::Domain(theirs))) => {
                ours == theirs.strip_suffix('.').unwrap_or(theirs)
            }
            (ours, Some(theirs)) => *ours == theirs.to_owned(),
            (_, None) => false,
        };
        same_host && port.is_none_or(|port| url.port_or_known_default() == Some(port))
    }
}

impl FromStr for FetchAllow {
    type Err = BadFetchAllow;

    fn from_str(text: &str) -> Result<Self, BadFetchAllow> {
        let bad = || BadFetchAllow(text.to_owned());
        if let Ok(net) = text.parse::<IpNet>() {
            return Ok(Self::Addresses(unmapped(net)));
        }
        if let Ok(address) = text.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>() {
            return Ok(Self::Addresses(address.to_canonical().into()));
        }
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) => (host, Some(port.parse::<u16>().map_err(|_| bad())?)),
            None => (text, None),
        };
        let host = match Host::parse(host).map_err(|_| bad())? {
            Host::Domain(name) => Host::Domain(name.strip_suffix('.').unwrap_or(&name).to_owned()),
            literal => literal,
        };
        match (&host, port) {
            (Host::Domain(name), _) if !is_plain_name(name) => Err(bad()),
            (Host::Ipv4(address), None) => Ok(Self::Addresses(IpAddr::from(*address).into())),
            _ => Ok(Self::Host { host, port }),
        }
    }
}

/// No wildcards: they would look as if they worked.
fn is_plain_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_'))
}

fn unmapped(net: IpNet) -> IpNet {
    match (net, net.addr().to_canonical()) {
        (IpNet::V6(net), address @ IpAddr::V4(_)) if net.prefix_len() >= 96 => {
            IpNet::new_assert(address, net.prefix_len() - 96)
        }
        _ => net,
    }
}

impl TryFrom<String> for FetchAllow {
    type Error = BadFetchAllow;

    fn try_from(text: String) -> Result<Self, BadFetchAllow> {
        text.parse()
    }
}

impl fmt::Display for FetchAllow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Addresses(net) => net.fmt(f),
            Self::Host { host, port: Some(port) } => write!(f, "{host}:{port}"),
            Self::Host { host, port: None } => host.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holes_are_read_as_they_are_written() {
        for (text, read) in [
            ("10.0.0.0/8", "10.0.0.0/8"),
            ("127.0.0.1", "127.0.0.1/32"),
            ("2130706433", "127.0.0.1/32"),
            ("::1", "::1/128"),
            ("[::1]", "::1/128"),
            ("::ffff:127.0.0.1", "127.0.0.1/32"),
            ("::ffff:127.0.0.0/104", "127.0.0.0/8"),
            ("fd00::/8", "fd00::/8"),
            ("Media.Lab", "media.lab"),
            ("media.lab.:9000", "media.lab:9000"),
            ("127.0.0.1:9000", "127.0.0.1:9000"),
            ("[::1]:9000", "[::1]:9000"),
            ("bücher.lab", "xn--bcher-kva.lab"),
        ] {
            assert_eq!(text.parse::<FetchAllow>().unwrap().to_string(), read);
        }
        for bad in [
            "",
            ":",
            ":80",
            "*",
            "*.lab",
            "a b",
            "media.lab:",
            "media.lab:99999",
            "http://media.lab",
            "10.0.0.0/33",
            "a/b",
        ] {
            let error = bad.parse::<FetchAllow>().unwrap_err();
            assert!(error.to_string().contains("write it as"), "{error}");
        }
    }

    #[test]
    fn a_host_hole_is_open_at_its_port_alone() {
        let opens =
            |hole: &str, url: &str| hole.parse::<FetchAllow>().unwrap().opens_host_of(&url.parse().unwrap());
        assert!(opens("media.lab", "http://media.lab:9000/x"));
        assert!(opens("media.lab:9000", "http://MEDIA.lab.:9000/x"));
        assert!(opens("media.lab:443", "https://media.lab/x"));
        assert!(opens("127.0.0.1:9000", "http://0x7f.1:9000/x"));
        assert!(!opens("media.lab:9000", "http://media.lab/x"));
        assert!(!opens("media.lab", "http://www.media.lab/x"));
        assert!(!opens("10.0.0.0/8", "http://10.0.0.1/x"));
    }
}
