use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use contract::{MediaLimits, TransferRequest, Warning};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use super::files::remove_folder;
use super::inputs::{InputError, bring};
use super::{FailureCode, Job, JobFailure, JobProgress, JobRequest, JobResult, Preview};
use crate::App;
use crate::fetch::MediaKind;
use crate::store::Ended;
use crate::wall::{
    ChildEvent, ChildFault, ChildOutcome, Order, Patience, Task, TimeLimit, WallLimits, run_child,
};

/// The failure of a job whose attempts all ended in faults of ours.
pub(super) const GAVE_UP: &str =
    "Something here failed at every attempt to make this video; the fault is logged. Submit it again later.";

/// How often an attempt says that it lives, and writes down how far it is.
const BEAT: Duration = Duration::from_secs(1);

/// What a child may take to stop by itself once nobody wants its video any more.
pub(super) const GRACE: Duration = Duration::from_secs(1);

/// Between tries to write down how a job ended, while the database fails.
const AGAIN: Duration = Duration::from_secs(2);

/// Tries to write down how a job ended; then the lease is left to be lost.
const TRIES: u32 = 10;

/// How an attempt came out.
enum Attempted {
    Ended(Ended),
    /// Nobody wants it any more, or the service ends.
    Stopped,
    /// A fault here: the cause for the log, and what the job fails with if this was the last attempt.
    Fault {
        cause: String,
        last: JobFailure,
    },
}

impl Attempted {
    fn fault(cause: impl std::fmt::Display) -> Self {
        Self::Fault { cause: cause.to_string(), last: JobFailure::new(FailureCode::INTERNAL, GAVE_UP) }
    }

    fn failed(code: FailureCode, message: impl Into<String>) -> Self {
        Self::Ended(Ended::Failed(JobFailure::new(code, message)))
    }
}

/// What the child has told so far, for the next beat.
#[derive(Default)]
pub(super) struct Told {
    progress: Option<JobProgress>,
    warnings: Vec<Warning>,
    fresh_warnings: bool,
}

/// Makes one attempt at a leased job and writes down what came of it.
#[tracing::instrument(skip_all, fields(job.id = %job.id, attempt = job.attempt))]
pub(super) async fn attempt(app: Arc<App>, job: Job) {
    let stop = app.hub.begin(&job.id);
    let began = Instant::now();
    let told = Arc::new(Mutex::new(Told::default()));
    app.hub.changed(&job.id);
    tracing::info!(engine = job.request.engine.as_deref().unwrap_or("default"), "an attempt begins");

    let attempted = tokio::select! {
        attempted = run(&app, &job, &told, &stop) => attempted,
        () = beat(&app, &job, &told, &stop) => Attempted::Stopped,
    };
    metrics::histogram!("pantomime_attempt_seconds").record(began.elapsed().as_secs_f64());
    write_down(&app, &job, attempted).await;
    app.hub.end(&job.id);
    app.hub.work.notify_one();
}

/// Says every second that the attempt lives; returns only once the job is no longer its own and it has stopped.
async fn beat(app: &App, job: &Job, told: &Mutex<Told>, stop: &CancellationToken) {
    let mut beats = interval(BEAT);
    beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        beats.tick().await;
        let (progress, warnings) = {
            let mut told = told.lock().unwrap_or_else(PoisonError::into_inner);
            let fresh = std::mem::take(&mut told.fresh_warnings);
            (told.progress.clone(), fresh.then(|| told.warnings.clone()))
        };
        match app.store.heartbeat(&job.id, job.attempt, progress, warnings).await {
            Ok(true) => app.hub.changed(&job.id),
            Ok(false) => {
                // Whoever runs the attempt sees the token, ends the child, and comes to an end of its own.
                stop.cancel();
                std::future::pending::<()>().await;
            }
            Err(error) => tracing::warn!(%error, "a beat was lost"),
        }
    }
}

async fn write_down(app: &Arc<App>, job: &Job, attempted: Attempted) {
    for _ in 0..TRIES {
        let written = match &attempted {
            Attempted::Ended(ended) => app.store.finish(&job.id, job.attempt, ended.clone()).await,
            // A canceled job is no longer this attempt's, and stays canceled.
            Attempted::Stopped => app.store.release(&job.id, job.attempt).await,
            Attempted::Fault { cause, last } => {
                tracing::warn!(cause, "an attempt failed");
                metrics::counter!("pantomime_attempts_failed_total").increment(1);
                let backoff = app.settings.backoff(u32::try_from(job.attempt).unwrap_or(1));
                app.store.put_back(&job.id, job.attempt, app.settings.attempts, backoff, last.clone()).await
            }
        };
        match written {
            Ok(own) => {
                settled(app, job, &attempted, own).await;
                return;
            }
            Err(error) => {
                tracing::error!(%error, "the end of an attempt cannot be written down yet");
                tokio::select! {
                    () = tokio::time::sleep(AGAIN) => {}
                    () = app.stopping.cancelled() => return,
                }
            }
        }
    }
}

