//! What parent and child say to each other, a JSON object a line.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use contract::{Progress, Rejection, TransferReport, TransferRequest, Warning};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Bytes of a line that the parent reads from a child.
pub(super) const LINE_BYTES: usize = 1 << 20;

/// Bytes of a frame's small picture, as a JPEG.
pub(super) const FRAME_BYTES: usize = 200_000;

/// What a child is to do; its first line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Order {
    /// What to do with the pair.
    pub task: Task,
    /// The engine's name.
    pub engine: String,
    /// The pair, and what to make of it; `output` lies in `scratch`.
    pub request: TransferRequest,
    /// Threads for everything together.
    pub threads: NonZeroUsize,
    /// What is worth keeping between attempts.
    pub work_dir: PathBuf,
    /// The only other folder that may be written; removed after the attempt.
    pub scratch: PathBuf,
    /// What the child may take.
    pub limits: WallLimits,
}

/// What to do with a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Task {
    /// Make the video.
    Run,
    /// Look whether a video could be made.
    Check,
    /// Make of the image a character that takes its place.
    Character,
    /// Make of the video a motion that takes its place.
    Motion,
}

impl Task {
    /// Whether it looks at the image.
    pub(crate) const fn needs_image(self) -> bool {
        !matches!(self, Self::Motion)
    }

    /// Whether it looks at the video.
    pub(crate) const fn needs_video(self) -> bool {
        !matches!(self, Self::Character)
    }
}

/// What a child may take of the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WallLimits {
    /// Bytes of memory that it may write to (`RLIMIT_DATA`).
    pub memory_bytes: u64,
    /// Seconds of processor time, of all threads together.
    pub cpu_secs: u64,
    /// Bytes of a file that it writes.
    pub file_bytes: u64,
    /// Files that it may have open.
    pub open_files: u64,
}

impl Default for WallLimits {
    /// 2.5 GB of memory, an hour of processor time, files of 4 GB, 256 open ones.
    fn default() -> Self {
        Self { memory_bytes: 2_500_000_000, cpu_secs: 3600, file_bytes: 4_000_000_000, open_files: 256 }
    }
}

/// What the parent says later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Word {
    /// Nobody wants the result any more.
    Cancel,
}

/// What a child says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Said {
    /// The wall stands: which parts of it, and which this machine lacks.
    Ready {
        in_force: Vec<String>,
        lacking: Vec<String>,
    },
    Progress {
        progress: Progress,
        fraction: f64,
        remaining_secs: Option<f64>,
    },
    Warning(Warning),
    /// A frame was drawn, one of some: its number, and a small JPEG of it in base64.
    Frame {
        index: u64,
        jpeg: String,
    },
    /// The video stands in the scratch folder.
    Done {
        report: Box<TransferReport>,
        measures: Measures,
    },
    /// What a look found, or what there is to say of what was made.
    Told(Value),
    Rejected(Rejection),
    Unavailable {
        what: String,
        remedy: String,
    },
    Cancelled,
    Internal(String),
}

/// The measures of a written file, read off the file.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measures {
    /// Its size.
    pub bytes: u64,
    /// Its length, in seconds.
    pub duration_secs: f64,
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Whether it has a sound stream.
    pub has_audio: bool,
}
