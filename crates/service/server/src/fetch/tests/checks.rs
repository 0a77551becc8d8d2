//! What is told of a URL without a socket.

use std::net::IpAddr;

use proptest::prelude::*;
use url::{Host, Url};

use super::is_special;
use crate::fetch::{FetchPolicy, UrlRefusal, is_public};

fn check(text: &str) -> Result<Url, UrlRefusal> {
    FetchPolicy::default().check(text)
}

#[test]
fn plain_urls_are_accepted() {
    for text in [
        "http://example.com",
        "https://example.com/a.png?x=1#y",
        "HTTPS://EXAMPLE.com:8443/a.png",
        "https://bücher.example/ä.png",
        "http://8.8.8.8/",
        "http://[2606:4700:4700::1111]:8080/",
        "http://example.com:22/",
        "http://localhost.example/",
        "http://127.0.0.1.example.com/",
        "https://example.com/user:password@host",
    ] {
        assert!(check(text).is_ok(), "{text}");
    }
}

#[test]
fn other_urls_are_refused_for_what_they_are() {
    for (text, refusal) in [
        ("", UrlRefusal::NotAbsolute),
        ("example.com/a.png", UrlRefusal::NotAbsolute),
        ("/a.png", UrlRefusal::NotAbsolute),
        ("//example.com/a.png", UrlRefusal::NotAbsolute),
        ("ftp://example.com/a.png", UrlRefusal::Scheme),
        ("file:///etc/passwd", UrlRefusal::Scheme),
        ("gopher://example.com/", UrlRefusal::Scheme),
        ("javascript:alert(1)", UrlRefusal::Scheme),
        ("localhost:80", UrlRefusal::Scheme),
        ("https://user@example.com/", UrlRefusal::UserInfo),
        ("https://:password@example.com/", UrlRefusal::UserInfo),
        ("https://example.com%40x@8.8.8.8/", UrlRefusal::UserInfo),
        ("data:,x", UrlRefusal::DataUrlsDisabled),
        (" DATA:,x", UrlRefusal::DataUrlsDisabled),
        ("da\tta:,x", UrlRefusal::Scheme),
    ] {
        assert_eq!(check(text), Err(refusal), "{text}");
    }
    // A backslash is a slash: what follows is path.
    let url = check("https://example.com\\@127.0.0.1\\").unwrap();
    assert_eq!((url.host_str(), url.path()), (Some("example.com"), "/@127.0.0.1/"));
    for malformed in [
        "http://",
        "https:///",
        "http://a b/",
        "http://[::1",
        "http://example.com:99999/",
        "http://256.0.0.1/",
        "http://%00/",
        "http://[fe80::1%25eth0]/",
    ] {
        assert!(matches!(check(malformed), Err(UrlRefusal::Malformed(_))), "{malformed}");
    }
}

#[test]
fn a_url_has_at_most_8192_characters() {
    let of_length = |length: usize, fill: &str| format!("https://example.com/{}", fill.repeat(length - 20));
    assert!(check(&of_length(8192, "a")).is_ok());
    assert!(check(&of_length(8192, "ä")).is_ok());
    assert_eq!(check(&of_length(8193, "a")), Err(UrlRefusal::TooLong));
}

#[test]
fn denied_addresses_are_told_in_every_notation() {
    for host in [
        "127.0.0.1",
        "127.1",
        "127.0.1",
        "2130706433",
        "0x7f.1",
        "0x7f000001",
        "0X7F.0.0.1",
        "017700000001",
        "0177.0.0.01",
        "127.0.0.1.",
        "127.1.",
        "0x7f.1.",
        "%31%32%37.0.0.1",
        "127%2e0%2E0.1",
        "１２７.0.0.1",
        "127。0。0。1",
        "①②⑦.⓪.⓪.①",
        "0",
        "0x0",
        "0.0.0.0",
        "[::]",
        "[::1]",
        "[0:0:0:0:0:0:0:1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::127.0.0.1]",
        "[::FFFF:0:127.0.0.1]",
        "[64:ff9b::127.0.0.1]",
        "[64:ff9b::8.8.8.8]",
        "[2002:7f00:1::]",
        "[2001::1]",
        "[fe80::1]",
        "[fd00::1]",
        "169.254.169.254",
        "2852039166",
        "0xa9fea9fe",
        "[::ffff:169.254.169.254]",
        "[fd00:ec2::254]",
        "10.0.0.1",
        "0xa.1",
        "012.1",
        "192.168.0.1",
        "172.16.0.1",
        "100.64.0.1",
        "255.255.255.255",
        "4294967295",
        "224.0.0.1",
        "[ff02::1]",
    ] {
        for text in
            [format!("http://{host}/"), format!("https://{host}:8443/a.png"), format!("http:\\\\{host}")]
        {
            assert_eq!(check(&text), Err(UrlRefusal::DeniedAddress), "{text}");
        }
    }
}

