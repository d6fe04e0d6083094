//! Waits between retries.

use std::time::Duration;

use backon::{BackoffBuilder as _, ExponentialBackoff, ExponentialBuilder};

/// Waits that double up to a longest one, each between half of its step and all of it, so that instances do not retry in step.
#[derive(Debug)]
pub(crate) struct Backoff {
    policy: ExponentialBuilder,
    waits: ExponentialBackoff,
    longest: Duration,
}

impl Backoff {
    /// The first wait is at most `first`, none is longer than `longest`.
    pub(crate) fn new(first: Duration, longest: Duration) -> Self {
        // Jitter adds up to as much again.
        let policy = ExponentialBuilder::new()
            .with_min_delay(first / 2)
            .with_max_delay(longest / 2)
            .without_max_times()
            .with_jitter();
        Self { policy, waits: policy.build(), longest }
    }

    /// The wait after one more failure.
    pub(crate) fn next_wait(&mut self) -> Duration {
        self.waits.next().unwrap_or(self.longest)
    }

    /// Starts again from the first wait, after a success.
    pub(crate) fn reset(&mut self) {
        self.waits = self.policy.build();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_to_a_limit_and_start_again_after_a_reset() {
        let mut backoff = Backoff::new(Duration::from_millis(100), Duration::from_secs(1));
        for most_ms in [100, 200, 400, 800, 1000, 1000] {
            let wait_ms = backoff.next_wait().as_millis();
            assert!((most_ms / 2..=most_ms).contains(&wait_ms), "{wait_ms} for {most_ms}");
        }
        assert!((0..200).all(|_| backoff.next_wait() <= Duration::from_secs(1)));
        backoff.reset();
        assert!(backoff.next_wait() <= Duration::from_millis(100));
    }
}
