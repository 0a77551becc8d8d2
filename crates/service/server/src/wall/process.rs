//! The parent's side.

use std::ffi::OsString;
use std::io;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use contract::{Progress, Rejection, TransferReport, Warning};
use futures_util::StreamExt as _;
use media::FileKind;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, ChildStdout, Command};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::codec::FramedRead;
use tokio_util::sync::CancellationToken;

use super::lines::Lines;
use super::protocol::{FRAME_BYTES, Measures, Order, Said, Word};

/// Bytes of what a child says on standard error that are kept for the log.
const STDERR_BYTES: usize = 16 * 1024;

/// Variables of the environment that a child keeps; what else the server was started with is none of its business.
const KEPT_VARIABLES: [&str; 7] =
    ["PATH", "HOME", "LANG", "TZ", "XDG_CACHE_HOME", "PANTOMIME_MODELS", "LD_LIBRARY_PATH"];

/// How long an answered child may take to end.
const LAST_BREATH: Duration = Duration::from_secs(2);

const SIGABRT: i32 = 6;
const SIGXCPU: i32 = 24;

/// The program that serves as a child: it calls [`serve_child`](super::serve_child).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChildCommand {
    program: PathBuf,
    arguments: Vec<OsString>,
}

impl ChildCommand {
    /// A program without arguments.
    pub fn new(program: impl Into<PathBuf>) -> Self {
        Self { program: program.into(), arguments: Vec::new() }
    }

    /// The same with one more argument.
    #[must_use]
    pub fn argument(mut self, argument: impl Into<OsString>) -> Self {
        self.arguments.push(argument.into());
        self
    }
}

/// How long a child may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// In all.
    pub wall: Duration,
    /// Without progress.
    pub stall: Duration,
    /// To stop by itself once it is told to.
    pub grace: Duration,
}

/// What a child tells on its way.
#[derive(Clone, Debug, PartialEq)]
pub enum ChildEvent {
    /// The wall stands.
    Ready {
        /// The parts that stand.
        in_force: Vec<String>,
        /// The parts that this machine lacks.
        lacking: Vec<String>,
    },
    /// It is so far.
    Progress {
        /// The stage that moved.
        progress: Progress,
        /// Share of the whole, 0 … 1.
        fraction: f64,
        /// Seconds that are left, once that can be told.
        remaining_secs: Option<f64>,
    },
    /// Something that does not stop it.
    Warning(Warning),
    /// A frame was drawn, one of some.
    Frame {
        /// Its number, counted from 0.
        index: u64,
        /// A small picture of it.
        jpeg: Vec<u8>,
    },
}

/// How a child answered.
#[derive(Clone, Debug, PartialEq)]
pub enum ChildOutcome {
    /// The video stands in the scratch folder.
    Done {
        /// How the run went.
        report: Box<TransferReport>,
        /// The written file's own measures.
        measures: Measures,
    },
    /// What a look found, or what there is to say of what was made.
    Told(Value),
    /// The input cannot be used.
    Rejected(Rejection),
    /// It was told to stop.
    Cancelled,
    /// Something is missing on this machine.
    Unavailable {
        /// What.
        what: String,
        /// What brings it.
        remedy: String,
    },
    /// A fault of the engine.
    Internal(String),
}

/// Which time was up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeLimit {
    /// The whole run's.
    Wall,
    /// The processor's.
    Processor,
    /// Between two signs of progress.
    Stall,
}

/// Why a child gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum ChildFault {
    /// It could not be started, or its order not be given.
    #[error("the child cannot be started: {0}")]
    Start(#[source] io::Error),
    /// It ended by itself.
    #[error("the child ended with {status}: {last_words}")]
    Died {
        /// How.
        status: ExitStatus,
        /// The end of what it said on standard error.
        last_words: String,
    },
    /// It wanted more memory than it may have.
    #[error("the child needed more memory than it may have")]
    OutOfMemory,
    /// It was stopped because its time was up.
    #[error("the child's time was up ({0:?})")]
    TimedOut(TimeLimit),
}

