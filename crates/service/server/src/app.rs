use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use contract::Capabilities;
use tokio::sync::broadcast::error::RecvError;
use tokio_util::sync::CancellationToken;

use crate::fetch::Fetcher;
use crate::http::{Links, Refusal};
use crate::jobs::{Crew, Files, Hub, Job, JobRequest, Queue, Sample};
use crate::keys::{Gate, Tenant};
use crate::settings::Settings;
use crate::store::{Admission, NewJob, Store, StoreError, Submitted};
use crate::wall::ChildCommand;

/// An engine as the server knows it; it runs in the children.
#[derive(Clone, Debug, PartialEq)]
pub struct EngineProfile {
    /// The name that requests and reports use.
    pub name: String,
    /// What it can do.
    pub capabilities: Capabilities,
}

/// All that a request or a worker needs.
pub(crate) struct App {
    pub(crate) settings: Settings,
    pub(crate) store: Store,
    pub(crate) files: Files,
    pub(crate) fetcher: Fetcher,
    pub(crate) gate: Gate,
    pub(crate) hub: Hub,
    pub(crate) queue: Queue,
    pub(crate) links: Links,
    pub(crate) crew: Crew,
    /// The first one serves requests that name none.
    pub(crate) engines: Vec<EngineProfile>,
    pub(crate) samples: OnceLock<Vec<Sample>>,
    pub(crate) child: ChildCommand,
    /// No new jobs are taken, in or up.
    pub(crate) draining: AtomicBool,
    /// Wakes whoever waits for work when that begins.
    pub(crate) draining_began: CancellationToken,
    /// Everything that runs in the background ends.
    pub(crate) stopping: CancellationToken,
}

/// A client's idempotency key and the SHA-256 of the body that came with it.
pub(crate) type Idempotency = Option<(String, [u8; 32])>;

impl App {
    pub(crate) fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Acquire)
    }

    /// The pairs to begin with.
    pub(crate) fn samples(&self) -> &[Sample] {
        self.samples.get().map_or(&[], Vec::as_slice)
    }

    /// The engine that a request gets.
    pub(crate) fn engine(&self, name: Option<&str>) -> Option<&EngineProfile> {
        match name {
            Some(name) => self.engines.iter().find(|engine| engine.name == name),
            None => self.engines.first(),
        }
    }

    /// Takes a job in; it is on the disk when this returns. Answers its id, and whether the same request came before.
    pub(crate) async fn submit(
        self: &Arc<Self>,
        tenant: &Tenant,
        request: JobRequest,
        idempotency: Idempotency,
    ) -> Result<(String, bool), Refusal> {
        if self.is_draining() {
            return Err(Refusal::Draining);
        }
        let id = uuid::Uuid::now_v7().to_string();
        let limits =
            Admission { queue_limit: self.settings.queue_limit, open_jobs: self.settings.open_jobs_per_key };
        let dialect = request.dialect.as_str();
        let job = NewJob { id: id.clone(), key_id: tenant.id().to_owned(), request, idempotency };
        match self.store.submit(job, limits).await? {
            Submitted::Queued => {
                metrics::counter!("pantomime_jobs_submitted_total", "dialect" => dialect).increment(1);
                self.hub.work.notify_one();
                Ok((id, false))
            }
            Submitted::Replayed(id) => Ok((id, true)),
            Submitted::Conflict => Err(Refusal::IdempotencyConflict),
            Submitted::TooManyOpen => Err(Refusal::TooManyOpen),
            Submitted::QueueFull => Err(Refusal::QueueFull),
            Submitted::NoCredits => Err(Refusal::NoCredits),
        }
    }

    /// A job of the tenant.
    pub(crate) async fn job(&self, tenant: &Tenant, id: &str) -> Result<Job, Refusal> {
        if !is_id(id) {
            return Err(Refusal::NotFound);
        }
        self.store.job(tenant.id(), id).await?.ok_or(Refusal::NotFound)
    }

    /// Waits until the job has ended, for at most `patience`; answers it as it stands then.
    pub(crate) async fn ended(&self, id: &str, patience: Duration) -> Result<Job, Refusal> {
        let mut changes = self.hub.listen();
        let deadline = tokio::time::Instant::now() + patience;
        loop {
            let job = self.store.any_job(id).await?.ok_or(Refusal::NotFound)?;
            if job.state.is_ended() {
                return Ok(job);
            }
            loop {
                match tokio::time::timeout_at(deadline, changes.recv()).await {
                    Err(_) => return Ok(job),
                    Ok(Ok(changed)) if changed != id => {}
                    // Behind, or closed: look again.
                    Ok(Ok(_) | Err(RecvError::Lagged(_))) => break,
                    Ok(Err(RecvError::Closed)) => return Ok(job),
                }
            }
        }
    }

    /// Stops a job of the tenant: at once as seen from outside, and within moments in its process. An ended one stays as
    /// it is.
    pub(crate) async fn cancel(&self, tenant: &Tenant, id: &str) -> Result<Job, Refusal> {
        if !is_id(id) {
            return Err(Refusal::NotFound);
        }
        match self.store.cancel(tenant.id(), id).await?.ok_or(Refusal::NotFound)? {
            None => self.job(tenant, id).await,
            Some(job) => {
                self.hub.stop(id);
                self.announce_end(&job);
                if !self.hub.runs(id) {
                    self.files.clear_work(id);
                }
                Ok(job)
            }
        }
    }

    /// Tells everybody that a job has ended.
    pub(crate) fn announce_end(&self, job: &Job) {
        let code = job.failure.as_ref().map_or("none", |failure| failure.code.as_str());
        metrics::counter!("pantomime_jobs_ended_total", "state" => job.state.as_str(), "code" => code)
            .increment(1);
        self.hub.changed(&job.id);
        if job.request.webhook_url.is_some() {
            self.hub.webhook.notify_one();
        }
    }
}

/// Whether a text could be an id; anything else names nothing.
pub(crate) fn is_id(text: &str) -> bool {
    (1..=128).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "a request failed");
        Self::Internal
    }
}