/// Cleans up after an attempt whose end is written down; `own` says whether the job was still its own.
async fn settled(app: &App, job: &Job, attempted: &Attempted, own: bool) {
    if let Attempted::Ended(Ended::Completed(result)) = attempted
        && !own
    {
        // Somebody else's attempt counts, or the job was canceled: this video belongs to nobody.
        let _ = tokio::fs::remove_file(app.files.output(&result.file)).await;
    }
    match app.store.any_job(&job.id).await {
        Ok(Some(now)) if now.state.is_ended() => {
            app.files.clear_work(&job.id);
            if own {
                tracing::info!(
                    state = now.state.as_str(),
                    code = now.failure.as_ref().map(|f| f.code.as_str()),
                    "a job ended"
                );
                app.announce_end(&now);
            }
        }
        // It waits for another attempt, which uses what this one leaves.
        Ok(Some(_)) => app.hub.changed(&job.id),
        Ok(None) => app.files.clear_work(&job.id),
        Err(error) => tracing::warn!(%error, "a job cannot be looked at"),
    }
}

async fn run(app: &Arc<App>, job: &Job, told: &Arc<Mutex<Told>>, stop: &CancellationToken) -> Attempted {
    let work = app.files.work(&job.id);
    let scratch = work.join(format!("attempt-{}", job.attempt));
    let attempted = match Inputs::bring(app, job, Task::Run, &work, &scratch, told, stop).await {
        Ok(Some(inputs)) => make(app, job, &inputs, &scratch, told, stop).await,
        Ok(None) => Attempted::Stopped,
        Err(InputError::Rejected(rejection)) => Attempted::Ended(Ended::Failed(rejection.into())),
        Err(error) => Attempted::fault(error),
    };
    remove_folder(&scratch);
    attempted
}

/// The inputs of a job, on this machine.
pub(super) struct Inputs {
    image: PathBuf,
    video: PathBuf,
    work: PathBuf,
}

impl Inputs {
    /// Brings the inputs that `task` needs; `None` if it was stopped.
    pub(super) async fn bring(
        app: &App,
        job: &Job,
        task: Task,
        work: &Path,
        scratch: &Path,
        told: &Mutex<Told>,
        stop: &CancellationToken,
    ) -> Result<Option<Self>, InputError> {
        remove_folder(scratch);
        let kept = work.join("kept");
        for folder in [&kept, scratch] {
            std::fs::create_dir_all(folder)?;
        }
        told.lock().unwrap_or_else(PoisonError::into_inner).progress =
            Some(JobProgress { stage: "fetch", percent: 0, remaining_secs: None });
        let inputs = Self { image: work.join("image"), video: work.join("video"), work: kept };
        let both = async {
            let needed = |needed, source, kind, to| async move {
                if needed { bring(app, job, source, kind, to).await } else { Ok(()) }
            };
            let request = &job.request;
            let image = needed(task.needs_image(), &request.image, MediaKind::Image, &inputs.image);
            let video = needed(task.needs_video(), &request.video, MediaKind::Video, &inputs.video);
            let (image, video) = tokio::join!(image, video);
            // What is wrong with the image is told first, as the engine does.
            image.and(video)
        };
        tokio::select! {
            brought = both => brought?,
            () = stop.cancelled() => return Ok(None),
        }
        Ok(Some(inputs))
    }
}

pub(super) fn order(app: &App, request: &JobRequest, inputs: &Inputs, scratch: &Path, task: Task) -> Order {
    let limits = app.settings.media_limits();
    let longest = request.longest_video_secs.min(*limits.video_secs.end());
    let limits = MediaLimits { video_secs: *limits.video_secs.start()..=longest, ..limits };
    Order {
        task,
        engine: app.engine(request.engine.as_deref()).map(|engine| engine.name.clone()).unwrap_or_default(),
        request: TransferRequest {
            keep_original_sound: request.keep_original_sound,
            orientation: request.orientation,
            prompt: request.prompt.clone(),
            seed: request.seed,
            shutter_deg: request.shutter_deg,
            output_size: request.output_size,
            limits,
            ..TransferRequest::new(&inputs.image, &inputs.video, scratch.join("output.mp4"))
        },
        threads: app.settings.threads_per_job(),
        work_dir: inputs.work.clone(),
        scratch: scratch.to_owned(),
        limits: WallLimits {
            memory_bytes: app.settings.job_memory_mb.saturating_mul(1_000_000),
            cpu_secs: app.settings.job_cpu_secs,
            ..WallLimits::default()
        },
    }
}

