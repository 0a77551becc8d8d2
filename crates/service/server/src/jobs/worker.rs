use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::Value;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::task::JoinSet;

use super::aside;
use super::attempt::{self, GAVE_UP};
use super::{Aside, FailureCode, JobFailure, JobRequest};
use crate::App;
use crate::http::Refusal;
use crate::wall::Task;

/// Between looks at the queue when the database fails.
const AFTER_FAULT: Duration = Duration::from_secs(1);

/// Between looks at the queue when nothing calls: another process may have put a job there.
const IDLE: Duration = Duration::from_secs(30);

/// Looks at pairs at a time; more would take the processors from the jobs.
const CHECKS: usize = 1;

/// Looks at pairs that may wait.
const CHECKS_WAITING: usize = 8;

/// Files that are fetched at a time for requests that wait for them.
const FETCHES: usize = 4;

/// The workers of this process, and who looks at pairs beforehand.
pub(crate) struct Crew {
    alive: AtomicUsize,
    checks: Semaphore,
    checks_waiting: Semaphore,
    fetches: Semaphore,
}

impl Default for Crew {
    fn default() -> Self {
        Self {
            alive: AtomicUsize::new(0),
            checks: Semaphore::new(CHECKS),
            checks_waiting: Semaphore::new(CHECKS_WAITING),
            fetches: Semaphore::new(FETCHES),
        }
    }
}

impl Crew {
    /// Whether anybody runs jobs.
    pub(crate) fn is_alive(&self) -> bool {
        self.alive.load(Ordering::Acquire) > 0
    }

    /// A turn to fetch a file while a request waits for it.
    pub(crate) fn fetch(&self) -> Result<SemaphorePermit<'_>, Refusal> {
        self.fetches.try_acquire().map_err(|_| Refusal::QueueFull)
    }

    /// Looks at a pair without making its video.
    pub(crate) async fn check(&self, app: &Arc<App>, request: JobRequest) -> Result<Value, Refusal> {
        let _waiting = self.checks_waiting.try_acquire().map_err(|_| Refusal::QueueFull)?;
        let _turn = self.checks.acquire().await.map_err(|_| Refusal::Draining)?;
        aside::check(app, request).await
    }

    /// Makes something that a request waits for, in turn with the looks.
    pub(crate) async fn make(
        &self,
        app: &Arc<App>,
        task: Task,
        request: JobRequest,
    ) -> Result<Aside, Refusal> {
        let _waiting = self.checks_waiting.try_acquire().map_err(|_| Refusal::QueueFull)?;
        let _turn = self.checks.acquire().await.map_err(|_| Refusal::Draining)?;
        aside::make(app, task, request).await
    }
}

/// Runs the workers until the service drains, and then waits for what they have begun.
pub(crate) async fn run_workers(app: Arc<App>) {
    let mut workers = JoinSet::new();
    for _ in 0..app.settings.workers {
        workers.spawn(work(app.clone()));
    }
    while let Some(ended) = workers.join_next().await {
        if let Err(error) = ended {
            tracing::error!(%error, "a worker ended");
        }
    }
}

async fn work(app: Arc<App>) {
    app.crew.alive.fetch_add(1, Ordering::AcqRel);
    while !app.is_draining() {
        let wait = match app.store.lease().await {
            Ok(Some(job)) => {
                one(&app, job).await;
                continue;
            }
            Ok(None) => match app.store.next_due().await {
                Ok(due) => due.map_or(IDLE, |due| due.clamp(Duration::from_millis(10), IDLE)),
                Err(_) => AFTER_FAULT,
            },
            Err(error) => {
                tracing::error!(%error, "no job can be leased");
                AFTER_FAULT
            }
        };
        tokio::select! {
            () = app.hub.work.notified() => {}
            () = app.draining_began.cancelled() => {}
            () = tokio::time::sleep(wait) => {}
        }
    }
    app.crew.alive.fetch_sub(1, Ordering::AcqRel);
}

/// Makes one attempt in a task of its own, so that a fault in it ends nothing but the attempt.
async fn one(app: &Arc<App>, job: super::Job) {
    let (id, number) = (job.id.clone(), job.attempt);
    let run = tokio::spawn(attempt::attempt(app.clone(), job));
    if let Err(error) = run.await {
        tracing::error!(job.id = id, %error, "an attempt broke");
        app.hub.end(&id);
        let last = JobFailure::new(FailureCode::INTERNAL, GAVE_UP);
        let put_back = app.store.put_back(&id, number, app.settings.attempts, app.settings.backoff(1), last);
        if let Err(error) = put_back.await {
            tracing::error!(job.id = id, %error, "a broken job cannot be put back yet");
        }
    }
}
