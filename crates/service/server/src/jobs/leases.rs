use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::time::{MissedTickBehavior, interval};

use super::{FailureCode, JobFailure};
use crate::App;

/// A lease whose beat stands still for so long is lost. A beat comes every second, and a disk may be slow.
const LOST_AFTER: Duration = Duration::from_secs(30);

/// How often leases are looked at.
const LOOK: Duration = Duration::from_secs(5);

/// Takes jobs back whose worker no longer says that it lives.
///
/// Time is counted here, by a clock that does not jump, from when a beat was first seen: the machine's clock and the clocks of
/// others do not matter.
pub(crate) async fn watch_leases(app: Arc<App>) {
    let mut seen = Leases::default();
    let mut looks = interval(LOOK);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = app.stopping.cancelled() => return,
            _ = looks.tick() => {}
        }
        let leases = match app.store.leases().await {
            Ok(leases) => leases,
            Err(error) => {
                tracing::warn!(%error, "leases cannot be looked at");
                continue;
            }
        };
        for (id, attempt) in seen.lost(leases, Instant::now()) {
            tracing::warn!(job.id = id, attempt, "a lease is lost");
            app.hub.stop(&id);
            let backoff = app.settings.backoff(1);
            let last = JobFailure::new(FailureCode::INTERNAL, super::attempt::GAVE_UP);
            match app.store.put_back(&id, attempt, app.settings.attempts, backoff, last).await {
                Ok(_) => app.hub.work.notify_one(),
                Err(error) => tracing::warn!(job.id = id, %error, "a lost job cannot be put back yet"),
            }
        }
    }
}

/// Leases with their beats, and when each beat was first seen.
#[derive(Default)]
struct Leases(HashMap<String, (i64, i64, Instant)>);

impl Leases {
    /// Those of `found` (job, attempt, beat) that stood still for too long.
    fn lost(&mut self, found: Vec<(String, i64, i64)>, now: Instant) -> Vec<(String, i64)> {
        let mut next = HashMap::with_capacity(found.len());
        let mut lost = Vec::new();
        for (id, attempt, beat) in found {
            let since = match self.0.get(&id) {
                Some((a, b, since)) if (*a, *b) == (attempt, beat) => *since,
                _ => now,
            };
            if now.duration_since(since) >= LOST_AFTER {
                lost.push((id, attempt));
            } else {
                next.insert(id, (attempt, beat, since));
            }
        }
        self.0 = next;
        lost
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_beat_that_stands_still_loses_its_lease() {
        let (mut leases, start) = (Leases::default(), Instant::now());
        let found = |beat| vec![("dead".to_owned(), 1, 5), ("alive".to_owned(), 1, beat)];
        assert!(leases.lost(found(1), start).is_empty());
        assert!(leases.lost(found(2), start + LOST_AFTER / 2).is_empty());
        assert_eq!(leases.lost(found(3), start + LOST_AFTER), [("dead".to_owned(), 1)]);
        // Another attempt has its own time.
        assert!(leases.lost(vec![("dead".to_owned(), 2, 5)], start + LOST_AFTER * 2).is_empty());
    }
}
