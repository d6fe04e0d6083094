//! A request to stop, seen by threads and tasks alike.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

/// A flag that is raised once. Cheap to clone; clones share it. A child is raised with its parent, not the other way.
#[derive(Clone, Debug, Default)]
pub struct Stop {
    inner: Arc<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    raised: AtomicBool,
    notify: Notify,
    parent: Option<Stop>,
}

impl Stop {
    /// A flag that is also raised when this one is.
    pub fn child(&self) -> Self {
        Self { inner: Arc::new(Inner { parent: Some(self.clone()), ..Inner::default() }) }
    }

    /// Asks everyone who watches this to stop.
    pub fn raise(&self) {
        self.inner.raised.store(true, Ordering::SeqCst);
        self.inner.notify.notify_waiters();
    }

    /// Whether stopping was asked for.
    pub fn is_raised(&self) -> bool {
        self.inner.raised.load(Ordering::SeqCst)
            || self.inner.parent.as_ref().is_some_and(Self::is_raised)
    }

    /// Sleeps, but not beyond the request to stop; says whether that came.
    pub fn sleep(&self, wait: Duration) -> bool {
        const STEP: Duration = Duration::from_millis(20);
        let until = Instant::now() + wait;
        while !self.is_raised() {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            std::thread::sleep(left.min(STEP));
        }
        true
    }

    /// Returns when stopping is asked for.
    pub async fn raised(&self) {
        loop {
            let notified = self.inner.notify.notified();
            if self.is_raised() {
                return;
            }
            match &self.inner.parent {
                Some(parent) => {
                    tokio::select! { () = notified => {}, () = Box::pin(parent.raised()) => {} }
                }
                None => notified.await,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_stops_with_its_parent_and_not_the_other_way() {
        let parent = Stop::default();
        let (first, second) = (parent.child(), parent.child());
        first.raise();
        assert!(first.is_raised() && !parent.is_raised() && !second.is_raised());
        parent.raise();
        assert!(second.is_raised());
    }

    #[tokio::test]
    async fn whoever_waits_is_woken() {
        let parent = Stop::default();
        let child = parent.child();
        let waiting = tokio::spawn(async move { child.raised().await });
        tokio::task::yield_now().await;
        parent.raise();
        waiting.await.unwrap();
    }
}
