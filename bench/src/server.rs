//! The server under load: `wrk` for the most that it takes, `h2load` for latencies at half of what is asked.

use std::fs;
use std::io::Write as _;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

/// What is asked of the server, in requests a second.
const SUBMITS: u32 = 500;
const STATUSES: u32 = 5000;

/// Clients at a time.
const CLIENTS: u32 = 20;

/// Seconds of one measurement.
const SECS: u32 = 10;

/// Finished jobs that must not make the status slower.
const FINISHED: u32 = 100_000;

const SUBMIT_PATH: &str =
    "/kling-video-v2-6-standard-motion-control/v1/kling-video-v2-6-standard-motion-control-request";

/// A server in a process of its own, ended with this value.
struct Running {
    child: Child,
    base: String,
    started_in: Duration,
}

impl Running {
    fn start(program: &Path, data: &Path, port: u16) -> Result<Self> {
        let address = format!("127.0.0.1:{port}");
        let began = Instant::now();
        let child = Command::new(program)
            .args(["serve", "--listen", &address, "--data"])
            .arg(data)
            .env("PANTOMIME_QUEUE_LIMIT", "10000000")
            .env("RUST_LOG", "warn")
            .stderr(Stdio::inherit())
            .spawn()
            .context(
                "the server does not start; build it with `cargo build --release --package pantomime`",
            )?;
        let mut running = Self { child, base: format!("http://{address}"), started_in: Duration::ZERO };
        while TcpStream::connect(&address).is_err() {
            ensure!(running.child.try_wait()?.is_none(), "the server ended");
            ensure!(began.elapsed() < Duration::from_secs(30), "the server does not listen");
            std::thread::yield_now();
        }
        ensure!(running.get("/health/live")?["status"] == "ok");
        running.started_in = began.elapsed();
        Ok(running)
    }