#[test]
fn holes_open_what_they_name() {
    let allowed = |hole: &str, text: &str| {
        FetchPolicy { allow: vec![hole.parse().unwrap()], ..FetchPolicy::default() }.check(text).is_ok()
    };
    assert!(allowed("127.0.0.0/8", "http://0x7f.1/"));
    assert!(allowed("127.0.0.0/8", "http://[::ffff:127.0.0.1]/"));
    assert!(allowed("::1", "http://[::1]:8080/"));
    assert!(allowed("127.0.0.1:8080", "http://127.1:8080/"));
    assert!(!allowed("127.0.0.1:8080", "http://127.1:8081/"));
    assert!(!allowed("127.0.0.0/8", "http://10.0.0.1/"));
    assert!(!allowed("127.0.0.0/8", "ftp://127.0.0.1/"));
    assert!(!allowed("0.0.0.0/0", "http://[fd00::1]/"));
    // A translator's range opens what is public behind it.
    assert!(allowed("64:ff9b::/96", "http://[64:ff9b::8.8.8.8]/"));
    assert!(!allowed("64:ff9b::/96", "http://[64:ff9b::127.0.0.1]/"));
    assert!(!allowed("2002::/16", "http://[2002:a00:1::]/"));
}

fn hosts() -> impl Strategy<Value = String> {
    let near = prop::sample::select(vec![
        0u32,
        0x0A00_0000,
        0x6440_0000,
        0x7F00_0000,
        0xA9FE_0000,
        0xAC10_0000,
        0xC000_0000,
        0xC0A8_0000,
        0xC612_0000,
        0xE000_0000,
    ]);
    let v4 = prop_oneof![any::<u32>(), (near, 0..0x2_0000u32).prop_map(|(base, low)| base | low)];
    let written = (v4, 0..8usize).prop_map(|(bits, notation)| {
        let [a, b, c, d] = bits.to_be_bytes();
        match notation {
            0 => format!("{a}.{b}.{c}.{d}"),
            1 => bits.to_string(),
            2 => format!("{bits:#x}"),
            3 => format!("0{bits:o}"),
            4 => format!("{a:#x}.0{b:o}.{}", u32::from(c) << 8 | u32::from(d)),
            5 => format!("[::ffff:{a}.{b}.{c}.{d}]"),
            6 => format!("[64:ff9b::{a}.{b}.{c}.{d}]"),
            _ => format!("{a}.{b}.{c}.{d}."),
        }
    });
    let first =
        prop::sample::select(vec![0u16, 0x64, 0x2001, 0x2002, 0x2606, 0xfc00, 0xfd00, 0xfe80, 0xff02]);
    let v6 = (first, any::<[u16; 7]>()).prop_map(|(first, [b, c, d, e, f, g, h])| {
        format!("[{first:x}:{b:x}:{c:x}:{d:x}:{e:x}:{f:x}:{g:x}:{h:x}]")
    });
    prop_oneof![written, v6, "\\PC{0,20}"]
}

proptest! {
    #[test]
    fn no_text_is_too_odd(text in prop_oneof![any::<String>(), "(http|https|data|ftp):/{0,3}\\PC{0,40}", "data:[a-z/;]{0,12},?\\PC{0,40}"]) {
        let _ = check(&text);
        let _ = FetchPolicy { data_urls: true, ..FetchPolicy::default() }.check(&text);
    }

    /// What is accepted is read again, from its own text, and judged by the standard library.
    #[test]
    fn no_accepted_literal_is_special(host in hosts(), port in prop::option::of(any::<u16>())) {
        let port = port.map(|port| format!(":{port}")).unwrap_or_default();
        if let Ok(url) = check(&format!("http://{host}{port}/a.png")) {
            let again = Url::parse(url.as_str()).unwrap();
            let literal = match again.host().unwrap() {
                Host::Ipv4(address) => Some(IpAddr::from(address)),
                Host::Ipv6(address) => Some(IpAddr::from(address)),
                Host::Domain(name) => name.trim_end_matches('.').parse().ok(),
            };
            prop_assert!(!literal.is_some_and(is_special), "{}", again);
            prop_assert!(literal.is_none_or(is_public), "{}", again);
        }
    }
}
