use std::collections::HashMap;
use std::time::{Duration, Instant};

use tokio::sync::Mutex;

use crate::store::{Store, StoreError};

/// How long a look at the queue is good for: positions are for people.
const GOOD_FOR: Duration = Duration::from_millis(500);

/// Where each waiting job stands: keys take turns, and each key's jobs go in order of arrival.
pub(crate) struct Queue {
    store: Store,
    seen: Mutex<(Instant, HashMap<String, u64>)>,
}

impl Queue {
    pub(crate) fn new(store: Store) -> Self {
        let long_ago = Instant::now().checked_sub(GOOD_FOR).unwrap_or_else(Instant::now);
        Self { store, seen: Mutex::new((long_ago, HashMap::new())) }
    }

    /// How many jobs go before this one; 0 is next, `None` is not waiting.
    pub(crate) async fn position(&self, job_id: &str) -> Result<Option<u64>, StoreError> {
        let mut seen = self.seen.lock().await;
        // A job that has just come is not in an earlier look.
        if seen.0.elapsed() >= GOOD_FOR || !seen.1.contains_key(job_id) {
            *seen = (Instant::now(), positions(&self.store.waiting().await?));
        }
        Ok(seen.1.get(job_id).copied())
    }
}

/// Positions of jobs that are given by key, keys in order of their turns: every key's first, then every key's second …
fn positions(waiting: &[(String, String)]) -> HashMap<String, u64> {
    let mut ranked = Vec::with_capacity(waiting.len());
    let (mut key_rank, mut own) = (0usize, 0usize);
    for (index, (key, id)) in waiting.iter().enumerate() {
        if index > 0 && waiting[index - 1].0 == *key {
            own += 1;
        } else {
            (key_rank, own) = (key_rank + 1, 0);
        }
        ranked.push(((own, key_rank), id));
    }
    ranked.sort_unstable();
    (0u64..).zip(ranked).map(|(position, (_, id))| (id.clone(), position)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_take_turns() {
        let waiting = [("a", "a1"), ("a", "a2"), ("a", "a3"), ("b", "b1"), ("c", "c1"), ("c", "c2")];
        let waiting: Vec<_> = waiting.iter().map(|(key, id)| ((*key).into(), (*id).into())).collect();
        let found = positions(&waiting);
        let mut order: Vec<_> = found.into_iter().collect();
        order.sort_by_key(|(_, position)| *position);
        let order: Vec<_> = order.into_iter().map(|(id, _)| id).collect();
        assert_eq!(order, ["a1", "b1", "c1", "a2", "c2", "a3"]);
    }
}
