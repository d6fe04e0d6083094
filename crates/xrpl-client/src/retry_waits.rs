//! Waits between retries.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};

/// Doubling waits with jitter, so that many clients do not come back to a server at the same moment. The first is at most
/// `first`, none is above `longest`, each is between half and the whole of the doubled one. They never end.
pub(crate) fn retry_waits(first: Duration, longest: Duration) -> ExponentialBackoff {
    // The jitter of backon is up to the wait itself, on top of it.
    ExponentialBuilder::new()
        .with_min_delay(first / 2)
        .with_max_delay(longest / 2)
        .with_jitter()
        .without_max_times()
        .build()
}

/// The next wait.
pub(crate) fn next_wait(waits: &mut ExponentialBackoff) -> Duration {
    waits.next().expect("the waits never end")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest_and_never_exceed_it() {
        let (first, longest) = (Duration::from_millis(100), Duration::from_secs(1));
        let mut waits = retry_waits(first, longest);
        for most in [100, 200, 400, 800, 1000, 1000] {
            let wait = next_wait(&mut waits).as_millis();
            assert!(wait >= most / 2 && wait <= most, "{wait} for {most}");
        }
        for _ in 0..1_000 {
            let wait = next_wait(&mut waits);
            assert!(wait <= longest && wait >= longest / 2, "{wait:?}");
        }
    }

    #[test]
    fn two_clients_do_not_wait_alike() {
        let waits = [(); 2].map(|()| {
            let waits = retry_waits(Duration::from_secs(1), Duration::from_secs(60));
            waits.take(8).collect::<Vec<_>>()
        });
        assert_ne!(waits[0], waits[1]);
    }
}
