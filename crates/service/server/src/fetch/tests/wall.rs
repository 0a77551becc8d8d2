//! Names and redirects that lead to where they must not.

use contract::RejectionCode as Code;
use tokio::io::AsyncWriteExt;

use super::site::{Dns, Reply, Site, ok, redirect};
use super::{Lab, PNG, policy, shortly};
use crate::fetch::FetchPolicy;

#[tokio::test]
async fn a_name_that_changes_its_answer_gains_nothing() {
    let site = Site::sending(&ok(PNG)).await;
    let inner = Site::at("127.0.0.2", |_| Reply::Send(ok(PNG))).await;
    // The second answer would be taken by whoever asks once to check and once to connect.
    let lab = Lab::new(policy(), Dns::default().with("turns.test", "127.0.0.1;127.0.0.2"));
    assert_eq!(lab.file(&format!("http://turns.test:{}/", site.address.port())).await, PNG);
    assert_eq!(lab.dns.asked(), ["turns.test"]);
    // The next download asks again, and hears of the denied address.
    let (code, cause) = lab.failure(&format!("http://turns.test:{}/", inner.address.port())).await;
    assert_eq!(code, Code::BlockedAddress);
    assert_eq!(cause, "turns.test resolves to 127.0.0.2, which is not public");
    assert!(inner.requests().is_empty());
}

#[tokio::test]
async fn one_denied_address_condemns_a_name() {
    let site = Site::sending(&ok(PNG)).await;
    for denied in
        ["127.0.0.2", "10.0.0.1", "::1", "::ffff:127.0.0.2", "fe80::1", "64:ff9b::7f00:1", "0.0.0.0"]
    {
        for answer in [format!("127.0.0.1 {denied}"), format!("{denied} 127.0.0.1")] {
            let lab = Lab::new(policy(), Dns::default().with("two.test", &answer));
            let (code, cause) = lab.failure(&format!("http://two.test:{}/", site.address.port())).await;
            assert_eq!(code, Code::BlockedAddress, "{cause}");
        }
    }
    assert!(site.requests().is_empty());
}

#[tokio::test]
async fn names_without_a_usable_answer_are_unreachable() {
    let dns = Dns::default().with("empty.test", "");
    let lab = Lab::new(FetchPolicy { connect_timeout: shortly(), ..policy() }, dns);
    for host in ["empty.test", "unknown.test", "never.test"] {
        assert_eq!(lab.failure(&format!("http://{host}/")).await.0, Code::ImageUnreachable, "{host}");
    }
}

#[tokio::test]
async fn localhost_is_denied_by_its_address() {
    let site = Site::sending(&ok(PNG)).await;
    let folder = tempfile::tempdir().unwrap();
    let fetcher = crate::fetch::Fetcher::new(FetchPolicy::default()).unwrap();
    for host in ["localhost", "LOCALHOST.", "%6cocalhost"] {
        let url = fetcher.check(&format!("http://{host}:{}/", site.address.port())).unwrap();
        let error = fetcher
            .download(&url, crate::fetch::MediaKind::Image, 1000, &folder.path().join("download"))
            .await
            .unwrap_err();
        // Some systems do not know a name with a dot at its end.
        let code = error.rejection(crate::fetch::MediaKind::Image).unwrap().code;
        assert!(code == Code::BlockedAddress || host.ends_with('.'), "{host}: {}", error.cause());
    }
    assert!(site.requests().is_empty());
}

#[tokio::test]
async fn literals_are_checked_at_the_download_too() {
    let inner = Site::at("127.0.0.2", |_| Reply::Send(ok(PNG))).await;
    let lab = Lab::plain();
    for host in ["127.0.0.2", "0x7f.2", "[::ffff:127.0.0.2]"] {
        let (code, _) = lab.failure(&format!("http://{host}:{}/", inner.address.port())).await;
        assert_eq!(code, Code::BlockedAddress);
    }
    assert!(inner.requests().is_empty());
    assert!(lab.dns.asked().is_empty());
}

#[tokio::test]
async fn redirects_are_followed_up_to_five() {
    let site = Site::new(|path| match path {
        "/end" => Reply::Send(ok(PNG)),
        "/5" => Reply::Send(redirect("end")),
        "/0" | "/1" | "/2" | "/3" | "/4" => {
            let next = path[1..].parse::<u32>().unwrap() + 1;
            Reply::Send(redirect(&format!("/{next}#fragment")))
        }
        _ => Reply::Send(redirect(path)),
    })
    .await;
    let lab = Lab::plain();
    assert_eq!(lab.file(&site.url("/1")).await, PNG);
    assert_eq!(site.requests().len(), 6);
    for endless in ["/0", "/loop"] {
        let (code, cause) = lab.failure(&site.url(endless)).await;
        assert_eq!((code, cause.as_str()), (Code::ImageUnreachable, "unreachable: more than 5 redirects"));
    }
    assert_eq!(site.requests().len(), 18);
}

