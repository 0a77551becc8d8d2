use serde::{Deserialize, Serialize};

use crate::Cancelled;

/// Any error, for what only the log explains.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Why an engine made no video.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The input cannot be used and the caller can mend it; the sentence is shown word for word.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// Something outside the input is missing: networks, disk space, a service. It may be there later.
    #[error("{what}; {remedy}")]
    Unavailable {
        /// What is missing, as in `the network pose_detection.tflite is damaged`.
        what: String,
        /// What brings it, as in `run: pantomime models install`.
        remedy: String,
    },
    /// The run's [`CancelToken`](crate::CancelToken) was cancelled.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// A fault of the engine or the machine; logged once, shown without its cause.
    #[error("internal error")]
    Internal(#[source] BoxError),
}

/// An input that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct Rejection {
    /// The stable code.
    pub code: RejectionCode,
    /// One plain sentence: what was found, and what to do.
    pub message: String,
}

/// Why an input cannot be used; stable, part of every interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RejectionCode {
    /// The image cannot be read from where it was said to be.
    ImageUnreachable,
    /// The video cannot be read from where it was said to be.
    VideoUnreachable,
    /// The file is not an image of an accepted kind.
    ImageUnsupported,
    /// The file is not a video of an accepted kind, or has no picture.
    VideoUnsupported,
    /// Too many bytes or pixels, or a side beyond the limits.
    ImageTooLarge,
    /// Too many bytes, or a side beyond the limits.
    VideoTooLarge,
    /// The video lasts longer than accepted.
    VideoTooLong,
    /// The video is too short to hold a motion.
    VideoTooShort,
    /// Nobody was found in the image.
    NoPersonInImage,
    /// Nobody was found in the video, or hardly ever.
    NoPersonInVideo,
    /// The address is one that must not be fetched.
    BlockedAddress,
    /// The file is of an accepted kind, but damaged.
    DecodeError,
}

impl RejectionCode {
    /// The code as it is written in answers, reports and on the terminal.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ImageUnreachable => "image_unreachable",
            Self::VideoUnreachable => "video_unreachable",
            Self::ImageUnsupported => "image_unsupported",
            Self::VideoUnsupported => "video_unsupported",
            Self::ImageTooLarge => "image_too_large",
            Self::VideoTooLarge => "video_too_large",
            Self::VideoTooLong => "video_too_long",
            Self::VideoTooShort => "video_too_short",
            Self::NoPersonInImage => "no_person_in_image",
            Self::NoPersonInVideo => "no_person_in_video",
            Self::BlockedAddress => "blocked_address",
            Self::DecodeError => "decode_error",
        }
    }
}

impl std::fmt::Display for RejectionCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Rejection {
    /// A rejection with its sentence.
    pub fn new(code: RejectionCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}

impl EngineError {
    /// A fault that only the log explains.
    pub fn internal(cause: impl Into<BoxError>) -> Self {
        Self::Internal(cause.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_written_the_same_everywhere() {
        let code = RejectionCode::NoPersonInImage;
        assert_eq!(serde_json::to_string(&code).unwrap(), format!("\"{code}\""));
        assert_eq!(
            serde_json::from_str::<RejectionCode>("\"video_too_long\"").unwrap().as_str(),
            "video_too_long"
        );
    }
}
