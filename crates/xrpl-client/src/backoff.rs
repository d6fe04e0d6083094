//! Waits that grow from try to try.

use std::time::Duration;

use rand::RngExt;

/// Doubling waits with jitter, so that many clients do not come back to a server at the same moment.
#[derive(Debug, Clone)]
pub(super) struct Backoff {
    first: Duration,
    most: Duration,
    tries: u32,
}

impl Backoff {
    /// The first wait is about `first`, none is above `most`.
    pub(super) fn new(first: Duration, most: Duration) -> Self {
        Self { first, most, tries: 0 }
    }

    /// The next wait: between half and the whole of the doubled one.
    pub(super) fn next(&mut self) -> Duration {
        let whole = self.first.saturating_mul(2_u32.saturating_pow(self.tries)).min(self.most);
        self.tries = self.tries.saturating_add(1);
        whole.mul_f64(rand::rng().random_range(0.5..=1.0))
    }

    /// After a success: the next wait is the first one again.
    pub(super) fn reset(&mut self) {
        self.tries = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_limit_and_never_exceed_it() {
        let mut backoff = Backoff::new(Duration::from_millis(100), Duration::from_secs(1));
        for most in [100, 200, 400, 800, 1000, 1000] {
            let wait = backoff.next().as_millis();
            assert!(wait >= most / 2 && wait <= most, "{wait} for {most}");
        }
        for _ in 0..200 {
            backoff.next();
        }
        backoff.reset();
        assert!(backoff.next().as_millis() <= 100);
    }
}
