use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use tokio::sync::{Notify, broadcast};
use tokio_util::sync::CancellationToken;

/// Changes that a listener may be behind; one that is further behind looks at the job itself.
const BACKLOG: usize = 1024;

/// A frame of a video that is being made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Preview {
    /// Its number, counted from 0.
    pub(crate) frame: u64,
    /// It, as a JPEG.
    pub(crate) jpeg: Bytes,
}

/// Who is to hear that something changed: workers, listeners to events, those who wait for an end, the webhooks.
pub(crate) struct Hub {
    changes: broadcast::Sender<String>,
    running: Mutex<HashMap<String, CancellationToken>>,
    previews: Mutex<HashMap<String, Preview>>,
    /// A job may be due.
    pub(crate) work: Notify,
    /// A webhook may be due.
    pub(crate) webhook: Notify,
}

impl Default for Hub {
    fn default() -> Self {
        Self {
            changes: broadcast::channel(BACKLOG).0,
            running: Mutex::default(),
            previews: Mutex::default(),
            work: Notify::new(),
            webhook: Notify::new(),
        }
    }
}

impl Hub {
    /// Something about the job changed.
    pub(crate) fn changed(&self, job_id: &str) {
        // Nobody may be listening.
        let _ = self.changes.send(job_id.to_owned());
    }

    /// From now on, the ids of jobs that change.
    pub(crate) fn listen(&self) -> broadcast::Receiver<String> {
        self.changes.subscribe()
    }

    /// An attempt begins: the token by which it is stopped.
    pub(crate) fn begin(&self, job_id: &str) -> CancellationToken {
        let token = CancellationToken::new();
        self.lock().insert(job_id.to_owned(), token.clone());
        token
    }

    /// An attempt has ended.
    pub(crate) fn end(&self, job_id: &str) {
        self.lock().remove(job_id);
        self.previews.lock().unwrap_or_else(PoisonError::into_inner).remove(job_id);
    }

    /// Shows a frame of a job that is being made, in place of the one before.
    pub(crate) fn show(&self, job_id: &str, preview: Preview) {
        self.previews.lock().unwrap_or_else(PoisonError::into_inner).insert(job_id.to_owned(), preview);
        self.changed(job_id);
    }

    /// The frame of a job that was drawn last, while it is being made here.
    pub(crate) fn preview(&self, job_id: &str) -> Option<Preview> {
        self.previews.lock().unwrap_or_else(PoisonError::into_inner).get(job_id).cloned()
    }

    /// Stops the attempt at a job, if one is made here.
    pub(crate) fn stop(&self, job_id: &str) {
        if let Some(token) = self.lock().get(job_id) {
            token.cancel();
        }
    }

    /// Stops all attempts that are made here.
    pub(crate) fn stop_all(&self) {
        self.lock().values().for_each(CancellationToken::cancel);
    }

    /// Whether an attempt at the job is made here.
    pub(crate) fn runs(&self, job_id: &str) -> bool {
        self.lock().contains_key(job_id)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, CancellationToken>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
