use std::collections::BTreeMap;
use std::path::Path;
use std::thread;

use avatar::motion::DrivingTrack;
use avatar::retarget::{Orientation, retarget};
use contract::{
    Capabilities, CharacterOrientation, CheckReport, Engine, EngineError, MediaLimits, MotionSketch,
    Progress, RunContext, Stage, TransferReport, TransferRequest,
};
use vision::networks::{Network, NetworkWork};
use vision::{PoseProbe, TrackerOptions};

use crate::analyse::Before;
use crate::export::Found;
use crate::inputs::{Driver, Models, Still};
use crate::limits::to_media;
use crate::measure::{self, Measure};
use crate::stopwatch::Stopwatch;
use crate::warnings::Warnings;
use crate::{analyse, bias, check, export, keeping, render, rig};

/// The engine's name, as in settings and reports.
pub const NAME: &str = "puppet";

/// What the engine can do, wherever its networks are.
pub fn capabilities() -> Capabilities {
    Capabilities {
        orientations: &[CharacterOrientation::Video, CharacterOrientation::Image],
        follows_prompt: false,
        deterministic: true,
        keeps: true,
        limits: MediaLimits::default(),
    }
}

/// The CPU engine.
#[derive(Debug)]
pub struct PuppetEngine {
    models: Models,
}

impl PuppetEngine {
    /// The engine over the networks in `models_dir`. One that is missing or damaged is told by the run that needs it, as
    /// [`EngineError::Unavailable`].
    pub fn new(models_dir: &Path) -> Self {
        Self { models: Models::new(models_dir) }
    }

    /// What each network has done in all runs so far.
    pub fn network_work(&self) -> BTreeMap<Network, NetworkWork> {
        self.models.work()
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
        check::check(request, &self.models, context)
    }

    fn keep_character(&self, request: &TransferRequest, context: &RunContext<'_>) -> Result<(), EngineError> {
        keeping::character(request, &self.models, context)
    }

    fn keep_motion(
        &self,
        request: &TransferRequest,
        context: &RunContext<'_>,
    ) -> Result<MotionSketch, EngineError> {
        keeping::motion(request, &self.models, context)
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
        let (still, driver) = watch.time(Stage::Probe, || {
            let still = Still::read(&request.character, &request.limits)?;
            context.reporter.progress(Progress::new(Stage::Probe, 1, 2));
            Ok::<_, EngineError>((still, Driver::read(&request.driving, &request.limits)?))
        })?;
        context.reporter.progress(Progress::new(Stage::Probe, 2, 2));
        if let Driver::Video(info) = &driver {
            warnings.about_video(info);
        }

        // The character is made while the driver is followed; whichever is behind has the processor.
        let size = request.output_size.resolve(still.picture.image.size());
        let before = watch.time(Stage::Track, || analyse::recall(&request.driving, &driver, context))?;
        let (rigged, driving) = thread::scope(|scope| {
            let rig = || rig::rig(&still, size, &self.models, context.threads, context, &watch);
            let rigged = scope.spawn(rig);
            let driving = match before {
                Before::Known(driving) => Ok(driving),
                Before::Unknown(info) => watch.time(Stage::Track, || {
                    analyse::follow(&request.driving, info, &request.limits, &self.models, context)
                }),
            };
            (rigged.join(), driving)
        });
        // What is wrong with the image is told first: it is mended more easily than a video.
        let mut rigged = rigged.unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
        let driving = driving?;
        let track = DrivingTrack::from_clip(&driving.clip)
            .ok_or_else(|| EngineError::internal("a clip that shows a person has no driving track"))?;
        let orientation = match request.orientation {
            CharacterOrientation::Video => Orientation::Video,
            CharacterOrientation::Image => Orientation::Image,
        };
        if !track.shows_arms() {
            rigged.character = rigged.character.with_arms_at_rest();
        }
        warnings.about_skeleton(rigged.guess.as_ref());
        warnings.about_character(&rigged.character);
        warnings.about_driving(&driving);
        warnings.about_track(&driving, &track, rigged.character.rest());
        let targets = retarget(rigged.character.rest(), &track, orientation);
        // A kept character and a kept motion do without networks, and with what was seen of the character when it was kept.
        let mut readers = self.models.open().ok().and_then(|networks| {
            let reader = PoseProbe::new(&networks, TrackerOptions::default()).ok()?;
            measure::reads(reader.clone(), &rigged).then(|| [reader.clone(), reader])
        });
        if let Some(readers) = readers.as_mut().filter(|_| rigged.joint_bias.is_none()) {
            let (character, cancel) = (&rigged.character, context.cancel);
            let look = || bias::look(character, &driving.clip, &targets, readers, context.threads, cancel);
            rigged.joint_bias = Some(watch.time(Stage::Rig, look)?);
        }
        let probe = readers.map(|[first, _]| first);
        let mut poses = targets.clone();
        if let Some(bias) = &rigged.joint_bias {
            bias.take_off(&rigged.character.rest().joints, &mut poses);
        }
        export::export(&Found { rigged: &rigged, clip: &driving.clip, track: &track }, context)?;
        let mut measure = Measure::new(&rigged, &driving.clip, &targets, &poses, probe);
        let scene = render::Scene {
            character: &rigged.character,
            poses: &poses,
            driver: &driver,
            clip: &driving.clip,
        };
        let summary = render::render(&scene, &mut measure, request, context, &watch, &warnings)?;
        // What cannot be read again was written nonetheless; a motion has no sound.
        let sound_offset_secs =
            media::sound_offset_secs(&request.driving, &request.output, &to_media(&request.limits))
                .unwrap_or(None);

        Ok(TransferReport {
            engine: self.name().to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            frames: summary.frames,
            frame_rate: driver.frame_rate(),
            duration_secs: summary.duration_secs,
            width: summary.size.width,
            height: summary.size.height,
            has_audio: summary.has_audio,
            tracked_share: f64::from(driving.clip.quality().tracked_share),
            seed: request.seed,
            stage_secs: watch.into_secs(),
            quality: Some(measure.finish(summary.has_audio.then_some(sound_offset_secs).flatten())),
            warnings: warnings.into_list(),
        })
    }
}
