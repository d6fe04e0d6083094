//! How far a partition has come, as its worker shows it to those who watch.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Stands for a time or an offset that is not known.
const UNKNOWN: i64 = i64::MIN;
/// A phase that lasts longer is shown with its duration.
const PHASE_SHOWN: Duration = Duration::from_secs(5);

/// How far a partition has come. Written by its worker, read by health and metrics.
#[derive(Debug)]
pub(crate) struct PartitionProgress {
    phase: Mutex<PhaseSince>,
    /// The offset to go on from after the last commit.
    next_offset: AtomicI64,
    /// When the first record that is read and not committed was produced, in milliseconds since the epoch.
    oldest_uncommitted_ms: AtomicI64,
    /// Whether the reader has returned every record up to the end that it knows.
    caught_up: AtomicBool,
    /// The end of the partition when it was first seen after the reader had caught up.
    end_caught_up: AtomicI64,
}

#[derive(Debug, Clone, Copy)]
struct PhaseSince {
    phase: &'static str,
    since: Instant,
    beat: Instant,
}

impl Default for PartitionProgress {
    fn default() -> Self {
        let now = Instant::now();
        Self {
            phase: Mutex::new(PhaseSince { phase: "starting", since: now, beat: now }),
            next_offset: AtomicI64::new(UNKNOWN),
            oldest_uncommitted_ms: AtomicI64::new(UNKNOWN),
            caught_up: AtomicBool::new(false),
            end_caught_up: AtomicI64::new(UNKNOWN),
        }
    }
}

impl PartitionProgress {
    fn lock(&self) -> MutexGuard<'_, PhaseSince> {
        self.phase.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The worker is alive, in this phase.
    pub(crate) fn beat(&self, phase: &'static str) {
        let (mut held, now) = (self.lock(), Instant::now());
        if held.phase != phase {
            (held.phase, held.since) = (phase, now);
        }
        held.beat = now;
    }

    pub(crate) fn phase(&self) -> &'static str {
        self.lock().phase
    }

    /// How long ago the worker has last shown that it is alive.
    pub(crate) fn heartbeat_age(&self) -> Duration {
        self.lock().beat.elapsed()
    }

    /// The phase, if it has lasted for long enough to be worth a word.
    pub(crate) fn describe(&self) -> String {
        let PhaseSince { phase, since, .. } = *self.lock();
        let lasted = since.elapsed();
        if lasted < PHASE_SHOWN || phase == "reading" {
            return String::new();
        }
        format!(" ({phase} for {} s)", lasted.as_secs())
    }

    /// Everything before `next_offset` is committed; the first record of those read since was produced at
    /// `oldest_uncommitted_ms`.
    pub(crate) fn committed(&self, next_offset: i64, oldest_uncommitted_ms: Option<i64>) {
        self.next_offset.store(next_offset, Ordering::Relaxed);
        self.uncommitted_since(oldest_uncommitted_ms);
    }

    /// When the first record that is read and not committed was produced.
    pub(crate) fn uncommitted_since(&self, oldest_ms: Option<i64>) {
        self.oldest_uncommitted_ms.store(oldest_ms.unwrap_or(UNKNOWN), Ordering::Relaxed);
    }

    /// A record was read.
    pub(crate) fn received(&self) {
        if self.caught_up.swap(false, Ordering::Relaxed) {
            self.end_caught_up.store(UNKNOWN, Ordering::Relaxed);
        }
    }

    /// The reader has returned every record up to the end.
    pub(crate) fn caught_up(&self) {
        self.caught_up.store(true, Ordering::Relaxed);
    }

    /// How many offsets lie between the last commit and `end`; `None` before the start offset is known. Behind the last record
    /// lies the marker of its transaction, which is no record that waits: so a reader that has caught up is at the end.
    pub(crate) fn lag_records(&self, end: i64) -> Option<i64> {
        let next = known(self.next_offset.load(Ordering::Relaxed))?;
        let all_committed = known(self.oldest_uncommitted_ms.load(Ordering::Relaxed)).is_none();
        if !self.caught_up.load(Ordering::Relaxed) || !all_committed {
            return Some((end - next).max(0));
        }
        let seen = match known(self.end_caught_up.load(Ordering::Relaxed)) {
            Some(seen) => seen,
            None => {
                self.end_caught_up.store(end, Ordering::Relaxed);
                end
            }
        };
        Some((end - seen).max(0))
    }

    /// How long ago the first record that is read and not committed was produced.
    pub(crate) fn oldest_uncommitted_age(&self) -> Option<Duration> {
        let oldest_ms = known(self.oldest_uncommitted_ms.load(Ordering::Relaxed))?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Some(now.saturating_sub(Duration::from_millis(oldest_ms.unsigned_abs())))
    }

    /// Lets the last heartbeat be older, for tests.
    #[cfg(test)]
    pub(crate) fn backdate(&self, by: Duration) {
        let mut held = self.lock();
        held.beat = held.beat.checked_sub(by).expect("the clock has run for long enough");
    }
}

const fn known(value: i64) -> Option<i64> {
    if value == UNKNOWN { None } else { Some(value) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lag_counts_what_is_not_committed_whatever_the_worker_does() {
        let progress = PartitionProgress::default();
        assert_eq!(progress.lag_records(10), None);
        progress.committed(4, None);
        assert_eq!(progress.lag_records(10), Some(6));
        progress.received();
        progress.uncommitted_since(Some(1));
        progress.caught_up();
        assert_eq!(progress.lag_records(10), Some(6), "read and not committed");
    }

    #[test]
    fn a_reader_that_has_caught_up_lags_only_behind_what_comes_after() {
        let progress = PartitionProgress::default();
        progress.committed(9, None);
        progress.caught_up();
        assert_eq!(progress.lag_records(10), Some(0), "offset 9 is a transaction's marker");
        assert_eq!(progress.lag_records(14), Some(4));
        progress.received();
        progress.committed(13, None);
        progress.caught_up();
        assert_eq!(progress.lag_records(14), Some(0));
    }
}
