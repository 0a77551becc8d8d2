use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};

/// Says to a running engine that nobody wants the result any more. Clones are the same token.
#[derive(Clone, Debug, Default)]
pub struct CancelToken(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    cancelled: AtomicBool,
    lock: Mutex<()>,
    changed: Condvar,
}

/// The work stopped because its [`CancelToken`] said so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cancelled")]
pub struct Cancelled;

impl CancelToken {
    /// A token that is not cancelled.
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks the engine to stop; there is no way back.
    pub fn cancel(&self) {
        let _held = self.0.lock.lock().unwrap_or_else(PoisonError::into_inner);
        self.0.cancelled.store(true, Ordering::Release);
        self.0.changed.notify_all();
    }

    /// Whether [`cancel`](Self::cancel) was called. Cheap enough for every frame.
    pub fn is_cancelled(&self) -> bool {
        self.0.cancelled.load(Ordering::Acquire)
    }

    /// `Err(Cancelled)` once cancelled: `cancel.check()?` between steps.
    pub fn check(&self) -> Result<(), Cancelled> {
        if self.is_cancelled() { Err(Cancelled) } else { Ok(()) }
    }

    /// Blocks until cancelled.
    pub fn wait(&self) {
        let mut held = self.0.lock.lock().unwrap_or_else(PoisonError::into_inner);
        while !self.is_cancelled() {
            held = self.0.changed.wait(held).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clone_is_the_same_token_and_wakes_whoever_waits() {
        let token = CancelToken::new();
        let waiting = token.clone();
        assert_eq!(token.check(), Ok(()));
        let waiter = std::thread::spawn(move || {
            waiting.wait();
            waiting.check()
        });
        token.cancel();
        assert_eq!(waiter.join().unwrap(), Err(Cancelled));
    }
}
