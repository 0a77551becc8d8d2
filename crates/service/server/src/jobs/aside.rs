//! Work that a request waits for: a look at a pair, a character or a motion to be kept, a few moving seconds to look at. It is no job,
//! is not stored, and costs nothing; so there is one at a time, and it is bounded more narrowly.

use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use contract::Rejection;
use serde_json::{Value, json};

use super::attempt::{GRACE, Inputs, Told, order};
use super::inputs::InputError;
use super::{Job, JobRequest, JobState, Preview};
use crate::App;
use crate::http::Refusal;
use crate::store::now_ms;
use crate::wall::{ChildEvent, ChildOutcome, Patience, Task, run_child};

/// Seconds that one may take.
const SECS: u64 = 120;

/// Bytes of what one makes, at most.
const MADE_BYTES: u64 = 200_000_000;

/// What came of it.
pub(crate) struct Aside {
    /// What the engine told.
    pub(crate) told: Value,
    /// What it made, until this is dropped.
    pub(crate) file: PathBuf,
    /// The last frame that it showed.
    pub(crate) preview: Option<Preview>,
    _place: Place,
}

impl Aside {
    /// The length of what was made, if it is a file of its own and no larger than it may be.
    pub(crate) fn made(&self) -> Result<u64, Refusal> {
        use std::os::unix::fs::MetadataExt as _;
        match fs::symlink_metadata(&self.file) {
            Ok(found) if found.is_file() && found.nlink() == 1 && found.len() <= MADE_BYTES => {
                Ok(found.len())
            }
            _ => {
                tracing::error!("an engine made nothing that can be used");
                Err(Refusal::Internal)
            }
        }
    }
}

/// A folder to work in, which goes with whoever waits.
struct Place {
    app: Arc<App>,
    id: String,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.app.hub.end(&self.id);
        self.app.files.clear_work(&self.id);
    }
}

/// Why nothing came of it: the caller can mend it, or it is told as any refusal.
pub(super) enum AsideError {
    Rejected(Rejection),
    Refused(Refusal),
}

/// Does `task` with what `request` names in a child behind the wall, and waits for it.
pub(super) async fn run(app: &Arc<App>, task: Task, request: JobRequest) -> Result<Aside, AsideError> {
    let refused = |refusal| Err(AsideError::Refused(refusal));
    let id = format!("aside-{}", uuid::Uuid::now_v7());
    let _token = app.hub.begin(&id);
    let place = Place { app: app.clone(), id: id.clone() };
    let work = app.files.work(&id);
    let scratch = work.join("attempt-1");
    let job = unstored(&id, request);
    let (told, stop) = (Mutex::new(Told::default()), app.stopping.child_token());
    let inputs = match Inputs::bring(app, &job, task, &work, &scratch, &told, &stop).await {
        Ok(Some(inputs)) => inputs,
        Ok(None) => return refused(Refusal::Draining),
        Err(InputError::Rejected(rejection)) => return Err(AsideError::Rejected(rejection)),
        Err(error) => {
            tracing::error!(%error, "an input cannot be brought");
            return refused(Refusal::Internal);
        }
    };
    let order = order(app, &job.request, &inputs, &scratch, task);
    let file = order.request.output.clone();
    let time = Duration::from_secs(SECS);
    let patience = Patience { wall: time, stall: time, grace: GRACE };
    let hear = |event| {
        if let ChildEvent::Frame { index, jpeg } = event {
            app.hub.show(&id, Preview { frame: index, jpeg: jpeg.into() });
        }
    };
    let told = match run_child(&app.child, order, patience, hear, stop).await {
        Ok(ChildOutcome::Told(told)) => told,
        Ok(ChildOutcome::Done { .. }) => Value::Null,
        Ok(ChildOutcome::Rejected(rejection)) => return Err(AsideError::Rejected(rejection)),
        Ok(ChildOutcome::Cancelled) => return refused(Refusal::Draining),
        Ok(ChildOutcome::Unavailable { what, remedy }) => {
            tracing::error!(what, remedy, "an engine cannot do what was asked of it");
            return refused(Refusal::Internal);
        }
        Ok(ChildOutcome::Internal(cause)) => {
            tracing::error!(cause, "an engine failed at what was asked of it");
            return refused(Refusal::Internal);
        }
        Err(fault) => {
            tracing::error!(%fault, "a child failed at what was asked of it");
            return refused(Refusal::Internal);
        }
    };
    Ok(Aside { told, file, preview: app.hub.preview(&id), _place: place })
}

/// Looks at a pair without making its video.
pub(super) async fn check(app: &Arc<App>, request: JobRequest) -> Result<Value, Refusal> {
    match run(app, Task::Check, request).await {
        Ok(Aside { mut told, .. }) => {
            let problems = told["problems"].as_array().map_or(0, Vec::len);
            told["usable"] = Value::from(problems == 0);
            Ok(told)
        }
        Err(AsideError::Rejected(rejection)) => Ok(json!({
            "usable": false,
            "problems": [{ "code": rejection.code.as_str(), "message": rejection.message }],
            "advice": [],
        })),
        Err(AsideError::Refused(refusal)) => Err(refusal),
    }
}

/// Makes something of what `request` names.
pub(super) async fn make(app: &Arc<App>, task: Task, request: JobRequest) -> Result<Aside, Refusal> {
    run(app, task, request).await.map_err(|error| match error {
        AsideError::Rejected(rejection) => Refusal::Unusable(rejection),
        AsideError::Refused(refusal) => refusal,
    })
}

/// A job so that inputs are brought in the one way there is; it is never stored.
fn unstored(id: &str, request: JobRequest) -> Job {
    Job {
        seq: 0,
        id: id.to_owned(),
        key_id: String::new(),
        request,
        state: JobState::Running,
        attempt: 1,
        stage: None,
        percent: 0,
        remaining_secs: None,
        warnings: Vec::new(),
        result: None,
        failure: None,
        price: 0,
        created_ms: now_ms(),
        started_ms: None,
        ended_ms: None,
        output_gone_ms: None,
    }
}
