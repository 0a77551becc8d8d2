use std::path::Path;
use std::thread;

use avatar::motion::DrivingTrack;
use avatar::retarget::{Orientation, retarget};
use contract::{
    Capabilities, CharacterOrientation, CheckReport, Engine, EngineError, MediaLimits, Progress,
    RejectionCode, RunContext, Stage, TransferReport, TransferRequest, WarningCode,
};
use vision::Networks;

use crate::limits::to_media;
use crate::rejection::{from_opening, from_vision};
use crate::stopwatch::Stopwatch;
use crate::warnings::Warnings;
use crate::{analyse, check, render, rig};

/// The engine's name, as in settings and reports.
pub const NAME: &str = "puppet";

/// What the engine can do, wherever its networks are.
pub fn capabilities() -> Capabilities {
    Capabilities {
        orientations: &[CharacterOrientation::Video, CharacterOrientation::Image],
        follows_prompt: false,
        deterministic: true,
        limits: MediaLimits::default(),
    }
}

/// The CPU engine.
#[derive(Debug)]
pub struct PuppetEngine {
    networks: Networks,
}

impl PuppetEngine {
    /// The engine over the networks in `models_dir`.
    ///
    /// # Errors
    /// [`EngineError::Unavailable`] if a network is missing or damaged.
    pub fn new(models_dir: &Path) -> Result<Self, EngineError> {
        Ok(Self { networks: Networks::open(models_dir).map_err(from_vision)? })
    }
}

impl Engine for PuppetEngine {
    fn name(&self) -> &'static str {
        NAME
    }

    fn capabilities(&self) -> Capabilities {
        capabilities()
    }

    fn check(&self, request: &TransferRequest, context: &RunContext<'_>) -> Result<CheckReport, EngineError> {
        check::check(request, &self.networks, context)
    }

    fn run(
        &self,
        request: &TransferRequest,
        context: &RunContext<'_>,
    ) -> Result<TransferReport, EngineError> {
        let watch = Stopwatch::default();
        let warnings = Warnings::new(context.reporter);
        warnings.about_request(request);

        context.reporter.progress(Progress::new(Stage::Probe, 0, 2));
        let limits = to_media(&request.limits);
        let (still, info) = watch.time(Stage::Probe, || {
            let still = media::read_still(&request.character, &limits)
                .map_err(|e| from_opening(e, RejectionCode::ImageUnreachable))?;
            context.reporter.progress(Progress::new(Stage::Probe, 1, 2));
            let info = media::probe(&request.driving, &limits)
                .map_err(|e| from_opening(e, RejectionCode::VideoUnreachable))?;
            Ok::<_, EngineError>((still, info))
        })?;
        context.reporter.progress(Progress::new(Stage::Probe, 2, 2));
        warnings.about_video(&info);

        // The character is made while the driver is followed: the one waits for memory where the other computes.
        let size = request.output_size.resolve(still.image.size());
        let (character, driving) = thread::scope(|scope| {
            let character = scope.spawn(|| rig::rig(&still, size, &self.networks, context, &watch));
            let driving = watch.time(Stage::Track, || {
                analyse::analyse(&request.driving, &info, &request.limits, &self.networks, context)
            });
            (character.join(), driving)
        });
        // What is wrong with the image is told first: it is mended more easily than a video.
        let character = character.unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
        let driving = driving?;
        let track = DrivingTrack::from_clip(&driving.clip)
            .ok_or_else(|| EngineError::internal("a clip that shows a person has no driving track"))?;
        let orientation = match request.orientation {
            CharacterOrientation::Video => Orientation::Video,
            CharacterOrientation::Image => Orientation::Image,
        };
        let character = if track.shows_arms() { character } else { character.with_arms_at_rest() };
        warnings.about_character(&character);
        warnings.about_driving(&driving);
        if !track.shows_arms() {
            warnings.warn(
                WarningCode::ArmsUnseen,
                "No hand is seen in the driving video; the arms stay as they lie in the image.",
            );
        }
        let poses = retarget(character.rest(), &track, orientation);
        let summary = render::render(&character, &poses, request, &info, context, &watch, &warnings)?;

        Ok(TransferReport {
            engine: self.name().to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            frames: summary.frames,
            frame_rate: info.frame_rate,
            duration_secs: summary.duration_secs,
            width: summary.size.width,
            height: summary.size.height,
            has_audio: summary.has_audio,
            tracked_share: f64::from(driving.clip.quality().tracked_share),
            seed: request.seed,
            stage_secs: watch.into_secs(),
            warnings: warnings.into_list(),
        })
    }
}
