//! A running server with an origin of files beside it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, Once};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use contract::{Capabilities, CharacterOrientation, MediaLimits};
use reqwest::{Method, RequestBuilder};
use serde_json::Value;
use server::wall::ChildCommand;
use server::{EngineProfile, KeyTerms, Scope, Server, Settings, Store};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// Long enough for a busy machine; nothing waits for it to pass.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Desk {
    _folder: TempDir,
    pub(crate) settings: Settings,
    pub(crate) client: reqwest::Client,
    pub(crate) origin: Origin,
    /// A key with every scope.
    pub(crate) key: String,
    running: Option<Running>,
}

struct Running {
    base: String,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

/// An answer, read whole.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Vec<u8>,
}

impl Answer {
    pub(crate) async fn of(request: RequestBuilder) -> Self {
        let response = request.send().await.expect("an answer");
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let bytes = response.bytes().await.expect("a body").to_vec();
        Self { status, headers, bytes }
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&self.bytes)))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().expect("text"))
    }
}

/// What the child is run by.
pub(crate) fn child() -> ChildCommand {
    ChildCommand::new(env!("CARGO_BIN_EXE_scripted-child"))
}

pub(crate) fn engines() -> Vec<EngineProfile> {
    vec![EngineProfile {
        name: "scripted".to_owned(),
        capabilities: Capabilities {
            orientations: &[CharacterOrientation::Video, CharacterOrientation::Image],
            follows_prompt: false,
            deterministic: true,
            keeps: true,
            limits: MediaLimits::default(),
        },
    }]
}

pub(crate) fn client() -> reqwest::Client {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| drop(rustls::crypto::ring::default_provider().install_default()));
    reqwest::Client::builder().no_proxy().timeout(PATIENCE).build().expect("a client")
}

pub(crate) fn terms(name: &str) -> KeyTerms {
    KeyTerms {
        name: name.to_owned(),
        scopes: Scope::ALL.to_vec(),
        requests_per_second: Some(100_000),
        open_jobs: None,
        budget: None,
        price: 0,
    }
}

impl Desk {
    /// A server with the settings that tests need, as `change` changes them, and one key.
    pub(crate) async fn new(change: impl FnOnce(&mut Settings)) -> Self {
        Self::with_key(change, terms("the test's")).await
    }

    pub(crate) async fn with_key(change: impl FnOnce(&mut Settings), terms: KeyTerms) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut settings = Settings {
            listen: "127.0.0.1:0".parse().expect("an address"),
            data: folder.path().join("data"),
            fetch_allow: vec!["127.0.0.1".to_owned()],
            backoff_secs: 0,
            drain_secs: 0,
            ..Settings::default()
        };
        change(&mut settings);
        let mut desk = Self {
            _folder: folder,
            settings,
            client: client(),
            origin: Origin::new().await,
            key: String::new(),
            running: None,
        };
        desk.start().await;
        desk.key = desk.make_key(terms).await.1;
        desk
    }

    /// Starts the server in its folder; its address may be another one.
    pub(crate) async fn start(&mut self) {
        let server = Server::start(self.settings.clone(), engines(), child()).await.expect("a server");
        let base = format!("http://{}", server.address());
        let (stop, stopped) = oneshot::channel::<()>();
        let task = tokio::spawn(server.run(async move { drop(stopped.await) }));
        self.running = Some(Running { base, stop, task });
    }

    /// Stops the server as SIGTERM does.
    pub(crate) async fn stop(&mut self) {
        if let Some(Running { stop, task, .. }) = self.running.take() {
            let _ = stop.send(());
            task.await.expect("no panic");
        }
    }

    /// Another handle on the server's database, as another process has one.
    pub(crate) async fn store(&self) -> Store {
        Store::open(&self.settings.data.join("pantomime.db")).await.expect("the database")
    }

    /// Makes a key: its id and its secret.
    pub(crate) async fn make_key(&self, terms: KeyTerms) -> (String, String) {
        let store = self.store().await;
        let (key, secret) = store.create_key(terms).await.expect("a key");
        store.close().await;
        (key.id, secret.reveal().to_owned())
    }

    pub(crate) fn base(&self) -> &str {
        &self.running.as_ref().expect("the server runs").base
    }

    pub(crate) fn url(&self, path: &str) -> String {
        if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", self.base()) }
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, self.url(path))
    }

    /// A call of the native interface with the desk's key.
    pub(crate) async fn native(&self, method: Method, path: &str, body: Option<&Value>) -> Answer {
        let mut request = self.request(method, path).bearer_auth(&self.key);
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        Answer::of(request).await
    }

    /// What a submission by any interface holds.
    pub(crate) fn pair(&self, prompt: &str) -> Value {
        serde_json::json!({
            "image_url": self.origin.image(), "video_url": self.origin.video(), "prompt": prompt,
        })
    }

    /// Submits a job by the native interface; answers its id.
    pub(crate) async fn submitted(&self, prompt: &str) -> String {
        let answer = self.native(Method::POST, "/api/v1/jobs", Some(&self.pair(prompt))).await;
        assert_eq!(answer.status, 201, "{}", String::from_utf8_lossy(&answer.bytes));
        answer.json()["id"].as_str().expect("an id").to_owned()
    }

    /// The job once `until` holds of it, as its events tell it.
    pub(crate) async fn job_when(&self, id: &str, until: impl Fn(&Value) -> bool) -> Value {
        let mut seen = self.events(id).await;
        loop {
            let job = seen.next().await.unwrap_or_else(|| panic!("the events of {id} ended"));
            if until(&job) {
                return job;
            }
        }
    }

    /// The job once it has ended.
    pub(crate) async fn ended(&self, id: &str) -> Value {
        self.job_when(id, is_ended).await
    }

    pub(crate) async fn events(&self, id: &str) -> Events {
        let request = self.request(Method::GET, &format!("/api/v1/jobs/{id}/events")).bearer_auth(&self.key);
        let response = request.send().await.expect("an answer");
        assert_eq!(response.status(), 200);
        Events::of(response)
    }

    /// The folder in which a job's child keeps what is worth keeping.
    pub(crate) fn kept(&self, id: &str) -> PathBuf {
        self.settings.data.join("work").join(id).join("kept")
    }

    pub(crate) fn outputs(&self) -> Vec<String> {
        names(&self.settings.data.join("outputs"))
    }
}

