//! A message to an address that a stranger names.

use std::pin::pin;
use std::time::Duration;

use bytes::Bytes;
use url::Url;

use super::{FetchError, Fetcher, Unreachable};

/// Bytes of an answer that are read; the rest is left.
pub const MAX_ANSWER_BYTES: usize = 4096;

/// An answer to a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostAnswer {
    /// HTTP status, whatever it is.
    pub status: u16,
    /// The beginning of the body: what came in time, at most [`MAX_ANSWER_BYTES`], whatever is not UTF-8 replaced.
    pub body: String,
}

impl Fetcher {
    /// Posts `body` to an http(s) URL. Redirects are not followed: a 3xx is an answer like any other.
    ///
    /// `timeout` is for everything; once there is a status, running out of it only cuts the answer's body.
    ///
    /// # Errors
    /// [`FetchError::Refused`], [`FetchError::Denied`] and [`FetchError::Unreachable`].
    pub async fn post(
        &self,
        url: &Url,
        headers: &[(&str, String)],
        body: Bytes,
        timeout: Duration,
    ) -> Result<PostAnswer, FetchError> {
        self.policy.admit(url)?;
        let request = self.client_for(url).post(url.clone()).body(body);
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, value));
        let mut too_late = pin!(tokio::time::sleep(timeout));
        let mut response = tokio::select! {
            response = request.send() => response.map_err(FetchError::of_client)?,
            () = &mut too_late => return Err(Unreachable::Total.into()),
        };
        let mut answer = Vec::new();
        tokio::select! {
            () = read_some(&mut response, &mut answer) => {}
            () = &mut too_late => {}
        }
        answer.truncate(MAX_ANSWER_BYTES);
        Ok(PostAnswer {
            status: response.status().as_u16(),
            body: String::from_utf8_lossy(&answer).into_owned(),
        })
    }
}

/// Reads until the end, an error or enough. The message has arrived, so an error changes nothing.
async fn read_some(response: &mut reqwest::Response, answer: &mut Vec<u8>) {
    while answer.len() < MAX_ANSWER_BYTES
        && let Ok(Some(chunk)) = response.chunk().await
    {
        answer.extend_from_slice(&chunk);
    }
}