/// Runs one order in a child and hears what it tells; returns when the child is gone. Once `cancel` is set the child gets its
/// grace and then an end.
///
/// # Errors
/// [`ChildFault`]: another attempt may go better.
pub async fn run_child(
    command: &ChildCommand,
    order: Order,
    patience: Patience,
    hear: impl Fn(ChildEvent),
    cancel: CancellationToken,
) -> Result<ChildOutcome, ChildFault> {
    let mut child = start(command, &order.scratch).map_err(ChildFault::Start)?;
    let (Some(mut stdin), Some(stdout), Some(stderr)) =
        (child.stdin.take(), child.stdout.take(), child.stderr.take())
    else {
        return Err(ChildFault::Start(io::Error::other("a pipe is missing")));
    };
    let last_words = tokio::spawn(tail(stderr));
    let line = serde_json::to_string(&order).map_err(|error| ChildFault::Start(error.into()))? + "\n";
    if let Err(error) = stdin.write_all(line.as_bytes()).await {
        // It may have died before it read: then how it died says more.
        tracing::debug!(%error, "the order was not taken");
    }
    let told = listen(stdout, patience, &hear, &cancel, async {
        let word = serde_json::to_string(&Word::Cancel).unwrap_or_default() + "\n";
        // One that has ended needs no word.
        let _ = stdin.write_all(word.as_bytes()).await;
        stdin
    });
    let told = told.await;
    let patient = matches!(told, Told::Answer(_) | Told::Silence);
    let status = finish(&mut child, if patient { LAST_BREATH } else { Duration::ZERO }).await;
    match told {
        // Its own limit reached it as an error, which it blamed on itself or on the input.
        Told::Answer(ChildOutcome::Internal(message)) if starved(&message) => Err(ChildFault::OutOfMemory),
        Told::Answer(ChildOutcome::Rejected(rejection)) if starved(&rejection.message) => {
            Err(ChildFault::OutOfMemory)
        }
        Told::Answer(answer) => {
            if let ChildOutcome::Internal(message) = &answer {
                let last_words = heard_last(last_words).await;
                tracing::warn!(%message, %last_words, "a child met a fault of its own");
            }
            Ok(answer)
        }
        Told::Cancelled => Ok(ChildOutcome::Cancelled),
        Told::TimeUp(limit) => Err(ChildFault::TimedOut(limit)),
        Told::Silence => Err(fault(status.map_err(ChildFault::Start)?, heard_last(last_words).await)),
    }
}

fn start(command: &ChildCommand, scratch: &Path) -> io::Result<Child> {
    let kept = KEPT_VARIABLES.iter().filter_map(|name| Some((name, std::env::var_os(name)?)));
    Command::new(&command.program)
        .args(&command.arguments)
        .env_clear()
        .envs(kept)
        .env("TMPDIR", scratch)
        .current_dir(scratch)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        // So that a Ctrl-C at the server's terminal is the server's to pass on.
        .process_group(0)
        .spawn()
}

/// What came of listening to a child.
enum Told {
    Answer(ChildOutcome),
    Cancelled,
    TimeUp(TimeLimit),
    /// Its end, without an answer.
    Silence,
}

async fn listen(
    stdout: ChildStdout,
    patience: Patience,
    hear: &impl Fn(ChildEvent),
    cancel: &CancellationToken,
    say_cancel: impl Future<Output = tokio::process::ChildStdin>,
) -> Told {
    let mut lines = FramedRead::new(stdout, Lines::default());
    let wall = Instant::now() + patience.wall;
    let mut stall = Instant::now() + patience.stall;
    tokio::pin!(say_cancel);
    loop {
        let line = tokio::select! {
            () = cancel.cancelled() => break,
            () = sleep_until(wall) => return Told::TimeUp(TimeLimit::Wall),
            () = sleep_until(stall) => return Told::TimeUp(TimeLimit::Stall),
            line = lines.next() => line,
        };
        match line {
            Some(Ok(line)) => match serde_json::from_str(&line) {
                Ok(said) => match heard(said) {
                    Heard::Event(event) => {
                        if matches!(event, ChildEvent::Progress { .. }) {
                            stall = Instant::now() + patience.stall;
                        }
                        hear(event);
                    }
                    Heard::Answer(answer) => return Told::Answer(answer),
                    Heard::Nothing => tracing::debug!("a frame that is no small JPEG"),
                },
                // Some library printed it.
                Err(_) => tracing::debug!(line = line.chars().take(200).collect::<String>(), "not a message"),
            },
            Some(Err(error)) => tracing::debug!(%error, "an unreadable line"),
            None => return Told::Silence,
        }
    }
    // The pipe is held open: its end would say that the parent has ended.
    let _stdin = say_cancel.await;
    let until = Instant::now() + patience.grace;
    while let Ok(Some(line)) = tokio::time::timeout_at(until, lines.next()).await {
        if line.is_ok_and(|line| matches!(serde_json::from_str(&line).map(heard), Ok(Heard::Answer(_)))) {
            break;
        }
    }
    Told::Cancelled
}

