//! The child's side.

use std::any::Any;
use std::io::{self, BufRead as _, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use contract::{CancelToken, Engine, EngineError, Forecast, Progress, Reporter, RunContext, Stage, Warning};
use frame::Image;

use super::protocol::{FRAME_BYTES, Measures, Order, Said, Task, Word};
use super::sandbox::{Part, raise};

/// Between reports of progress within a stage.
const REPORT_EVERY: Duration = Duration::from_millis(250);

/// Between frames that are shown: a small picture takes some milliseconds to make.
const SHOW_EVERY: Duration = Duration::from_millis(700);

/// The long side of a frame that is shown, in pixels.
const FRAME_LONG_SIDE_PX: f32 = 480.0;

/// Its quality, 1 … 100.
const FRAME_QUALITY: u8 = 72;

/// How long the engine may take to end by itself once nobody wants its result.
const GRACE: Duration = Duration::from_millis(500);

/// Does what the parent orders on standard input, and tells it on standard output how that goes.
///
/// The wall is raised before a stranger's byte is read; `readable` are the files and folders beyond the job's own that the engine
/// reads. The engine is made by `engine` behind the wall. When the parent ends, the child ends.
pub fn serve_child(
    readable: &[PathBuf],
    engine: impl FnOnce(&Order) -> Result<Arc<dyn Engine>, EngineError> + Send + 'static,
) -> ExitCode {
    let told = Teller::default();
    let mut line = String::new();
    let order: Order = match io::stdin().lock().read_line(&mut line).map(|_| serde_json::from_str(&line)) {
        Ok(Ok(order)) => order,
        Ok(Err(error)) => {
            told.say(&Said::Internal(format!("the order cannot be read: {error}")));
            return ExitCode::from(2);
        }
        Err(_) => return ExitCode::from(2),
    };
    match raise(&order, readable) {
        Ok(standing) => {
            let names = |stands: bool| {
                let parts = Part::ALL.iter().filter(|part| standing.contains(part) == stands);
                parts.map(ToString::to_string).collect()
            };
            told.say(&Said::Ready { in_force: names(true), lacking: names(false) });
        }
        Err(error) => {
            told.say(&Said::Internal(format!("the wall cannot be raised: {error}")));
            return ExitCode::from(1);
        }
    }
    let answer = supervised(order, &told, engine);
    told.say(&answer);
    ExitCode::SUCCESS
}

/// Runs the engine on a thread of its own, and leaves it behind if it does not stop when it is to.
fn supervised(
    order: Order,
    told: &Teller,
    engine: impl FnOnce(&Order) -> Result<Arc<dyn Engine>, EngineError> + Send + 'static,
) -> Said {
    let cancel = CancelToken::new();
    let (send, heard) = channel();
    let (working, reporter, ended) = (cancel.clone(), told.clone(), send.clone());
    thread::spawn(move || {
        let work = AssertUnwindSafe(|| work(&order, &working, reporter, engine));
        let answer = catch_unwind(work).unwrap_or_else(|panic| Said::Internal(panicked(&*panic)));
        // Nobody listens once the process is about to end.
        let _ = ended.send(Some(answer));
    });
    thread::spawn(move || {
        // A word to stop, or the end of the parent.
        let mut line = String::new();
        while io::stdin().lock().read_line(&mut line).is_ok_and(|bytes| bytes > 0) {
            if serde_json::from_str(&line).is_ok_and(|Word::Cancel| true) {
                break;
            }
            line.clear();
        }
        cancel.cancel();
        let _ = send.send(None);
    });
    match heard.recv() {
        Ok(Some(answer)) => answer,
        Ok(None) => match heard.recv_timeout(GRACE) {
            Ok(Some(answer)) => answer,
            Ok(None) | Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => Said::Cancelled,
        },
        Err(_) => Said::Internal("the work ended without an answer".to_owned()),
    }
}

fn work(
    order: &Order,
    cancel: &CancelToken,
    told: Teller,
    engine: impl FnOnce(&Order) -> Result<Arc<dyn Engine>, EngineError>,
) -> Said {
    let context = RunContext {
        reporter: &told,
        cancel,
        threads: order.threads,
        work_dir: Some(&order.work_dir),
        comparison: None,
        exports: &[],
    };
    let result = engine(order).and_then(|engine| match order.task {
        Task::Run => {
            let report = Box::new(engine.run(&order.request, &context)?);
            Ok(Said::Done { measures: measure(order)?, report })
        }
        Task::Check => {
            let report = engine.check(&order.request, &context)?;
            Ok(Said::Told(serde_json::to_value(report).map_err(EngineError::internal)?))
        }
        Task::Character => {
            engine.keep_character(&order.request, &context)?;
            Ok(Said::Told(serde_json::Value::Null))
        }
        Task::Motion => {
            let sketch = engine.keep_motion(&order.request, &context)?;
            Ok(Said::Told(serde_json::to_value(sketch).map_err(EngineError::internal)?))
        }
    });
    result.unwrap_or_else(|error| match error {
        EngineError::Rejected(rejection) => Said::Rejected(rejection),
        EngineError::Unavailable { what, remedy } => Said::Unavailable { what, remedy },
        EngineError::Cancelled(_) => Said::Cancelled,
        EngineError::Internal(cause) => Said::Internal(causes(&*cause)),
    })
}

/// The measures of the written file, by a look at the file.
fn measure(order: &Order) -> Result<Measures, EngineError> {
    // It is our own, so it is as long and as large as it is.
    let limits = media::Limits { max_duration_secs: None, video_bytes: u64::MAX, ..media::Limits::default() };
    let info = media::probe(&order.request.output, &limits).map_err(EngineError::internal)?;
    Ok(Measures {
        bytes: info.bytes,
        duration_secs: info.duration_secs,
        width: info.size.width,
        height: info.size.height,
        has_audio: info.has_audio,
    })
}

fn panicked(panic: &(dyn Any + Send)) -> String {
    let message =
        panic.downcast_ref::<&str>().copied().or(panic.downcast_ref::<String>().map(String::as_str));
    message
        .map_or_else(|| "the engine panicked".to_owned(), |message| format!("the engine panicked: {message}"))
}

fn causes(error: &(dyn std::error::Error + 'static)) -> String {
    let chain = std::iter::successors(Some(error), |error| error.source());
    chain.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// A picture to look at while its video is made; nobody misses one that cannot be made.
fn small_jpeg(image: &Image) -> Option<Vec<u8>> {
    let factor = FRAME_LONG_SIDE_PX / image.size().long_side() as f32;
    let small = media::resize(image, image.size().scaled(factor.min(1.0)));
    media::encode_jpeg(&small, FRAME_QUALITY).ok().filter(|jpeg| jpeg.len() <= FRAME_BYTES)
}

/// Tells the parent, a line at a time.
#[derive(Clone)]
struct Teller(Arc<Mutex<Pace>>);

/// When progress was told last.
struct Pace {
    forecast: Forecast,
    began: Instant,
    last: Option<(Stage, Instant)>,
    /// When a frame was shown last.
    shown: Option<Instant>,
}

impl Default for Teller {
    fn default() -> Self {
        let pace = Pace { forecast: Forecast::new(), began: Instant::now(), last: None, shown: None };
        Self(Arc::new(Mutex::new(pace)))
    }
}

impl Teller {
    /// A parent that does not listen has ended, and the end of its pipe ends this process.
    fn say(&self, said: &Said) {
        if let Ok(line) = serde_json::to_string(said) {
            let mut out = io::stdout().lock();
            let _ = writeln!(out, "{line}").and_then(|()| out.flush());
        }
    }
}

impl Reporter for Teller {
    fn progress(&self, progress: Progress) {
        let mut pace = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let elapsed = now.duration_since(pace.began);
        let outlook = pace.forecast.observe(progress, elapsed);
        let soon = pace.last.is_some_and(|(stage, told)| {
            stage == progress.stage
                && now.duration_since(told) < REPORT_EVERY
                && progress.done < progress.total
        });
        if soon {
            return;
        }
        pace.last = Some((progress.stage, now));
        self.say(&Said::Progress {
            progress,
            fraction: outlook.fraction,
            remaining_secs: outlook.remaining.map(|rest| rest.as_secs_f64()),
        });
    }

    fn frame(&self, index: u64, image: &Image) {
        let due = {
            let mut pace = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let due = pace.shown.is_none_or(|shown| shown.elapsed() >= SHOW_EVERY);
            if due {
                pace.shown = Some(Instant::now());
            }
            due
        };
        if due && let Some(jpeg) = small_jpeg(image) {
            self.say(&Said::Frame { index, jpeg: BASE64_STANDARD.encode(jpeg) });
        }
    }

    fn warn(&self, warning: &Warning) {
        self.say(&Said::Warning(warning.clone()));
    }
}
