//! A server that is killed: it is a process of its own here, and the next one takes up where it was.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use reqwest::{Client, Method};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use server::{KeyTerms, Store};

use crate::desk::{Answer, Events, Origin, client, names, terms};
use crate::faults::child_of;

/// A server in a process of its own, killed with it.
struct Process {
    child: Child,
    base: String,
}

impl Process {
    fn start(settings: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_scripted-child"))
            .arg("serve")
            .arg(settings)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self { child, base: format!("http://{}", line.trim()) }
    }

    /// As the kernel does when there is no more memory: nothing is said, nothing is finished.
    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Most were killed by their tests.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

struct Scene {
    _folder: tempfile::TempDir,
    data: PathBuf,
    settings: PathBuf,
    origin: Origin,
    client: Client,
    key: String,
    key_id: String,
}

impl Scene {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let settings = folder.path().join("settings.toml");
        let text = format!(
            "listen = \"127.0.0.1:0\"\ndata = {:?}\nfetch_allow = [\"127.0.0.1\"]\nbackoff_secs = 0\n",
            data.display().to_string()
        );
        std::fs::write(&settings, text).unwrap();
        std::fs::create_dir(&data).unwrap();
        let store = Store::open(&data.join("pantomime.db")).await.unwrap();
        let priced = KeyTerms { budget: Some(100_000_000), price: 1_000_000, ..terms("pays") };
        let (key, secret) = store.create_key(priced).await.unwrap();
        store.close().await;
        Self {
            _folder: folder,
            data,
            settings,
            origin: Origin::new().await,
            client: client(),
            key: secret.reveal().to_owned(),
            key_id: key.id,
        }
    }

    async fn call(&self, process: &Process, method: Method, path: &str, body: Option<Value>) -> Value {
        let mut request =
            self.client.request(method, format!("{}{path}", process.base)).bearer_auth(&self.key);
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        Answer::of(request).await.json()
    }

    async fn submit(&self, process: &Process, prompt: &str) -> String {
        let body = json!({
            "image_url": self.origin.image(), "video_url": self.origin.video(), "prompt": prompt,
        });
        let job = self.call(process, Method::POST, "/api/v1/jobs", Some(body)).await;
        job["id"].as_str().unwrap().to_owned()
    }

    async fn job_when(&self, process: &Process, id: &str, until: impl Fn(&Value) -> bool) -> Value {
        let request =
            self.client.get(format!("{}/api/v1/jobs/{id}/events", process.base)).bearer_auth(&self.key);
        let mut events = Events::of(request.send().await.unwrap());
        loop {
            let job = events.next().await.expect("an event");
            if until(&job) {
                return job;
            }
        }
    }

    fn kept(&self, id: &str) -> PathBuf {
        self.data.join("work").join(id).join("kept")
    }

    /// What the ledger says of a job, read off the database.
    async fn entries(&self, id: &str) -> Vec<String> {
        let store = Store::open(&self.data.join("pantomime.db")).await.unwrap();
        let ledger = store.ledger(&self.key_id).await.unwrap();
        store.close().await;
        ledger.into_iter().filter(|entry| entry.job_id == id).map(|entry| entry.entry).collect()
    }
}

#[tokio::test]
async fn a_job_outlives_its_server_at_every_stage() {
    let scene = Scene::new().await;
    for stage in ["probe", "track", "rig", "plate", "render", "encode"] {
        let first = Process::start(&scene.settings);
        let id = scene.submit(&first, &format!("hold-at:{stage}:go")).await;
        let waiting = scene.submit(&first, "ok").await;
        let before = scene.job_when(&first, &id, |job| job["stage"] == stage).await;
        first.kill();
        std::fs::write(scene.kept(&id).join("go"), "").unwrap();

        let second = Process::start(&scene.settings);
        let job = scene.job_when(&second, &id, crate::desk::is_ended).await;
        assert_eq!((&job["state"], &job["attempt"]), (&json!("completed"), &json!(2)), "{stage}: {job}");
        assert!(before["progress_percent"].as_u64() < Some(100));
        let other = scene.job_when(&second, &waiting, crate::desk::is_ended).await;
        assert_eq!(other["state"], "completed");
        let video = Answer::of(scene.client.get(job["output"]["url"].as_str().unwrap())).await;
        assert_eq!((video.status, video.bytes), (200, crate::desk::tiny_video()));
        second.kill();
        assert_eq!(scene.entries(&id).await, ["hold", "charge"]);
        assert_eq!(scene.entries(&waiting).await, ["hold", "charge"]);
    }
    // Nothing half-made is served, and nothing is left of what was broken off.
    assert_eq!(names(&scene.data.join("outputs")).len(), 12);
}