#[tokio::test]
async fn every_kind_of_redirect_is_followed() {
    for status in [301, 302, 303, 307, 308] {
        let site = Site::new(move |path| match path {
            "/end" => Reply::Send(ok(PNG)),
            _ => Reply::Send(format!("HTTP/1.1 {status} Moved\r\nlocation: /end\r\n\r\n").into_bytes()),
        })
        .await;
        assert_eq!(Lab::plain().file(&site.url("/")).await, PNG, "{status}");
    }
}

#[tokio::test]
async fn no_redirect_leads_through_the_wall() {
    let inner = Site::at("127.0.0.2", |_| Reply::Send(ok(PNG))).await;
    let port = inner.address.port();
    for target in [
        format!("http://127.0.0.2:{port}/"),
        format!("//0x7f.2:{port}/"),
        format!("http://[::ffff:127.0.0.2]:{port}/"),
        format!("http://inner.test:{port}/"),
        "http://169.254.169.254/latest/meta-data/".into(),
        "http://10.0.0.1/".into(),
        "http://[fd00::1]/".into(),
        "https://[::1]/".into(),
        "file:///etc/passwd".into(),
        "ftp://127.0.0.1/".into(),
        "data:image/png;base64,iVBORw0KGgo=".into(),
        format!("http://user@127.0.0.1:{port}/"),
    ] {
        let answer = redirect(&target);
        let site = Site::sending(&answer).await;
        let policy = FetchPolicy { data_urls: true, ..policy() };
        let lab = Lab::new(policy, Dns::default().with("inner.test", "127.0.0.2"));
        let (code, cause) = lab.failure(&site.url("/")).await;
        assert_eq!(code, Code::BlockedAddress, "{target}: {cause}");
    }
    assert!(inner.requests().is_empty());
}

#[tokio::test]
async fn redirects_without_a_target_are_unreachable() {
    let long = format!("HTTP/1.1 302 Found\r\nlocation: /{}\r\n\r\n", "a".repeat(8192));
    for answer in [
        b"HTTP/1.1 302 Found\r\n\r\n".as_slice(),
        b"HTTP/1.1 302 Found\r\nlocation: http://\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nlocation: /\xFF\r\n\r\n",
        b"HTTP/1.1 300 Choices\r\nlocation: /a\r\n\r\n",
        b"HTTP/1.1 304 Not Modified\r\n\r\n",
        long.as_bytes(),
    ] {
        let site = Site::sending(answer).await;
        let (code, cause) = Lab::plain().failure(&site.url("/")).await;
        assert_eq!(code, Code::ImageUnreachable, "{cause}");
        assert_eq!(site.requests().len(), 1);
    }
}

#[tokio::test]
async fn holes_open_hosts_and_addresses() {
    let inner = Site::at("127.0.0.2", |path| match path {
        "/away" => Reply::Send(redirect("http://other.test/")),
        _ => Reply::Send(ok(PNG)),
    })
    .await;
    let port = inner.address.port();
    let lab = |hole: &str| {
        let dns = Dns::default().with("media.test", "127.0.0.2").with("other.test", "127.0.0.3");
        Lab::new(FetchPolicy { allow: vec![hole.parse().unwrap()], ..FetchPolicy::default() }, dns)
    };
    let named = format!("http://media.test:{port}/");
    let with_port = format!("media.test:{port}");
    for hole in ["127.0.0.2", "127.0.0.0/8", "media.test", &with_port] {
        assert_eq!(lab(hole).file(&named).await, PNG, "{hole}");
    }
    assert_eq!(lab(&format!("127.0.0.2:{port}")).file(&inner.url("/")).await, PNG);
    for hole in ["127.0.0.3", "media.test:1", "other.test"] {
        assert_eq!(lab(hole).failure(&named).await.0, Code::BlockedAddress, "{hole}");
    }
    // A hole for a host is none for its address, nor for where it redirects to.
    assert_eq!(lab("media.test").failure(&inner.url("/")).await.0, Code::BlockedAddress);
    assert_eq!(lab("media.test").failure(&format!("{named}away")).await.0, Code::BlockedAddress);
}

#[tokio::test]
async fn https_is_not_spoken_to_whoever_does_not() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(&ok(PNG)).await.unwrap();
        stream.shutdown().await.unwrap();
    });
    let (code, cause) = Lab::plain().failure(&url).await;
    assert_eq!(code, Code::ImageUnreachable);
    assert!(cause.contains("transport"), "{cause}");
}
