use std::io::Write;
use std::path::Path;

use contract::{Outlook, Progress, Stage, TransferReport, Warning};
use serde::Serialize;

use crate::Failure;

/// What is told to programs: an object on a line of its own, with the kind in `event`.
#[derive(Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub(crate) enum Event<'a> {
    /// A stage moved.
    Progress {
        /// Which one.
        stage: Stage,
        /// Its steps that are done, of `total`; 0 where nobody can say yet.
        done: u64,
        /// All its steps.
        total: u64,
        /// Whole hundredths of everything, 0 to 100.
        percent: u64,
        /// What is left of everything, in seconds; null while too little is known.
        remaining_secs: Option<f64>,
    },
    /// Something that the user should know.
    Warning(&'a Warning),
    /// A line that is neither.
    Note { message: &'a str },
    /// The files stand.
    Result {
        output: &'a Path,
        side_by_side: Option<&'a Path>,
        exports: Vec<&'a Path>,
        report: &'a TransferReport,
    },
    /// There is no video.
    Error { code: &'a str, message: &'a str, exit_code: u8 },
    /// A row of a batch begins: what follows up to its result or error is of it.
    Row { line: u64, output: &'a Path },
    /// All rows of a batch were gone through.
    Summary { rows: usize, made: usize, failed: usize, not_begun: usize },
}

impl<'a> Event<'a> {
    pub(crate) fn progress(progress: Progress, outlook: Outlook) -> Self {
        Self::Progress {
            stage: progress.stage,
            done: progress.done,
            total: progress.total,
            percent: (outlook.fraction * 100.0) as u64,
            remaining_secs: outlook.remaining.map(|rest| (rest.as_secs_f64() * 10.0).round() / 10.0),
        }
    }

    pub(crate) fn error(failure: &Failure, tell: impl FnOnce(Event<'_>)) {
        let (code, message) = (failure.code(), failure.message());
        tell(Event::Error { code, message: &message, exit_code: failure.exit_code() });
    }

    /// Writes the event as its line.
    pub(crate) fn write(&self, sink: &mut dyn Write) {
        if let Ok(mut line) = serde_json::to_string(self) {
            line.push('\n');
            // Whoever stopped listening has no need of it, and the files stand all the same.
            let _ = sink.write_all(line.as_bytes()).and_then(|()| sink.flush());
        }
    }
}
