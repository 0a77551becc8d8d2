//! Jobs: what they are, whose turn it is, and the workers that run them.

mod attempt;
mod files;
mod hub;
mod inputs;
mod job;
mod leases;
mod queue;
mod retention;
mod worker;

pub(crate) use files::Files;
pub(crate) use hub::Hub;
pub(crate) use inputs::own_source;
pub use job::{Dialect, JobState};
pub(crate) use job::{FailureCode, Job, JobFailure, JobProgress, JobRequest, JobResult, Source};
pub(crate) use leases::watch_leases;
pub(crate) use queue::Queue;
pub(crate) use retention::keep_house;
pub(crate) use worker::{Crew, run_workers};
