use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use contract::Stage;

/// Wall-clock seconds of each stage. Stages may overlap and come in pieces, on any thread.
#[derive(Debug, Default)]
pub(crate) struct Stopwatch(Mutex<BTreeMap<Stage, f64>>);

impl Stopwatch {
    /// Runs `work` and adds its time to `stage`.
    pub(crate) fn time<T>(&self, stage: Stage, work: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let result = work();
        let mut stages = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *stages.entry(stage).or_default() += start.elapsed().as_secs_f64();
        result
    }

    /// Seconds by stage.
    pub(crate) fn into_secs(self) -> BTreeMap<Stage, f64> {
        self.0.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}
