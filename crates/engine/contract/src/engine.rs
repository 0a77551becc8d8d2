use std::num::NonZeroUsize;
use std::path::Path;

use crate::{
    CancelToken, CharacterOrientation, CheckReport, EngineError, Export, MediaLimits, MotionSketch, Reporter,
    TransferReport, TransferRequest,
};

/// Something that makes a character do the motion of a video: the puppet on this machine's CPU, a diffusion model on a
/// GPU, a hosted provider.
pub trait Engine: Send + Sync {
    /// A stable name, as in settings and reports.
    fn name(&self) -> &'static str;

    /// What requests this engine can serve.
    fn capabilities(&self) -> Capabilities;

    /// Looks at the pair without making its video, in a few seconds: what is there, what [`run`](Self::run) would reject, and what
    /// would make the result better. `request.output` is not used.
    ///
    /// # Errors
    /// See [`EngineError`], but never [`EngineError::Rejected`]: what cannot be used is part of the report.
    fn check(&self, request: &TransferRequest, context: &RunContext<'_>) -> Result<CheckReport, EngineError>;

    /// Makes of `request.character` alone a character at `request.output`, a file that takes the image's place in requests from then on,
    /// and shows its picture as a frame ([`Reporter::frame`]).
    ///
    /// # Errors
    /// See [`EngineError`]; an engine that keeps no characters is [`EngineError::Unavailable`].
    fn keep_character(&self, request: &TransferRequest, context: &RunContext<'_>) -> Result<(), EngineError> {
        let _ = (request, context);
        Err(keeps_nothing())
    }

    /// Makes of `request.driving` alone a motion at `request.output`, a file that takes the video's place in requests from then on.
    ///
    /// # Errors
    /// See [`EngineError`]; an engine that keeps no motions is [`EngineError::Unavailable`].
    fn keep_motion(
        &self,
        request: &TransferRequest,
        context: &RunContext<'_>,
    ) -> Result<MotionSketch, EngineError> {
        let _ = (request, context);
        Err(keeps_nothing())
    }

    /// Makes the video; blocks until it stands at `request.output`, whole, or an error says why it does not.
    ///
    /// The output (and `context.comparison` and `context.exports`) appear under their names only when complete. The same request and version
    /// give the same decoded frames, whatever `context.threads` is.
    ///
    /// # Errors
    /// See [`EngineError`]. After [`CancelToken::cancel`] the answer is [`EngineError::Cancelled`], as soon as the step
    /// at hand allows; work that cannot be interrupted must not write outside the folders of its outputs and `work_dir`,
    /// so that a caller who cannot wait may clear those and leave.
    fn run(&self, request: &TransferRequest, context: &RunContext<'_>)
    -> Result<TransferReport, EngineError>;
}

fn keeps_nothing() -> EngineError {
    EngineError::Unavailable {
        what: "this engine keeps no characters and motions".to_owned(),
        remedy: "send an image and a video".to_owned(),
    }
}

/// What an engine can do.
#[derive(Clone, Debug, PartialEq)]
pub struct Capabilities {
    /// The orientations that it honours.
    pub orientations: &'static [CharacterOrientation],
    /// Whether a text prompt changes its result.
    pub follows_prompt: bool,
    /// Whether the same request and seed give the same frames.
    pub deterministic: bool,
    /// Whether it makes files of characters and motions that take the place of images and videos.
    pub keeps: bool,
    /// The widest limits of input that it can serve.
    pub limits: MediaLimits,
}

/// What surrounds one run: where to report, when to stop, what to use.
#[derive(Clone, Copy)]
pub struct RunContext<'a> {
    /// Hears progress and warnings.
    pub reporter: &'a dyn Reporter,
    /// Says when to stop.
    pub cancel: &'a CancelToken,
    /// Threads for everything together: networks, rendering, encoding.
    pub threads: NonZeroUsize,
    /// An existing folder for what is worth keeping (motion clip, plate, matte); nothing is kept without it.
    pub work_dir: Option<&'a Path>,
    /// Where to write a second video: driver and character side by side.
    pub comparison: Option<&'a Path>,
    /// What to write beside the video.
    pub exports: &'a [Export],
}

impl std::fmt::Debug for RunContext<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RunContext")
            .field("cancel", self.cancel)
            .field("threads", &self.threads)
            .field("work_dir", &self.work_dir)
            .field("comparison", &self.comparison)
            .field("exports", &self.exports)
            .finish_non_exhaustive()
    }
}
