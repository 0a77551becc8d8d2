//! A file by its URL.

use std::io;
use std::path::Path;
use std::pin::pin;

use bytes::Bytes;
use futures_util::{Stream, StreamExt, TryStreamExt, stream};
use media::FileKind;
use reqwest::header::{CONTENT_ENCODING, HeaderValue, LOCATION};
use reqwest::{Response, StatusCode};
use tempfile::TempPath;
use tokio::io::{AsyncWriteExt, BufWriter};
use tokio::time::timeout;
use url::Url;

use super::data_url::DataBody;
use super::{FetchError, Fetcher, MAX_URL_CHARS, MediaKind, Unreachable, UrlRefusal};

/// Bytes that are gathered before they are written.
const WRITE_BYTES: usize = 1 << 18;

/// What was downloaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Downloaded {
    /// Length of the file.
    pub bytes: u64,
}

impl Fetcher {
    /// Downloads an http(s) URL, or unpacks a `data:` URL, into the new file `to`. Where the future fails or is dropped, no file is
    /// left. A body that is larger than `max_bytes` or that is not of `kind` is broken off as soon as that is seen.
    ///
    /// A server that promises fewer bytes than it sends is taken at its word; one that sends fewer than it promises has failed.
    ///
    /// # Errors
    /// See [`FetchError`]. [`FetchError::Storage`] also when `to` exists, which then stays as it was.
    pub async fn download(
        &self,
        url: &Url,
        kind: MediaKind,
        max_bytes: u64,
        to: &Path,
    ) -> Result<Downloaded, FetchError> {
        if url.scheme() == "data" {
            if !self.policy.data_urls {
                return Err(UrlRefusal::DataUrlsDisabled.into());
            }
            let body = stream::iter(DataBody::of(url)?.map(|chunk| chunk.map_err(FetchError::from)));
            return save(body, kind, max_bytes, to).await;
        }
        let fetched = async {
            let response = self.follow(url).await?;
            if response.content_length().is_some_and(|promised| promised > max_bytes) {
                return Err(FetchError::TooLarge { limit_bytes: max_bytes });
            }
            save(self.body_of(response), kind, max_bytes, to).await
        };
        timeout(self.policy.total_timeout, fetched).await.unwrap_or_else(|_| Err(Unreachable::Total.into()))
    }

    /// The answer at the end of all redirects: one that has a plain body.
    async fn follow(&self, url: &Url) -> Result<Response, FetchError> {
        let mut url = url.clone();
        for _ in 0..=self.policy.redirects {
            let response = self.get(&url).await?;
            match response.status() {
                StatusCode::OK | StatusCode::NON_AUTHORITATIVE_INFORMATION => return plain(response),
                StatusCode::MOVED_PERMANENTLY
                | StatusCode::FOUND
                | StatusCode::SEE_OTHER
                | StatusCode::TEMPORARY_REDIRECT
                | StatusCode::PERMANENT_REDIRECT => url = target(&url, response.headers().get(LOCATION))?,
                status => return Err(Unreachable::Status(status.as_u16()).into()),
            }
        }
        Err(Unreachable::Redirects(self.policy.redirects).into())
    }

    async fn get(&self, url: &Url) -> Result<Response, FetchError> {
        self.policy.admit(url)?;
        let answer = self.client_for(url).get(url.clone()).send();
        // The client times the connecting itself.
        match timeout(self.policy.connect_timeout + self.policy.idle_timeout, answer).await {
            Ok(answer) => answer.map_err(FetchError::of_client),
            Err(_) => Err(Unreachable::Idle.into()),
        }
    }

    fn body_of(&self, response: Response) -> impl Stream<Item = Result<Bytes, FetchError>> {
        let idle_timeout = self.policy.idle_timeout;
        stream::try_unfold(response, move |mut response| async move {
            let chunk = timeout(idle_timeout, response.chunk()).await.map_err(|_| Unreachable::Idle)?;
            Ok(chunk.map_err(FetchError::of_client)?.map(|chunk| (chunk, response)))
        })
    }
}

