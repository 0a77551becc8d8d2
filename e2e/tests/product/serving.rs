//! A running `pantomime serve`, and the clients that call it.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::desk::{Desk, PROGRAM, bundled, ffmpeg, outcome, real, run};

/// `pantomime serve` over a desk's folder, ended with this value.
pub(crate) struct Serving {
    child: Child,
    pub(crate) base: String,
}

impl Serving {
    pub(crate) fn start(desk: &Desk) -> Self {
        let mut child = Command::new(PROGRAM)
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(data(desk))
            .env("RUST_LOG", "info")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut lines = BufReader::new(child.stderr.take().expect("piped")).lines().map_while(Result::ok);
        let mut said = Vec::new();
        let base = lines.by_ref().find_map(|line| {
            let found = line.split_once("listening on ").map(|(_, address)| address.trim().to_owned());
            said.push(line);
            found
        });
        let base = base.unwrap_or_else(|| panic!("it does not listen: {said:#?}"));
        // Read on, so that it never waits for a reader; a failing test shows it.
        std::thread::spawn(move || lines.for_each(|line| eprintln!("serve: {line}")));
        Self { child, base }
    }

    /// As the kernel does when there is no more memory.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("a signal");
        self.child.wait().expect("an end");
    }

    /// As a service manager does; answers the exit code.
    pub(crate) fn terminate(mut self) -> Option<i32> {
        run(Command::new("kill").args(["-TERM", &self.child.id().to_string()]));
        self.child.wait().expect("an end").code()
    }

    /// A call by curl with these arguments; answers the body as JSON.
    pub(crate) fn curl(&self, key: &str, arguments: &[&str], path: &str) -> Value {
        let url = if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", self.base) };
        let mut command = Command::new("curl");
        command
            .args(["--silent", "--show-error", "--max-time", "300", "-H"])
            .arg(format!("x-api-key: {key}"));
        let answer = run(command.args(arguments).arg(url));
        assert_eq!(answer.exit_code, Some(0), "{answer:?}");
        serde_json::from_str(&answer.stdout).unwrap_or_else(|error| panic!("{error}: {}", answer.stdout))
    }

    /// Uploads a file; answers its address.
    pub(crate) fn upload(&self, key: &str, file: &Path) -> String {
        let form = format!("file=@{}", file.display());
        let asset = self.curl(key, &["-F", &form], "/api/v1/assets");
        asset["url"].as_str().unwrap_or_else(|| panic!("{asset}")).to_owned()
    }

    /// The job once `until` holds, asked by its events.
    pub(crate) fn job_when(&self, key: &str, id: &str, until: impl Fn(&Value) -> bool) -> Value {
        let mut events = Command::new("curl")
            .args(["--silent", "--no-buffer", "--max-time", "300", "-H"])
            .arg(format!("x-api-key: {key}"))
            .arg(format!("{}/api/v1/jobs/{id}/events", self.base))
            .stdout(Stdio::piped())
            .spawn()
            .expect("curl starts");
        let lines = BufReader::new(events.stdout.take().expect("piped")).lines().map_while(Result::ok);
        let jobs = lines.filter_map(|line| serde_json::from_str(line.strip_prefix("data: ")?).ok());
        let found = jobs.into_iter().find(|job: &Value| until(job));
        events.kill().expect("a signal");
        events.wait().expect("an end");
        found.unwrap_or_else(|| panic!("the events of {id} ended"))
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // Most were ended by their tests.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn data(desk: &Desk) -> PathBuf {
    desk.output("data")
}

/// Makes a key by the command line; answers its secret.
pub(crate) fn make_key(desk: &Desk, terms: &[&str]) -> String {
    let made = keys(desk, &[&["create", "--name", "a test"], terms].concat());
    let secret = made.lines().find_map(|line| line.strip_prefix("secret: "));
    secret.unwrap_or_else(|| panic!("{made}")).to_owned()
}

/// `pantomime keys …`; answers what it says.
pub(crate) fn keys(desk: &Desk, arguments: &[&str]) -> String {
    let said = run(Command::new(PROGRAM).args(["keys", "--data"]).arg(data(desk)).args(arguments));
    assert_eq!(said.exit_code, Some(0), "{said:?}");
    said.stdout
}

/// A real person's image and two seconds of a real person's dance; the bundled pair where they are not at hand.
pub(crate) fn real_pair(desk: &Desk, secs: &str) -> (PathBuf, PathBuf) {
    let (image, video) = match (real("images/c01_full_man_plain.png"), real("videos")) {
        (Some(image), Some(videos)) => {
            let video = std::fs::read_dir(videos).expect("a folder").flatten().map(|entry| entry.path());
            let video = video.into_iter().find(|path| path.to_string_lossy().contains("v01_"));
            (image, video.expect("v01 is among the videos"))
        }
        _ => (bundled("character.png"), bundled("dance.mp4")),
    };
    let clip = desk.input("real.mp4");
    let input = ["-i".as_ref(), video.as_os_str(), "-t".as_ref(), secs.as_ref()];
    ffmpeg(&input, &["-c:v", "libx264", "-preset", "ultrafast", "-crf", "18", "-c:a", "copy"], &clip);
    (image, clip)
}

/// Runs a client of `e2e/clients` in the environment that `.ci/setup clients` made, or not where it is not made; in CI it must be.
pub(crate) fn client(script: &str, arguments: &[&str]) -> bool {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let python = root.join("../target/clients/bin/python");
    if !python.exists() {
        assert!(std::env::var_os("CI").is_none(), "{} is not there: run .ci/setup clients", python.display());
        eprintln!("skipped: {} is not there (.ci/setup clients)", python.display());
        return false;
    }
    let mut command = Command::new(python);
    command.arg(root.join("clients").join(script)).args(arguments).stdin(Stdio::null());
    let ended = outcome(&command.output().expect("python starts"));
    assert_eq!((ended.exit_code, ended.stdout.trim()), (Some(0), "good"), "{}", ended.stderr);
    true
}