pub(crate) fn is_ended(job: &Value) -> bool {
    matches!(job["state"].as_str(), Some("completed" | "failed" | "canceled"))
}

pub(crate) fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<_> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// A stream of server-sent events about a job.
pub(crate) struct Events {
    response: reqwest::Response,
    buffer: String,
}

impl Events {
    pub(crate) fn of(response: reqwest::Response) -> Self {
        Self { response, buffer: String::new() }
    }

    /// The job as the next event tells it; `None` at the end of the stream.
    pub(crate) async fn next(&mut self) -> Option<Value> {
        loop {
            if let Some(end) = self.buffer.find("\n\n") {
                let event: String = self.buffer.drain(..end + 2).collect();
                let data = event.lines().find_map(|line| line.strip_prefix("data: "));
                match data {
                    Some(data) => return Some(serde_json::from_str(data).expect("JSON")),
                    None => continue,
                }
            }
            let chunk =
                tokio::time::timeout(PATIENCE, self.response.chunk()).await.expect("an event in time");
            self.buffer.push_str(std::str::from_utf8(&chunk.ok()??).expect("text"));
        }
    }
}

/// A server of files somewhere else, which remembers what it was asked and sent.
#[derive(Clone)]
pub(crate) struct Origin {
    base: String,
    state: Arc<OriginState>,
}

#[derive(Default)]
struct OriginState {
    asked: Mutex<HashMap<String, usize>>,
    received: Mutex<Vec<(HeaderMap, String)>>,
    /// Answers to what is posted, in order; 200 when there are none left.
    answers: Mutex<Vec<u16>>,
    arrived: tokio::sync::Notify,
    /// `/held.png` is sent once this closes.
    held: tokio_util::sync::CancellationToken,
}

impl Origin {
    pub(crate) async fn new() -> Self {
        let state = Arc::new(OriginState::default());
        let router = Router::new()
            .fallback(|State(state): State<Arc<OriginState>>, request: axum::extract::Request| async move {
                let path = request.uri().path().to_owned();
                *state.asked.lock().unwrap().entry(path.clone()).or_default() += 1;
                if request.method() == Method::POST {
                    let headers = request.headers().clone();
                    let body = axum::body::to_bytes(request.into_body(), 1 << 20).await.unwrap();
                    state.received.lock().unwrap().push((headers, String::from_utf8(body.to_vec()).unwrap()));
                    let answer = state.answers.lock().unwrap().pop().unwrap_or(200);
                    state.arrived.notify_one();
                    return (StatusCode::from_u16(answer).unwrap(), Vec::new());
                }
                if path == "/held.png" {
                    state.held.cancelled().await;
                }
                match path.as_str() {
                    "/image.png" | "/held.png" => (StatusCode::OK, png()),
                    "/video.mp4" => (StatusCode::OK, tiny_video()),
                    "/page.html" => (StatusCode::OK, b"<!doctype html><title>not a picture</title>".to_vec()),
                    _ => (StatusCode::NOT_FOUND, Vec::new()),
                }
            })
            .with_state(state.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { base, state }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    pub(crate) fn image(&self) -> String {
        self.url("/image.png")
    }

    pub(crate) fn video(&self) -> String {
        self.url("/video.mp4")
    }

    /// Sends what was asked for at `/held.png`, from now on.
    pub(crate) fn let_go(&self) {
        self.state.held.cancel();
    }

    /// How often a path was asked for.
    pub(crate) fn asked(&self, path: &str) -> usize {
        self.state.asked.lock().unwrap().get(path).copied().unwrap_or(0)
    }

    /// Answers the next things posted so, in this order.
    pub(crate) fn will_answer(&self, answers: &[u16]) {
        self.state.answers.lock().unwrap().extend(answers.iter().rev());
    }

    /// What was posted, once there are so many.
    pub(crate) async fn received(&self, count: usize) -> Vec<(HeaderMap, String)> {
        loop {
            let arrived = self.state.arrived.notified();
            {
                let received = self.state.received.lock().unwrap();
                if received.len() >= count {
                    return received.clone();
                }
            }
            tokio::time::timeout(PATIENCE, arrived).await.expect("a message in time");
        }
    }
}

/// The first bytes of a PNG are all that the scripted engine's inputs need.
pub(crate) fn png() -> Vec<u8> {
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x40\0\0\0\x40\x08\x02\0\0\0".to_vec()
}

pub(crate) fn tiny_video() -> Vec<u8> {
    include_bytes!("../data/tiny.mp4").to_vec()
}