/// Refuses compressed bodies: they would have to be unpacked, and a small one can be large inside.
fn plain(response: Response) -> Result<Response, FetchError> {
    let packed = response
        .headers()
        .get_all(CONTENT_ENCODING)
        .iter()
        .find(|coding| !coding.is_empty() && !coding.as_bytes().eq_ignore_ascii_case(b"identity"));
    match packed {
        Some(coding) => {
            Err(Unreachable::ContentEncoding(String::from_utf8_lossy(coding.as_bytes()).into_owned()).into())
        }
        None => Ok(response),
    }
}

/// Where a redirect leads, as yet unchecked but for the fall from https.
fn target(url: &Url, location: Option<&HeaderValue>) -> Result<Url, FetchError> {
    let location = location.ok_or(Unreachable::Location)?;
    let location = str::from_utf8(location.as_bytes()).map_err(|_| Unreachable::Location)?;
    if location.len() > MAX_URL_CHARS {
        return Err(UrlRefusal::TooLong.into());
    }
    let target = url.join(location).map_err(|_| Unreachable::Location)?;
    if url.scheme() == "https" && target.scheme() == "http" {
        return Err(Unreachable::Downgrade.into());
    }
    Ok(target)
}

async fn save(
    body: impl Stream<Item = Result<Bytes, FetchError>>,
    kind: MediaKind,
    max_bytes: u64,
    to: &Path,
) -> Result<Downloaded, FetchError> {
    let mut body = pin!(body);
    let mut head = Vec::new();
    let found = loop {
        match FileKind::of_beginning(&head) {
            Some(kind) => break kind,
            None => match body.try_next().await? {
                Some(chunk) => head.extend_from_slice(&chunk),
                None => break FileKind::of(&head),
            },
        }
    };
    if !kind.accepts(found) {
        return Err(FetchError::Unsupported { found });
    }
    let mut file = PartFile::create(to).map_err(FetchError::Storage)?;
    let mut body = stream::iter([Ok(Bytes::from(head))]).chain(body);
    let mut bytes = 0;
    while let Some(chunk) = body.try_next().await? {
        bytes += chunk.len() as u64;
        if bytes > max_bytes {
            return Err(FetchError::TooLarge { limit_bytes: max_bytes });
        }
        file.writer.write_all(&chunk).await.map_err(FetchError::Storage)?;
    }
    file.finish().await.map_err(FetchError::Storage)?;
    Ok(Downloaded { bytes })
}

/// A file that goes away unless it is finished.
struct PartFile {
    path: TempPath,
    writer: BufWriter<tokio::fs::File>,
}

impl PartFile {
    /// Never overwrites. Blocks for one system call: an asynchronous one could make the file after its future is dropped.
    fn create(path: &Path) -> io::Result<Self> {
        let file = std::fs::File::create_new(path)?;
        let path = TempPath::try_from_path(path)?;
        Ok(Self { path, writer: BufWriter::with_capacity(WRITE_BYTES, tokio::fs::File::from_std(file)) })
    }

    async fn finish(mut self) -> io::Result<()> {
        self.writer.flush().await?;
        self.path.keep().map_err(|kept| kept.error)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redirects_never_fall_from_https() {
        let target = |from: &str, to: &'static str| {
            target(&from.parse().unwrap(), Some(&HeaderValue::from_static(to))).map(String::from)
        };
        assert_eq!(target("https://a.test/b/c", "../d").unwrap(), "https://a.test/d");
        assert_eq!(target("https://a.test/b/c", "//e.test").unwrap(), "https://e.test/");
        assert_eq!(target("http://a.test/", "https://a.test/").unwrap(), "https://a.test/");
        let fallen = target("https://a.test/", "http://a.test/");
        assert!(matches!(fallen, Err(FetchError::Unreachable(Unreachable::Downgrade))), "{fallen:?}");
    }
}
