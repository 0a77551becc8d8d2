use std::sync::{Arc, Barrier};

use frame::FrameRate;

use crate::{
    BoxError, Capabilities, CharacterOrientation, CheckReport, Engine, EngineError, ImageCheck, MediaLimits,
    Progress, RunContext, Stage, TransferReport, TransferRequest, VideoCheck, Warning,
};

/// An engine that does what a test tells it: reports, waits for events, writes bytes, fails.
///
/// Nothing in it sleeps: a test holds it at a [`Step::Meet`] or lets it stand until it is cancelled.
///
/// ```
/// use contract::{CancelToken, Engine, Progress, Rejection, RejectionCode, RunContext, ScriptedEngine, Silent, Stage};
/// use contract::{EngineError, Step, TransferRequest};
/// let engine = ScriptedEngine::new([
///     Step::Progress(Progress::new(Stage::Track, 1, 2)),
///     Step::fail(|| Rejection::new(RejectionCode::NoPersonInVideo, "Nobody was found.").into()),
/// ]);
/// let (cancel, threads) = (CancelToken::new(), std::num::NonZero::<usize>::MIN);
/// let context = RunContext { reporter: &Silent, cancel: &cancel, threads, work_dir: None, comparison: None, exports: &[] };
/// let request = TransferRequest::new("character.png", "driving.mp4", "out.mp4");
/// assert!(matches!(engine.run(&request, &context), Err(EngineError::Rejected(_))));
/// ```
#[derive(Debug)]
pub struct ScriptedEngine {
    steps: Vec<Step>,
    found: CheckReport,
}

/// One thing that a [`ScriptedEngine`] does.
#[derive(Clone)]
pub enum Step {
    /// Reports progress.
    Progress(Progress),
    /// Warns.
    Warn(Warning),
    /// Waits until the test comes to the same barrier, cancelled or not, as work that cannot be broken off.
    Meet(Arc<Barrier>),
    /// Waits until the run is cancelled, and ends as cancelled.
    AwaitCancel,
    /// Writes these bytes as the output.
    Write(Vec<u8>),
    /// Ends the run with this report.
    Finish(Box<TransferReport>),
    /// Ends the run with the error that this makes.
    Fail(Arc<dyn Fn() -> EngineError + Send + Sync>),
    /// Panics, as a faulty engine would.
    Panic(&'static str),
}

impl Step {
    /// A step that ends the run with the error that `error` makes.
    pub fn fail(error: impl Fn() -> EngineError + Send + Sync + 'static) -> Self {
        Self::Fail(Arc::new(error))
    }
}

impl std::fmt::Debug for Step {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Progress(_) => "Progress",
            Self::Warn(_) => "Warn",
            Self::Meet(_) => "Meet",
            Self::AwaitCancel => "AwaitCancel",
            Self::Write(_) => "Write",
            Self::Finish(_) => "Finish",
            Self::Fail(_) => "Fail",
            Self::Panic(_) => "Panic",
        })
    }
}

impl ScriptedEngine {
    /// An engine that plays `steps` in every run; a script without an end fails as [`EngineError::Internal`].
    pub fn new(steps: impl IntoIterator<Item = Step>) -> Self {
        Self { steps: steps.into_iter().collect(), found: fit() }
    }

    /// The same engine, whose looks at a pair find this.
    #[must_use]
    pub fn finding(self, found: CheckReport) -> Self {
        Self { found, ..self }
    }
}

/// A second of a small pair that can be used.
fn fit() -> CheckReport {
    let (width, height) = (64, 96);
    CheckReport {
        image: Some(ImageCheck { width, height, person_found: true, seen: None, outline: Vec::new() }),
        video: FrameRate::new(25, 1).ok().map(|frame_rate| VideoCheck {
            width,
            height,
            frame_rate,
            frames: 25,
            duration_secs: 1.0,
            has_audio: false,
            person_share: 1.0,
            looks: Vec::new(),
        }),
        problems: Vec::new(),
        advice: Vec::new(),
    }
}

impl Engine for ScriptedEngine {
    fn name(&self) -> &'static str {
        "scripted"
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            orientations: &[CharacterOrientation::Video, CharacterOrientation::Image],
            follows_prompt: false,
            deterministic: true,
            keeps: false,
            limits: MediaLimits::default(),
        }
    }

    /// Finds every pair fit, or what [`finding`](Self::finding) says, and touches no file. The steps are for runs.
    fn check(&self, _: &TransferRequest, context: &RunContext<'_>) -> Result<CheckReport, EngineError> {
        for (stage, total) in [(Stage::Probe, 2), (Stage::Rig, 1), (Stage::Track, 1)] {
            context.cancel.check()?;
            context.reporter.progress(Progress::new(stage, total, total));
        }
        Ok(self.found.clone())
    }

    fn run(
        &self,
        request: &TransferRequest,
        context: &RunContext<'_>,
    ) -> Result<TransferReport, EngineError> {
        for step in &self.steps {
            if !matches!(step, Step::Meet(_)) {
                context.cancel.check()?;
            }
            match step {
                Step::Progress(progress) => context.reporter.progress(*progress),
                Step::Warn(warning) => context.reporter.warn(warning),
                Step::Meet(barrier) => {
                    barrier.wait();
                }
                Step::AwaitCancel => context.cancel.wait(),
                Step::Write(bytes) => {
                    std::fs::write(&request.output, bytes).map_err(EngineError::internal)?
                }
                Step::Finish(report) => return Ok((**report).clone()),
                Step::Fail(error) => return Err(error()),
                Step::Panic(message) => panic!("{message}"),
            }
        }
        context.cancel.check()?;
        Err(EngineError::Internal(BoxError::from("the script has no end")))
    }
}