    fn memory_mb(&self) -> Result<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
        let kilobytes: f64 = line.trim().trim_end_matches(" kB").parse()?;
        Ok(kilobytes * 1024.0 / 1e6)
    }

    fn get(&self, path: &str) -> Result<Value> {
        let output = Command::new("curl").args(["-sS", &format!("{}{path}", self.base)]).output()?;
        Ok(serde_json::from_slice(&output.stdout)?)
    }

    /// Submits the real pair; answers the job's id.
    fn submit(&self, image: &Path, video: &Path) -> Result<String> {
        let (image, video) = (format!("image=@{}", image.display()), format!("video=@{}", video.display()));
        let url = format!("{}/api/v1/jobs", self.base);
        let output = Command::new("curl").args(["-sS", "-F", &image, "-F", &video, &url]).output()?;
        let job: Value = serde_json::from_slice(&output.stdout)?;
        Ok(job["id"].as_str().with_context(|| format!("no job: {job}"))?.to_owned())
    }

    fn wait_for(&self, id: &str, states: &[&str]) -> Result<()> {
        loop {
            let job = self.get(&format!("/api/v1/jobs/{id}"))?;
            if states.contains(&job["state"].as_str().unwrap_or_default()) {
                return Ok(());
            }
            ensure!(job["state"] != "failed", "the job failed: {job}");
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Ended at once: the next one takes up what is left.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Prints the server's figures, with the pair being rendered all the while.
pub(crate) fn server(image: &Path, video: &Path) -> Result<()> {
    let program = std::env::current_exe()?.with_file_name("pantomime");
    let folder = tempfile::tempdir()?;
    let data = folder.path().join("data");
    let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let scripts = Scripts::write(folder.path())?;

    let running = Running::start(&program, &data, port)?;
    println!(
        "start                       {:>9.0} ms   (asked: at most 200)",
        running.started_in.as_secs_f64() * 1e3
    );
    println!("idle memory                 {:>9.1} MB   (asked: at most 60)", running.memory_mb()?);

    let finished = running.submit(image, video)?;
    running.wait_for(&finished, &["completed"])?;
    let path = format!("/v2/requests/status/{finished}");
    let alone = wrk(&running.base, &path, &scripts.status)?;
    println!("status, nothing renders     {alone:>9.0} /s");

    let jobs: Vec<_> = (0..30).map(|_| running.submit(image, video)).collect::<Result<_>>()?;
    running.wait_for(&jobs[0], &["running"])?;
    let status = wrk(&running.base, &path, &scripts.status)?;
    println!("status, one job renders     {status:>9.0} /s   (asked: at least {STATUSES})");
    let p99 = h2load(&running.base, &path, None, STATUSES / 2, folder.path())?;
    println!("status at {:>4} /s, p99      {p99:>9.1} ms   (asked: at most 50)", STATUSES / 2);
    let submit = wrk(&running.base, SUBMIT_PATH, &scripts.submit)?;
    println!("submit, one job renders     {submit:>9.0} /s   (asked: at least {SUBMITS})");
    let p99 = h2load(&running.base, SUBMIT_PATH, Some(&scripts.body), SUBMITS / 2, folder.path())?;
    println!("submit at {:>4} /s, p99      {p99:>9.1} ms   (asked: at most 50)", SUBMITS / 2);
    println!("memory after all that       {:>9.1} MB", running.memory_mb()?);
    drop(running);

    fill(&data.join("pantomime.db"), &finished)?;
    let running = Running::start(&program, &data, port)?;
    let full = wrk(&running.base, &path, &scripts.status)?;
    println!(
        "status with {FINISHED} more jobs {full:>9.0} /s   {:.2} times slower (asked: at most 1.2)",
        alone / full
    );
    println!("start with them             {:>9.0} ms", running.started_in.as_secs_f64() * 1e3);
    Ok(())
}

/// What the load tools are told.
struct Scripts {
    status: PathBuf,
    submit: PathBuf,
    body: PathBuf,
}

impl Scripts {
    fn write(folder: &Path) -> Result<Self> {
        let write = |name: &str, text: &str| -> Result<PathBuf> {
            let path = folder.join(name);
            fs::File::create(&path)?.write_all(text.as_bytes())?;
            Ok(path)
        };
        // Nobody is asked for these: the jobs wait behind those that render.
        let body = r#"{"image_url":"https://example.org/a.png","video_url":"https://example.org/b.mp4"}"#;
        let header = "wrk.headers[\"Ocp-Apim-Subscription-Key\"] = \"any\"\n";
        let post = "wrk.method = \"POST\"\nwrk.headers[\"Content-Type\"] = \"application/json\"\n";
        Ok(Self {
            status: write("status.lua", header)?,
            submit: write("submit.lua", &format!("{header}{post}wrk.body = '{body}'\n"))?,
            body: write("body.json", body)?,
        })
    }
}

/// The most requests a second that get a good answer.
fn wrk(base: &str, path: &str, script: &Path) -> Result<f64> {
    let output = Command::new("wrk")
        .args(["-t1", &format!("-c{CLIENTS}"), &format!("-d{SECS}s"), "-s"])
        .arg(script)
        .arg(format!("{base}{path}"))
        .output()
        .context("wrk is missing: sudo apt-get install wrk")?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    ensure!(!text.contains("Non-2xx"), "not every answer was good:\n{text}");
    let rate = text.lines().find_map(|line| line.strip_prefix("Requests/sec:"));
    Ok(rate.with_context(|| format!("wrk said:\n{text}"))?.trim().parse()?)
}

/// The 99th percentile of the answers' times, in milliseconds, at a steady rate.
fn h2load(base: &str, path: &str, body: Option<&Path>, rate: u32, folder: &Path) -> Result<f64> {
    let log = folder.join("h2load.log");
    let _ = fs::remove_file(&log);
    let mut command = Command::new("h2load");
    command.args(["--h1", "-t1", "-c", &CLIENTS.to_string(), "-D", &SECS.to_string()]);
    command.args(["--rps", &(rate / CLIENTS).to_string(), "-H", "Ocp-Apim-Subscription-Key: any"]);
    command.arg("--log-file").arg(&log);
    if let Some(body) = body {
        command.args(["-H", "content-type: application/json", "-d"]).arg(body);
    }
    let output = command.arg(format!("{base}{path}")).output();
    let output = output.context("h2load is missing: sudo apt-get install nghttp2-client")?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut micros = Vec::new();
    for line in fs::read_to_string(&log)?.lines() {
        let mut fields = line.split_whitespace().skip(1);
        let status: u32 = fields.next().context("a status")?.parse()?;
        ensure!(status == 200, "an answer was {status}");
        micros.push(fields.next().context("a time")?.parse::<u64>()?);
    }
    ensure!(micros.len() as u32 > rate * SECS / 2, "only {} requests were made", micros.len());
    micros.sort_unstable();
    Ok(micros[micros.len() * 99 / 100] as f64 / 1000.0)
}

/// Puts finished jobs into the table of a server that is stopped, and ends those that wait.
fn fill(database: &Path, model: &str) -> Result<()> {
    let script = "import sqlite3, sys\n\
        db = sqlite3.connect(sys.argv[1])\n\
        db.execute(\"UPDATE jobs SET state = 'canceled', ended_ms = created_ms, failure_code = 'canceled', failure_message = 'x' WHERE state IN ('queued', 'running')\")\n\
        names = [c[1] for c in db.execute('PRAGMA table_info(jobs)') if c[1] not in ('seq', 'id')]\n\
        rest = ', '.join(names)\n\
        db.execute(f\"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) INSERT INTO jobs (id, {rest}) SELECT 'filler-' || i, {rest} FROM n, jobs WHERE id = ?\", (int(sys.argv[3]), sys.argv[2]))\n\
        db.commit()\n";
    let done = Command::new("python3")
        .args(["-c", script])
        .arg(database)
        .args([model, &FINISHED.to_string()])
        .status()
        .context("python3 is missing")?;
    ensure!(done.success(), "the table cannot be filled");
    Ok(())
}
