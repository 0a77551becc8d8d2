//! One ordered parallel map: the only threading that rendering needs.

use std::num::NonZeroUsize;
use std::thread;

use crossbeam_channel::bounded;

/// Results that a worker may be ahead of the consumer: enough that neither waits for the other's hiccups.
const AHEAD: usize = 2;

/// Maps `0 … count` by `map` on `workers` threads, each with its own state from `start`, and hands the results to
/// `consume` on this thread, in order. At most `workers × (AHEAD + 1)` results exist at once, whatever `count` is.
///
/// Worker w takes the items w, w + workers, …, so the order needs no bookkeeping: the results are taken from the workers
/// in turn. The first error ends everything and is returned.
///
/// # Errors
/// Whatever `map` or `consume` answers first, in the order of the items.
pub(crate) fn ordered_map<S, T: Send, E: Send>(
    count: usize,
    workers: NonZeroUsize,
    start: impl Fn() -> S + Sync,
    map: impl Fn(&mut S, usize) -> Result<T, E> + Sync,
    mut consume: impl FnMut(usize, T) -> Result<(), E>,
) -> Result<(), E> {
    let workers = workers.get().min(count.max(1));
    thread::scope(|scope| {
        let (start, map) = (&start, &map);
        let results: Vec<_> = (0..workers)
            .map(|worker| {
                let (send, receive) = bounded(AHEAD);
                scope.spawn(move || {
                    let mut state = start();
                    for item in (worker..count).step_by(workers) {
                        let result = map(&mut state, item);
                        let failed = result.is_err();
                        // A closed channel means that the consumer has given up.
                        if send.send(result).is_err() || failed {
                            return;
                        }
                    }
                });
                receive
            })
            .collect();
        for item in 0..count {
            // A worker that is gone without a result has panicked; leaving the scope says so.
            let Ok(result) = results[item % workers].recv() else { break };
            consume(item, result?)?;
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    fn workers(count: usize) -> NonZeroUsize {
        NonZeroUsize::new(count).unwrap()
    }

    #[test]
    fn results_come_in_order_whatever_the_number_of_workers() {
        for count in [0, 1, 2, 7, 100] {
            for threads in [1, 2, 3, 16] {
                let mut seen = Vec::new();
                let mapped: Result<(), ()> = ordered_map(
                    count,
                    workers(threads),
                    || 0u64,
                    |made, item| {
                        *made += 1;
                        Ok(item * item)
                    },
                    |item, square| {
                        seen.push((item, square));
                        Ok(())
                    },
                );
                assert_eq!(mapped, Ok(()));
                assert_eq!(seen, (0..count).map(|i| (i, i * i)).collect::<Vec<_>>());
            }
        }
    }

    #[test]
    fn the_first_error_in_order_is_the_answer_and_ends_the_work() {
        let started = AtomicUsize::new(0);
        let mapped = ordered_map(
            100_000,
            workers(3),
            || (),
            |(), item| {
                started.fetch_add(1, Ordering::Relaxed);
                if item >= 50 { Err(item) } else { Ok(item) }
            },
            |_, _| Ok(()),
        );
        assert_eq!(mapped, Err(50));
        assert!(started.load(Ordering::Relaxed) < 100);
    }

    #[test]
    fn no_more_than_the_bound_is_in_flight() {
        let (in_flight, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let mapped: Result<(), ()> = ordered_map(
            500,
            workers(4),
            || (),
            |(), _| {
                let now = in_flight.fetch_add(1, Ordering::SeqCst) + 1;
                most.fetch_max(now, Ordering::SeqCst);
                Ok(())
            },
            |_, ()| {
                in_flight.fetch_sub(1, Ordering::SeqCst);
                Ok(())
            },
        );
        assert_eq!(mapped, Ok(()));
        assert!(most.load(Ordering::SeqCst) <= 4 * (AHEAD + 2));
    }
}
