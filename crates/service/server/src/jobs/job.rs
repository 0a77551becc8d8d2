use contract::{CharacterOrientation, OutputSize, Rejection, RejectionCode, TransferReport, Warning};
use serde::{Deserialize, Serialize};

/// By which interface a job came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dialect {
    /// `POST /kling-video-v2-6-standard-motion-control/…`
    Pixazo,
    /// `POST /v1/kling-2.6-standard-motion-control`
    SegmindV1,
    /// `POST /v2/kling-2.6-standard-motion-control`
    SegmindV2,
    /// `POST /api/v1/jobs`
    Native,
}

impl Dialect {
    /// The name as it is stored.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Pixazo => "pixazo",
            Self::SegmindV1 => "segmind_v1",
            Self::SegmindV2 => "segmind_v2",
            Self::Native => "native",
        }
    }
}

/// Where an image or a video of a request is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Source {
    /// Somebody's server; its address has passed the check at submission.
    Url(String),
    /// An uploaded file, by its id.
    Asset(String),
    /// The video that another job made, by the job's id.
    Output(String),
}

/// What a job is to make.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct JobRequest {
    pub(crate) dialect: Dialect,
    /// The name of an engine; the first one if none is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) engine: Option<String>,
    pub(crate) image: Source,
    pub(crate) video: Source,
    pub(crate) orientation: CharacterOrientation,
    pub(crate) keep_original_sound: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) prompt: Option<String>,
    pub(crate) seed: u64,
    /// How long a frame is exposed, in degrees; as the video was where not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) shutter_deg: Option<f32>,
    pub(crate) output_size: OutputSize,
    /// The longest video that the request's interface takes, in seconds.
    pub(crate) longest_video_secs: f64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) webhook_url: Option<String>,
    /// The job that this one tries again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) retry_of: Option<String>,
}

/// Where a job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// Waits for its turn.
    Queued,
    /// Is being made, or waits for another attempt.
    Running,
    /// The video stands.
    Completed,
    /// No video: see the failure.
    Failed,
    /// Somebody stopped it.
    Canceled,
}

impl JobState {
    /// The name as it is stored.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
        }
    }

    pub(crate) fn from_stored(text: &str) -> Option<Self> {
        let all = [Self::Queued, Self::Running, Self::Completed, Self::Failed, Self::Canceled];
        all.into_iter().find(|state| state.as_str() == text)
    }

    /// Whether nothing will change any more.
    pub(crate) const fn is_ended(self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Canceled)
    }
}

/// A job as it stands in the database.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Job {
    pub(crate) seq: i64,
    pub(crate) id: String,
    pub(crate) key_id: String,
    pub(crate) request: JobRequest,
    /// As seen from outside: a job that waits for another attempt is running.
    pub(crate) state: JobState,
    pub(crate) attempt: i64,
    pub(crate) stage: Option<String>,
    /// 0 … 99, and 100 once completed; never falls.
    pub(crate) percent: u8,
    pub(crate) remaining_secs: Option<u32>,
    pub(crate) warnings: Vec<Warning>,
    pub(crate) result: Option<JobResult>,
    pub(crate) failure: Option<JobFailure>,
    pub(crate) price: i64,
    pub(crate) created_ms: i64,
    pub(crate) started_ms: Option<i64>,
    pub(crate) ended_ms: Option<i64>,
    pub(crate) output_gone_ms: Option<i64>,
}

/// What a completed job made; the measures are those of the written file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct JobResult {
    /// The file's name in the folder of outputs.
    pub(crate) file: String,
    pub(crate) bytes: u64,
    pub(crate) duration_secs: f64,
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) has_audio: bool,
    /// Whether a frame of it stands beside it.
    #[serde(default)]
    pub(crate) poster: bool,
    /// What the engine tells of its run.
    pub(crate) report: TransferReport,
}

/// Why there is no video.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct JobFailure {
    pub(crate) code: FailureCode,
    /// One sentence: what was found and what to do.
    pub(crate) message: String,
}

impl JobFailure {
    pub(crate) fn new(code: FailureCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}

impl From<Rejection> for JobFailure {
    fn from(rejection: Rejection) -> Self {
        Self { code: FailureCode::Rejected(rejection.code), message: rejection.message }
    }
}

/// The stable codes of failures, the same in every interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum FailureCode {
    /// The input cannot be used.
    Rejected(RejectionCode),
    /// Something of the service, or the user's own wish.
    Own(OwnCode),
}

/// Failures that are not the input's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum OwnCode {
    OutOfMemory,
    Timeout,
    Canceled,
    Internal,
}

impl FailureCode {
    pub(crate) const OUT_OF_MEMORY: Self = Self::Own(OwnCode::OutOfMemory);
    pub(crate) const TIMEOUT: Self = Self::Own(OwnCode::Timeout);
    pub(crate) const CANCELED: Self = Self::Own(OwnCode::Canceled);
    pub(crate) const INTERNAL: Self = Self::Own(OwnCode::Internal);

    /// The code as in every answer.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Rejected(code) => code.as_str(),
            Self::Own(OwnCode::OutOfMemory) => "out_of_memory",
            Self::Own(OwnCode::Timeout) => "timeout",
            Self::Own(OwnCode::Canceled) => "canceled",
            Self::Own(OwnCode::Internal) => "internal",
        }
    }

    pub(crate) fn from_stored(text: &str) -> Option<Self> {
        serde_json::from_value(serde_json::Value::from(text)).ok()
    }
}

/// How far a running job is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct JobProgress {
    /// `fetch`, or the engine's stage.
    pub(crate) stage: &'static str,
    /// 0 … 99.
    pub(crate) percent: u8,
    pub(crate) remaining_secs: Option<u32>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_as_they_are_written() {
        for code in [
            FailureCode::TIMEOUT,
            FailureCode::OUT_OF_MEMORY,
            FailureCode::CANCELED,
            FailureCode::INTERNAL,
            FailureCode::Rejected(RejectionCode::VideoTooLong),
        ] {
            assert_eq!(FailureCode::from_stored(code.as_str()), Some(code));
        }
        assert_eq!(FailureCode::from_stored("nonsense"), None);
    }
}
