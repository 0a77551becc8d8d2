//! What an engine is: it turns a character's still image and a driving video into a video of the character doing the
//! motion. The binary and the server hold engines as `Arc<dyn Engine>` and know nothing of how one works.
//!
//! * [`Engine::run`] blocks; it speaks through a [`Reporter`] and stops when its [`CancelToken`] says so.
//! * The caller can mend what is [`EngineError::Rejected`]; the sentence is shown word for word.
//! * [`Forecast`] turns the engine's steps into an overall fraction and the time that is left, in one place for all.
//! * [`ScriptedEngine`] plays an engine in tests.

mod cancel;
mod check;
mod engine;
mod error;
mod export;
mod forecast;
mod output_size;
mod progress;
mod quality;
mod report;
mod request;
mod scripted;
mod sketch;

pub use cancel::{CancelToken, Cancelled};
pub use check::{Advice, AdviceCode, CheckReport, ImageCheck, Sighting, VideoCheck, VideoLook};
pub use engine::{Capabilities, Engine, RunContext};
pub use error::{BoxError, EngineError, Rejection, RejectionCode};
pub use export::{Export, ExportKind, UnknownExport};
pub use forecast::{Forecast, Outlook};
pub use output_size::{OutputSize, OutputSizeError};
pub use progress::{Progress, Reporter, Silent, Stage};
pub use quality::Quality;
pub use report::{TransferReport, Warning, WarningCode};
pub use request::{CharacterOrientation, MediaLimits, TransferRequest, UnknownOrientation};
pub use scripted::{ScriptedEngine, Step};
pub use sketch::MotionSketch;