async fn make(
    app: &Arc<App>,
    job: &Job,
    inputs: &Inputs,
    scratch: &Path,
    told: &Arc<Mutex<Told>>,
    stop: &CancellationToken,
) -> Attempted {
    let order = order(app, &job.request, inputs, scratch, Task::Run);
    let made = order.request.output.clone();
    let patience = Patience {
        wall: Duration::from_secs(app.settings.job_wall_secs),
        stall: Duration::from_secs(app.settings.job_stall_secs),
        grace: GRACE,
    };
    let hear = |event: ChildEvent| match event {
        ChildEvent::Frame { index, jpeg } => {
            app.hub.show(&job.id, Preview { frame: index, jpeg: jpeg.into() });
        }
        event => hear(&mut told.lock().unwrap_or_else(PoisonError::into_inner), event),
    };
    match run_child(&app.child, order, patience, hear, stop.clone()).await {
        Ok(ChildOutcome::Done { report, measures }) => {
            let file = format!("{}-{}.mp4", job.id, job.attempt);
            match app.files.publish(&made, &file) {
                Ok(()) => Attempted::Ended(Ended::Completed(Box::new(JobResult {
                    file,
                    bytes: measures.bytes,
                    duration_secs: measures.duration_secs,
                    width: measures.width,
                    height: measures.height,
                    has_audio: measures.has_audio,
                    poster: keep_poster(app, &job.id),
                    report: *report,
                }))),
                Err(error) => Attempted::fault(format!("the video cannot be stored: {error}")),
            }
        }
        Ok(ChildOutcome::Rejected(rejection)) => Attempted::Ended(Ended::Failed(rejection.into())),
        Ok(ChildOutcome::Cancelled) => Attempted::Stopped,
        Ok(ChildOutcome::Unavailable { what, remedy }) => Attempted::fault(format!("{what}; {remedy}")),
        Ok(ChildOutcome::Internal(message)) => Attempted::fault(message),
        Ok(ChildOutcome::Told(_)) => Attempted::fault("a child told something where it was to run"),
        Err(ChildFault::OutOfMemory) => Attempted::failed(
            FailureCode::OUT_OF_MEMORY,
            format!(
                "The job needed more than the {} MB of memory that it may take; send a smaller image or a shorter video.",
                app.settings.job_memory_mb
            ),
        ),
        Err(ChildFault::TimedOut(TimeLimit::Stall)) => Attempted::Fault {
            cause: "the child made no progress".to_owned(),
            last: JobFailure::new(
                FailureCode::TIMEOUT,
                "The job stood still at every attempt; send another video.",
            ),
        },
        Err(ChildFault::TimedOut(_)) => Attempted::failed(
            FailureCode::TIMEOUT,
            "The job took longer than it may; send a shorter or smaller video.",
        ),
        Err(fault) => Attempted::fault(fault),
    }
}

/// Keeps the last frame that was shown, to stand for the video in lists; whether it is there.
fn keep_poster(app: &App, job_id: &str) -> bool {
    let Some(preview) = app.hub.preview(job_id) else { return false };
    let written = std::fs::write(app.files.poster(job_id), &preview.jpeg);
    if let Err(error) = &written {
        tracing::warn!(%error, "a poster cannot be stored");
    }
    written.is_ok()
}

fn hear(told: &mut Told, event: ChildEvent) {
    match event {
        ChildEvent::Progress { progress, fraction, remaining_secs } => {
            // Fetching was the first percent, and the last is for the file's way to its place.
            let percent = (1.0 + 98.0 * fraction.clamp(0.0, 1.0)) as u8;
            told.progress = Some(JobProgress {
                stage: progress.stage.as_str(),
                percent,
                remaining_secs: remaining_secs.map(|secs| secs.ceil().clamp(0.0, 86_400.0) as u32),
            });
        }
        ChildEvent::Warning(warning) => {
            told.warnings.push(warning);
            told.fresh_warnings = true;
        }
        ChildEvent::Ready { lacking, .. } if !lacking.is_empty() => {
            tracing::debug!(?lacking, "the wall lacks something on this machine");
        }
        ChildEvent::Ready { .. } | ChildEvent::Frame { .. } => {}
    }
}
