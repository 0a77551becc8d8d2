//! Servers and name servers that do as they are told.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};

use futures_util::future::BoxFuture;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::fetch::Resolve;

/// What a site does with a request.
pub(super) enum Reply {
    /// Sends this and hangs up.
    Send(Vec<u8>),
    /// Sends this and says nothing more, until the client goes.
    Hold(Vec<u8>),
    /// Sends the first, then the second again and again, until the client goes.
    Endless(Vec<u8>, Vec<u8>),
}

pub(super) struct Site {
    pub(super) address: SocketAddr,
    /// Connections as they were made, each with what was received.
    requests: Arc<Mutex<Vec<String>>>,
}

impl Site {
    /// A site at 127.0.0.1, which answers to paths.
    pub(super) async fn new(script: impl Fn(&str) -> Reply + Send + Sync + 'static) -> Self {
        Self::at("127.0.0.1", script).await
    }

    pub(super) async fn at(host: &str, script: impl Fn(&str) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind((host, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (script, log) = (Arc::new(script), Arc::clone(&requests));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let index = {
                    let mut log = log.lock().unwrap();
                    log.push(String::new());
                    log.len() - 1
                };
                let (script, log) = (Arc::clone(&script), Arc::clone(&log));
                tokio::spawn(async move {
                    // A client that goes away is part of many tests.
                    let _ = converse(stream, |request| {
                        let path = request.split(' ').nth(1).unwrap_or_default();
                        let reply = script(path);
                        log.lock().unwrap()[index] = request;
                        reply
                    })
                    .await;
                });
            }
        });
        Self { address, requests }
    }

    /// A site at 127.0.0.1 with one answer.
    pub(super) async fn sending(answer: &[u8]) -> Self {
        let answer = answer.to_vec();
        Self::new(move |_| Reply::Send(answer.clone())).await
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(super) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

async fn converse(mut stream: TcpStream, reply: impl FnOnce(String) -> Reply) -> io::Result<()> {
    let mut request = Vec::new();
    while !is_whole(&request) {
        if stream.read_buf(&mut request).await? == 0 {
            break;
        }
    }
    match reply(String::from_utf8_lossy(&request).into_owned()) {
        Reply::Send(answer) => stream.write_all(&answer).await?,
        Reply::Hold(beginning) => {
            stream.write_all(&beginning).await?;
            stream.read_buf(&mut request).await?;
        }
        Reply::Endless(beginning, rest) => {
            stream.write_all(&beginning).await?;
            loop {
                stream.write_all(&rest).await?;
                tokio::task::yield_now().await;
            }
        }
    }
    stream.shutdown().await
}

fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    text.split_once("\r\n\r\n").is_some_and(|(head, body)| {
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        body.len() >= length.map_or(0, |length| length.parse().unwrap())
    })
}

/// An answer with its length.
pub(super) fn ok(body: &[u8]) -> Vec<u8> {
    [format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len()).as_bytes(), body].concat()
}

pub(super) fn redirect(to: &str) -> Vec<u8> {
    format!("HTTP/1.1 302 Found\r\nlocation: {to}\r\ncontent-length: 0\r\n\r\n").into_bytes()
}

/// Answers in turn for each name; the last one stays. For `never.test` there is no answer at all.
#[derive(Default)]
pub(super) struct Dns {
    answers: Mutex<HashMap<String, Vec<Vec<IpAddr>>>>,
    asked: Mutex<Vec<String>>,
}

impl Dns {
    /// Answers are separated by `;`, addresses of one by white space.
    pub(super) fn with(self, host: &str, answers: &str) -> Self {
        let addresses = |answer: &str| answer.split_whitespace().map(|text| text.parse().unwrap()).collect();
        self.answers.lock().unwrap().insert(host.to_owned(), answers.split(';').map(addresses).collect());
        self
    }

    pub(super) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

impl Resolve for Dns {
    fn resolve<'a>(&'a self, host: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>> {
        self.asked.lock().unwrap().push(host.to_owned());
        if host == "never.test" {
            return Box::pin(std::future::pending());
        }
        let mut answers = self.answers.lock().unwrap();
        let answer = match answers.get_mut(host) {
            Some(turns) if turns.len() > 1 => Ok(turns.remove(0)),
            Some(turns) => Ok(turns[0].clone()),
            None => Err(io::Error::other("no such name")),
        };
        Box::pin(std::future::ready(answer))
    }
}
