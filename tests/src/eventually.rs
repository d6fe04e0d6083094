//! Waiting for a condition, with a deadline.

use std::time::{Duration, Instant};

/// How often a condition is looked at.
const LOOK: Duration = Duration::from_millis(10);

/// Waits until `look` finds something, for up to `limit_s` seconds.
///
/// # Panics
/// When the time is over, naming `what` was waited for.
#[track_caller]
pub fn eventually<T>(limit_s: u64, what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(limit_s);
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "not within {limit_s} s: {what}");
        std::thread::sleep(LOOK);
    }
}
