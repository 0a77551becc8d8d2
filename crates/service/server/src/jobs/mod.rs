//! Jobs: what they are, whose turn it is, and the workers that run them.

mod aside;
mod attempt;
mod files;
mod hub;
mod inputs;
mod job;
mod leases;
mod queue;
mod retention;
mod sample;
mod worker;

pub(crate) use aside::Aside;
pub(crate) use files::Files;
pub(crate) use hub::{Hub, Preview};
pub(crate) use inputs::own_source;
pub use job::{Dialect, JobState};
pub(crate) use job::{FailureCode, Job, JobFailure, JobProgress, JobRequest, JobResult, Source};
pub(crate) use leases::watch_leases;
pub(crate) use queue::Queue;
pub(crate) use retention::keep_house;
pub use sample::Sample;
pub(crate) use sample::{SAMPLE_ID, SampleError, place_samples};
pub(crate) use worker::{Crew, run_workers};
