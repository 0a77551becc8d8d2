//! Links to finished videos.

use reqwest::Method;
use serde_json::json;

use crate::desk::{Answer, Desk, tiny_video};

async fn made(desk: &Desk) -> (String, String) {
    let id = desk.submitted("ok").await;
    let job = desk.ended(&id).await;
    (id, job["output"]["url"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn a_video_is_served_whole_in_parts_and_by_name() {
    let desk = Desk::new(|_| {}).await;
    let (id, url) = made(&desk).await;
    let video = tiny_video();
    let size = video.len();
    let get = async |headers: &[(&str, &str)], url: &str| {
        let mut request = desk.client.get(url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        Answer::of(request).await
    };
    // No key is needed.
    let whole = get(&[], &url).await;
    assert_eq!((whole.status, &whole.bytes), (200, &video));
    let length = size.to_string();
    for (name, value) in [
        ("accept-ranges", "bytes"),
        ("content-type", "video/mp4"),
        ("content-length", length.as_str()),
        ("x-content-type-options", "nosniff"),
        ("access-control-allow-origin", "*"),
    ] {
        assert_eq!(whole.header(name), Some(value), "{name}");
    }
    assert!(whole.header("access-control-expose-headers").unwrap().contains("Content-Range"));
    let (tag, modified) = (whole.header("etag").unwrap(), whole.header("last-modified").unwrap());
    assert!(tag.starts_with('"'), "a strong tag: {tag}");

    let part = get(&[("range", "bytes=10-19")], &url).await;
    assert_eq!((part.status, part.bytes.as_slice()), (206, &video[10..20]));
    assert_eq!(part.header("content-range"), Some(format!("bytes 10-19/{size}").as_str()));
    let tail = get(&[("range", "bytes=-5")], &url).await;
    assert_eq!((tail.status, tail.bytes.as_slice()), (206, &video[size - 5..]));
    let beyond = get(&[("range", &format!("bytes={size}-"))], &url).await;
    assert_eq!(beyond.status, 416);
    assert_eq!(beyond.header("content-range"), Some(format!("bytes */{size}").as_str()));

    for (if_range, status) in
        [(tag, 206), ("\"another\"", 200), (modified, 206), ("Thu, 01 Jan 1970 00:00:00 GMT", 200)]
    {
        let answer = get(&[("range", "bytes=0-0"), ("if-range", if_range)], &url).await;
        assert_eq!(answer.status, status, "{if_range}");
    }
    for (name, value, status) in [
        ("if-none-match", tag, 304),
        ("if-none-match", "\"a\", W/\"b\"", 200),
        ("if-none-match", "*", 304),
        ("if-modified-since", modified, 304),
        ("if-modified-since", "Thu, 01 Jan 1970 00:00:00 GMT", 200),
    ] {
        let answer = get(&[(name, value)], &url).await;
        assert_eq!(answer.status, status, "{name}: {value}");
    }
    let head = Answer::of(desk.client.head(&url)).await;
    assert_eq!(
        (head.status, head.header("content-length"), head.bytes.len()),
        (200, Some(length.as_str()), 0)
    );
    let options = Answer::of(desk.client.request(Method::OPTIONS, &url)).await;
    assert_eq!(
        (options.status, options.header("access-control-allow-headers")),
        (204, Some("Range, If-Range, If-None-Match"))
    );
    let saved = get(&[], &format!("{url}?download=1")).await;
    assert_eq!(
        saved.header("content-disposition"),
        Some(format!("attachment; filename=\"{id}.mp4\"").as_str())
    );
}

#[tokio::test]
async fn there_is_nothing_before_a_job_is_completed() {
    let desk = Desk::new(|_| {}).await;
    let id = desk.submitted("hold:go").await;
    desk.job_when(&id, |job| job["stage"] == "track").await;
    for name in [format!("{id}.mp4"), id.clone(), "nothing.mp4".to_owned(), "..%2Fpantomime.db".to_owned()] {
        let answer = Answer::of(desk.request(Method::GET, &format!("/output/{name}"))).await;
        assert_eq!((answer.status, answer.json()), (404, json!({ "error": "Output not found" })), "{name}");
    }
    assert!(desk.outputs().is_empty());
}

#[tokio::test]
async fn links_can_be_made_to_expire() {
    let desk = Desk::new(|settings| settings.link_secs = 3600).await;
    let (id, url) = made(&desk).await;
    assert!(url.contains("?exp=") && url.contains("&sig="));
    assert_eq!(Answer::of(desk.client.get(&url)).await.status, 200);
    assert_eq!(Answer::of(desk.client.get(format!("{url}&download=1"))).await.status, 200);
    for bad in [
        format!("{}/output/{id}.mp4", desk.base()),
        format!("{}/output/{id}.mp4?exp=1&sig=AAAA", desk.base()),
        url.replace("exp=", "exp=9"),
        format!("{url}x"),
    ] {
        assert_eq!(Answer::of(desk.client.get(&bad)).await.status, 403, "{bad}");
    }
}

#[tokio::test]
async fn links_begin_with_the_address_that_clients_use() {
    let desk = Desk::new(|settings| settings.allowed_hosts = vec!["video.lab".to_owned()]).await;
    let id = desk.submitted("ok").await;
    desk.ended(&id).await;
    let url = async |host: &str| {
        let request = desk.request(Method::GET, &format!("/api/v1/jobs/{id}")).bearer_auth(&desk.key);
        Answer::of(request.header("host", host)).await.json()["output"]["url"].as_str().unwrap().to_owned()
    };
    assert_eq!(url("video.lab:81").await, format!("http://video.lab:81/output/{id}.mp4"));
    assert_eq!(url("localhost:9").await, format!("http://localhost:9/output/{id}.mp4"));
    // A host that nobody allowed would let a stranger decide where links lead.
    for host in ["evil.example", "video.lab.evil.example", "user@video.lab", "video.lab/x"] {
        assert_eq!(url(host).await, format!("{}/output/{id}.mp4", desk.base()), "{host}");
    }
    let desk = Desk::new(|settings| settings.public_url = "https://video.example.org/".to_owned()).await;
    let (id, url) = made(&desk).await;
    assert_eq!(url, format!("https://video.example.org/output/{id}.mp4"));
}

#[tokio::test]
async fn an_old_video_is_gone_and_its_job_is_not() {
    let mut desk = Desk::new(|_| {}).await;
    let (id, _) = made(&desk).await;
    desk.stop().await;
    // Thirty-one days pass for this job.
    let database = desk.settings.data.join("pantomime.db");
    let pool = sqlx::SqlitePool::connect(&format!("sqlite:{}", database.display())).await.unwrap();
    sqlx::query("UPDATE jobs SET ended_ms = ended_ms - 31 * 86400000").execute(&pool).await.unwrap();
    pool.close().await;
    desk.start().await;
    let job = desk.job_when(&id, |job| job["output"]["expired"] == true || job["state"] == "completed").await;
    let mut expired = job["output"]["expired"] == true;
    while !expired {
        tokio::task::yield_now().await;
        let job = desk.native(Method::GET, &format!("/api/v1/jobs/{id}"), None).await.json();
        expired = job["output"]["expired"] == true;
    }
    let answer = Answer::of(desk.request(Method::GET, &format!("/output/{id}.mp4"))).await;
    assert_eq!((answer.status, answer.json()), (410, json!({ "error": "Output expired" })));
    assert!(desk.outputs().is_empty());
}