#[tokio::test]
async fn a_job_outlives_its_server_while_its_inputs_are_fetched() {
    let scene = Scene::new().await;
    let first = Process::start(&scene.settings);
    let body = json!({ "image_url": scene.origin.url("/held.png"), "video_url": scene.origin.video() });
    let job = scene.call(&first, Method::POST, "/api/v1/jobs", Some(body)).await;
    let id = job["id"].as_str().unwrap().to_owned();
    scene.job_when(&first, &id, |job| job["stage"] == "fetch").await;
    first.kill();
    scene.origin.let_go();
    let second = Process::start(&scene.settings);
    let job = scene.job_when(&second, &id, crate::desk::is_ended).await;
    assert_eq!((&job["state"], &job["attempt"]), (&json!("completed"), &json!(2)), "{job}");
    second.kill();
    assert_eq!(scene.entries(&id).await, ["hold", "charge"]);
}

#[tokio::test]
async fn a_submission_that_was_answered_is_never_lost() {
    let scene = Scene::new().await;
    let first = Process::start(&scene.settings);
    let mut ids = Vec::new();
    for _ in 0..20 {
        ids.push(scene.submit(&first, "slow:3").await);
    }
    first.kill();
    // Killed again while it works at them.
    let second = Process::start(&scene.settings);
    scene.job_when(&second, &ids[0], crate::desk::is_ended).await;
    second.kill();
    let third = Process::start(&scene.settings);
    for id in &ids {
        let job = scene.job_when(&third, id, crate::desk::is_ended).await;
        assert_eq!(job["state"], "completed", "{job}");
    }
    third.kill();
    for id in &ids {
        assert_eq!(scene.entries(id).await, ["hold", "charge"]);
    }
}

#[tokio::test]
async fn children_do_not_outlive_their_server() {
    let scene = Scene::new().await;
    let server = Process::start(&scene.settings);
    let id = scene.submit(&server, "hang").await;
    scene.job_when(&server, &id, |job| job["stage"] == "track").await;
    let child = child_of(&id).expect("a child");
    server.kill();
    // It sees the end of its pipe and goes, though its engine hangs.
    while rustix::process::test_kill_process(child).is_ok() && child_of(&id).is_some() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_stopped_server_that_wakes_up_writes_over_nothing() {
    let scene = Scene::new().await;
    let server = Process::start(&scene.settings);
    let id = scene.submit(&server, "hold:go").await;
    scene.job_when(&server, &id, |job| job["stage"] == "track").await;
    // As a machine that sleeps; another server is refused meanwhile, for the first is not dead.
    let pid = Pid::from_raw(i32::try_from(server.child.id()).unwrap()).unwrap();
    kill_process(pid, Signal::STOP).unwrap();
    let second = Command::new(env!("CARGO_BIN_EXE_scripted-child"))
        .arg("serve")
        .arg(&scene.settings)
        .output()
        .unwrap();
    assert!(!second.status.success());
    assert!(String::from_utf8_lossy(&second.stderr).contains("another pantomime serve works in"));
    std::fs::write(scene.kept(&id).join("go"), "").unwrap();
    kill_process(pid, Signal::CONT).unwrap();
    let job = scene.job_when(&server, &id, crate::desk::is_ended).await;
    assert_eq!(job["state"], "completed");
    server.kill();
    assert_eq!(scene.entries(&id).await, ["hold", "charge"]);
}