enum Heard {
    Nothing,
    Event(ChildEvent),
    Answer(ChildOutcome),
}

fn heard(said: Said) -> Heard {
    match said {
        Said::Ready { in_force, lacking } => Heard::Event(ChildEvent::Ready { in_force, lacking }),
        Said::Progress { progress, fraction, remaining_secs } => {
            Heard::Event(ChildEvent::Progress { progress, fraction, remaining_secs })
        }
        Said::Warning(warning) => Heard::Event(ChildEvent::Warning(warning)),
        Said::Frame { index, jpeg } => match BASE64_STANDARD.decode(jpeg) {
            Ok(jpeg) if jpeg.len() <= FRAME_BYTES && FileKind::of(&jpeg) == FileKind::Jpeg => {
                Heard::Event(ChildEvent::Frame { index, jpeg })
            }
            _ => Heard::Nothing,
        },
        Said::Done { report, measures } => Heard::Answer(ChildOutcome::Done { report, measures }),
        Said::Told(told) => Heard::Answer(ChildOutcome::Told(told)),
        Said::Rejected(rejection) => Heard::Answer(ChildOutcome::Rejected(rejection)),
        Said::Unavailable { what, remedy } => Heard::Answer(ChildOutcome::Unavailable { what, remedy }),
        Said::Cancelled => Heard::Answer(ChildOutcome::Cancelled),
        Said::Internal(message) => Heard::Answer(ChildOutcome::Internal(message)),
    }
}

/// Waits for a child's end for so long, and then makes it.
async fn finish(child: &mut Child, patience: Duration) -> io::Result<ExitStatus> {
    match timeout(patience, child.wait()).await {
        Ok(status) => status,
        Err(_) => {
            child.start_kill()?;
            child.wait().await
        }
    }
}

/// Whether Rust's allocator or libav's said that there is no more.
fn starved(words: &str) -> bool {
    ["memory allocation of ", "Cannot allocate memory"].iter().any(|text| words.contains(text))
}

fn fault(status: ExitStatus, last_words: String) -> ChildFault {
    match status.signal() {
        Some(SIGXCPU) => ChildFault::TimedOut(TimeLimit::Processor),
        Some(SIGABRT) if starved(&last_words) => ChildFault::OutOfMemory,
        _ => ChildFault::Died { status, last_words },
    }
}

/// What an ended child said last; a grandchild that holds the pipe is not waited for.
async fn heard_last(last_words: JoinHandle<String>) -> String {
    timeout(LAST_BREATH, last_words).await.ok().and_then(Result::ok).unwrap_or_default()
}

/// Reads to the end and keeps the last of it.
async fn tail(mut stderr: tokio::process::ChildStderr) -> String {
    let mut kept = Vec::new();
    let mut chunk = [0; 4096];
    while let Ok(bytes @ 1..) = stderr.read(&mut chunk).await {
        kept.extend_from_slice(&chunk[..bytes]);
        if kept.len() > 2 * STDERR_BYTES {
            kept.drain(..kept.len() - STDERR_BYTES);
        }
    }
    let start = kept.len().saturating_sub(STDERR_BYTES);
    String::from_utf8_lossy(&kept[start..]).into_owned()
}
