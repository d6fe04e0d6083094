//! Sleeping in a thread, until a request to stop.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

/// Sleeps for `wait`, but not beyond the cancellation of `stop`. Returns whether it was cancelled.
pub fn sleep(stop: &CancellationToken, wait: Duration) -> bool {
    let deadline = Instant::now() + wait;
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut cancelled = pin!(stop.cancelled());
    while cancelled.as_mut().poll(&mut Context::from_waker(&waker)).is_pending() {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return false;
        }
        thread::park_timeout(left);
    }
    true
}

/// Unparks a thread that waits for a future without a runtime.
struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sleeping_ends_after_the_time_or_at_a_cancellation() {
        let stop = CancellationToken::new();
        assert!(!sleep(&stop, Duration::from_millis(1)));
        let child = stop.child_token();
        let sleeping = thread::spawn(move || sleep(&child, Duration::from_secs(3600)));
        stop.cancel();
        assert!(sleeping.join().unwrap());
    }
}
