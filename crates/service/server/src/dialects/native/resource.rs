use contract::{Warning, WarningCode};
use serde_json::{Value, json};

use crate::App;
use crate::dialects::tenths;
use crate::http::Refusal;
use crate::jobs::{Job, JobState, Source};

/// A job as this interface shows it.
pub(super) async fn resource(app: &App, job: &Job, base: &str) -> Result<Value, Refusal> {
    let position = if job.state == JobState::Queued { app.queue.position(&job.id).await? } else { None };
    let output = job.result.as_ref().map(|made| {
        json!({
            "url": app.links.output(base, &job.id),
            "expired": job.output_gone_ms.is_some(),
            "content_type": "video/mp4",
            "bytes": made.bytes,
            "duration_seconds": tenths(made.duration_secs),
            "width": made.width,
            "height": made.height,
            "has_audio": made.has_audio,
            "frames": made.report.frames,
            "frame_rate": made.report.frame_rate,
            "tracked_share": made.report.tracked_share,
            "engine": made.report.engine,
            "version": made.report.version,
            "stage_seconds": made.report.stage_secs,
            "quality": made.report.quality,
        })
    });
    let itself = format!("{base}/api/v1/jobs/{}", job.id);
    Ok(json!({
        "id": job.id,
        "state": job.state,
        "interface": job.request.dialect,
        "request": {
            "image_url": shown(base, &job.request.image),
            "video_url": shown(base, &job.request.video),
            "character_orientation": job.request.orientation,
            "keep_original_sound": job.request.keep_original_sound,
            "prompt": job.request.prompt,
            "seed": job.request.seed,
            "shutter": job.request.shutter_deg,
            "size": job.request.output_size.to_string(),
            "engine": job.request.engine,
            "webhook_url": job.request.webhook_url,
            "retry_of": job.request.retry_of,
        },
        "stage": job.stage,
        "progress_percent": job.percent,
        "estimated_remaining_seconds": job.remaining_secs,
        "queue_position": position,
        "attempt": job.attempt,
        "preview": preview(app, job, base),
        "warnings": warnings(app, job),
        "output": output,
        "error": job.failure.as_ref().map(|failure| json!({
            "code": failure.code.as_str(), "message": failure.message,
        })),
        "price_dollars": job.price as f64 / 1e6,
        "created_ms": job.created_ms,
        "started_ms": job.started_ms,
        "ended_ms": job.ended_ms,
        "links": {
            "self": itself,
            "events": format!("{itself}/events"),
            "cancel": format!("{itself}/cancel"),
            "retry": format!("{itself}/retry"),
            "deliveries": format!("{itself}/deliveries"),
        },
    }))
}

/// A picture of the video: of a running job the frame that was drawn last, of a completed one a frame of what was made.
fn preview(app: &App, job: &Job, base: &str) -> Option<Value> {
    let frame = match job.state {
        JobState::Running => Some(app.hub.preview(&job.id)?.frame),
        JobState::Completed if job.output_gone_ms.is_none() && job.result.as_ref()?.poster => None,
        _ => return None,
    };
    Some(json!({ "url": app.links.preview(base, &job.id, frame), "frame": frame }))
}

fn shown(base: &str, source: &Source) -> String {
    match source {
        Source::Url(url) => url.clone(),
        Source::Asset(id) => format!("{base}/assets/{id}"),
        Source::Output(id) => format!("{base}/output/{id}.mp4"),
    }
}

/// The engine's warnings; and a prompt is never passed over in silence, not even before an engine has seen it.
fn warnings(app: &App, job: &Job) -> Vec<Warning> {
    let mut warnings = job.warnings.clone();
    let follows =
        app.engine(job.request.engine.as_deref()).is_some_and(|engine| engine.capabilities.follows_prompt);
    let told = warnings.iter().any(|warning| warning.code == WarningCode::NotSupported);
    if job.request.prompt.is_some() && !follows && !told {
        let message = "The prompt is kept with the job, but this engine does not act on it.";
        warnings.push(Warning::new(WarningCode::NotSupported, message));
    }
    warnings
}
