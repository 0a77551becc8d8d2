//! A room for one child: its folders, its order, and what it told.

use std::io::{BufRead as _, BufReader, Write as _};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::process::{ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::Mutex;
use std::time::Duration;

use contract::{Stage, TransferRequest};
use rustix::process::Pid;
use server::wall::{
    ChildCommand, ChildEvent, ChildFault, ChildOutcome, Order, Patience, Task, WallLimits, run_child,
};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

const PROGRAM: &str = env!("CARGO_BIN_EXE_scripted-child");

/// Long enough for a busy machine; nothing waits for it to pass.
const LONG: Duration = Duration::from_secs(60);

pub(crate) const PATIENT: Patience = Patience { wall: LONG, stall: LONG, grace: LONG };

/// A limit that a test waits for.
pub(crate) const SHORT: Duration = Duration::from_millis(300);

pub(crate) type Ended = Result<ChildOutcome, ChildFault>;

pub(crate) struct Room(TempDir);

impl Room {
    pub(crate) fn new() -> Self {
        let room = Self(tempfile::tempdir().expect("a folder"));
        for folder in ["work", "scratch"] {
            std::fs::create_dir(room.path(folder)).expect("a folder");
        }
        for file in ["c.png", "d.mp4"] {
            std::fs::write(room.path(file), "bytes").expect("a file");
        }
        room
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// An order for the engine that plays `prompt`.
    pub(crate) fn order(&self, prompt: &str) -> Order {
        let output = self.path("scratch").join("output.mp4");
        let request = TransferRequest {
            prompt: Some(prompt.to_owned()),
            ..TransferRequest::new(self.path("c.png"), self.path("d.mp4"), output)
        };
        Order {
            task: Task::Run,
            engine: "scripted".to_owned(),
            request,
            threads: NonZeroUsize::MIN,
            work_dir: self.path("work"),
            scratch: self.path("scratch"),
            limits: WallLimits { memory_bytes: 400_000_000, cpu_secs: 60, ..WallLimits::default() },
        }
    }

    /// How `prompt` ended, with patience, and what was heard.
    pub(crate) async fn played(&self, prompt: &str) -> (Ended, Vec<ChildEvent>) {
        self.run(self.order(prompt), PATIENT, &CancellationToken::new(), |_| {}).await
    }

    /// How an order ended, and what was heard; `on` hears it at once.
    pub(crate) async fn run(
        &self,
        order: Order,
        patience: Patience,
        cancel: &CancellationToken,
        on: impl Fn(&ChildEvent),
    ) -> (Ended, Vec<ChildEvent>) {
        let heard = Mutex::new(Vec::new());
        let hear = |event: ChildEvent| {
            on(&event);
            heard.lock().expect("no holder panics").push(event);
        };
        let ended = run_child(&ChildCommand::new(PROGRAM), order, patience, hear, cancel.clone()).await;
        (ended, heard.into_inner().expect("no holder panics"))
    }

    /// The message with which a prompt that tries something was rejected.
    pub(crate) async fn tried(&self, prompt: &str) -> String {
        match self.played(prompt).await.0 {
            Ok(ChildOutcome::Rejected(rejection)) => rejection.message,
            other => panic!("{prompt}: {other:?}"),
        }
    }

    /// The child that works here, told by its folder; a dead one has none.
    pub(crate) fn child(&self) -> Option<Pid> {
        let scratch = self.path("scratch");
        let processes = std::fs::read_dir("/proc").expect("a folder").flatten();
        processes
            .filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok())
            .find(|pid| std::fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(|cwd| cwd == scratch))
            .and_then(Pid::from_raw)
    }

    /// A child whose parent is this test and nothing else, with `line` as its order.
    pub(crate) fn bare(&self, line: &str) -> Bare {
        let mut child = Command::new(PROGRAM)
            .current_dir(self.path("scratch"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("a child");
        let mut stdin = child.stdin.take().expect("piped");
        writeln!(stdin, "{line}").expect("it reads");
        let lines = BufReader::new(child.stdout.take().expect("piped"));
        Bare { child, stdin: Some(stdin), lines }
    }
}

pub(crate) struct Bare {
    child: std::process::Child,
    stdin: Option<ChildStdin>,
    lines: BufReader<ChildStdout>,
}

impl Bare {
    /// Reads on until a line holds `text`.
    pub(crate) fn says(&mut self, text: &str) {
        let mut line = String::new();
        while !line.contains(text) {
            line.clear();
            assert!(self.lines.read_line(&mut line).expect("text") > 0, "it never said {text}");
        }
    }

    /// The parent is gone.
    pub(crate) fn orphaned(&mut self) {
        self.stdin = None;
    }

    pub(crate) fn ended(&mut self) -> ExitStatus {
        self.child.wait().expect("an end")
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        // Most have ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Whether this is word of `stage`.
pub(crate) fn speaks_of(event: &ChildEvent, stage: Stage) -> bool {
    matches!(event, ChildEvent::Progress { progress, .. } if progress.stage == stage)
}
