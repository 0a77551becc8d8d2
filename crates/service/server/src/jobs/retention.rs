use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};
use std::{fs, io};

use tokio::time::{MissedTickBehavior, interval};

use super::files::remove_folder;
use crate::App;
use crate::store::{StoreError, now_ms};

/// How often the house is kept.
const ROUND: Duration = Duration::from_secs(1800);

const DAY_MS: i64 = 24 * 3600 * 1000;

/// The machine's clock may be off by this much against one that does not jump; beyond it nothing is thrown away by age.
const TRUSTED_DRIFT_MS: i64 = 600_000;

/// Removes what is past its time: videos, records, assets, and what was left behind by attempts that were broken off.
pub(crate) async fn keep_house(app: Arc<App>) {
    let started = (Instant::now(), now_ms());
    let mut rounds = interval(ROUND);
    rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = app.stopping.cancelled() => return,
            _ = rounds.tick() => {}
        }
        if let Err(error) = sweep_leftovers(&app).await {
            tracing::warn!(%error, "leftovers cannot be removed");
        }
        let elapsed_ms = i64::try_from(started.0.elapsed().as_millis()).unwrap_or(i64::MAX);
        let drift_ms = (now_ms() - started.1 - elapsed_ms).abs();
        if drift_ms > TRUSTED_DRIFT_MS {
            tracing::warn!(drift_ms, "the clock jumped: nothing is removed by age until the next start");
        } else if let Err(error) = sweep(&app).await {
            tracing::warn!(%error, "what is past its time cannot be removed");
        }
    }
}

/// One round by age.
pub(crate) async fn sweep(app: &App) -> Result<(), StoreError> {
    let before = |days: u64| (days > 0).then(|| now_ms() - i64::try_from(days).unwrap_or(0) * DAY_MS);
    if let Some(before_ms) = before(app.settings.keep_outputs_days) {
        loop {
            let old = app.store.outputs_before(before_ms).await?;
            let Some(count) = std::num::NonZeroUsize::new(old.len()) else { break };
            let mut gone = Vec::with_capacity(count.get());
            for (id, file) in old {
                match fs::remove_file(app.files.output(&file)) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => {
                        tracing::warn!(file, %error, "a video cannot be removed");
                    }
                    _ => {
                        let _ = fs::remove_file(app.files.poster(&id));
                        gone.push(id);
                    }
                }
            }
            if gone.is_empty() {
                break;
            }
            app.store.outputs_gone(gone).await?;
        }
    }
    if let Some(before_ms) = before(app.settings.keep_jobs_days) {
        while app.store.forget_before(before_ms).await? > 0 {}
        app.store.forget_deliveries(before_ms).await?;
    }
    if let Some(before_ms) = before(app.settings.keep_assets_days) {
        for id in app.store.forget_assets(before_ms).await? {
            // One that is gone already is what was wanted.
            let _ = fs::remove_file(app.files.asset(&id));
        }
    }
    Ok(())
}

/// Folders of jobs that have ended, and videos and posters that no job names.
async fn sweep_leftovers(app: &App) -> Result<(), StoreError> {
    for id in app.files.work_ids().unwrap_or_default() {
        let open = app.store.any_job(&id).await?.is_some_and(|job| !job.state.is_ended());
        if !open && !app.hub.runs(&id) {
            remove_folder(&app.files.work(&id));
        }
    }
    for id in app.files.poster_ids().unwrap_or_default() {
        if !app.hub.runs(&id) && app.store.any_job(&id).await?.is_none_or(|job| job.result.is_none()) {
            let _ = fs::remove_file(app.files.poster(&id));
        }
    }
    for file in app.files.output_names().unwrap_or_default() {
        let id = file.rsplit_once('-').map_or(file.as_str(), |(id, _)| id);
        let job = app.store.any_job(id).await?;
        let named: HashSet<_> = job.iter().filter_map(|job| job.result.as_ref().map(|r| &r.file)).collect();
        // A video takes its name before its job's state turns, so one of an open job may be about to be named.
        let open = job.as_ref().is_some_and(|job| !job.state.is_ended()) || app.hub.runs(id);
        if !open && !named.contains(&file) {
            let _ = fs::remove_file(app.files.output(&file));
        }
    }
    Ok(())
}
