use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use anyhow::anyhow;
use contract::CancelToken;

use crate::Failure;

/// How long the work may take to end by itself once cancelled. The matte's network runs for up to two seconds and cannot
/// be broken off, and the user is promised the prompt within one.
const GRACE: Duration = Duration::from_millis(500);

/// What the supervisor hears.
enum Event<T> {
    Cancelled,
    Ended(Result<T, Failure>),
}

/// Runs `work` on a thread of its own and gives back its result, or [`Failure::Cancelled`] at most [`GRACE`] after
/// `cancel`. In the latter case the thread may still run: the caller clears what it writes and ends the process.
///
/// A panic in `work` is an internal failure.
pub(crate) fn supervise<T: Send + 'static>(
    cancel: &CancelToken,
    work: impl FnOnce(&CancelToken) -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    let (events, heard) = channel();
    let (watched, events_of_watch) = (cancel.clone(), events.clone());
    thread::spawn(move || {
        watched.wait();
        // Nobody listens when the work ended first.
        let _ = events_of_watch.send(Event::Cancelled);
    });
    let working = cancel.clone();
    thread::spawn(move || {
        let result = catch_unwind(AssertUnwindSafe(|| work(&working))).unwrap_or_else(|_| {
            Err(Failure::Internal(anyhow!("the program met a fault of its own; please report it")))
        });
        let _ = events.send(Event::Ended(result));
    });
    match heard.recv() {
        Ok(Event::Ended(result)) => result,
        Ok(Event::Cancelled) => match heard.recv_timeout(GRACE) {
            Ok(_) | Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                Err(Failure::Cancelled)
            }
        },
        Err(_) => Err(Failure::Internal(anyhow!("the work ended without a result"))),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Barrier};

    use super::*;

    #[test]
    fn work_that_ends_gives_its_result() {
        assert_eq!(supervise(&CancelToken::new(), |_| Ok(7)).unwrap(), 7);
    }

    #[test]
    fn work_that_cannot_be_broken_off_is_left_behind() {
        let (cancel, never) = (CancelToken::new(), Arc::new(Barrier::new(2)));
        let release = never.clone();
        let result = supervise(&cancel, move |cancel| {
            cancel.cancel();
            never.wait();
            Ok(())
        });
        assert!(matches!(result, Err(Failure::Cancelled)));
        release.wait();
    }

    #[test]
    fn a_panic_is_a_failure() {
        let result = supervise(&CancelToken::new(), |_| -> Result<(), Failure> { panic!("on purpose") });
        assert!(matches!(result, Err(Failure::Internal(_))));
    }
}
