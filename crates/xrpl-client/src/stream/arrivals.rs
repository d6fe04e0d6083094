//! The intervals of ledgers, and so the silence that ends a connection.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

/// The intervals between the latest announcements on one connection after another.
#[derive(Debug, Default)]
pub(super) struct Arrivals {
    intervals: VecDeque<Duration>,
    last: Option<Instant>,
}

impl Arrivals {
    /// The limit while too few intervals are known.
    pub(super) const SILENCE_UNKNOWN: Duration = Duration::from_secs(15);
    /// No limit is lower: a busy network pauses too.
    pub(super) const SILENCE_MIN: Duration = Duration::from_secs(5);
    /// No limit is higher.
    pub(super) const SILENCE_MAX: Duration = Duration::from_secs(60);
    /// This many mean intervals without an announcement are silence.
    const INTERVALS_MISSED: u32 = 4;
    const INTERVALS_KEPT: usize = 32;
    const INTERVALS_KNOWN: usize = 4;

    /// A new connection: what arrives next says nothing about an interval.
    pub(super) fn reconnected(&mut self) {
        self.last = None;
    }

    /// An announcement arrived.
    pub(super) fn arrived(&mut self, now: Instant) {
        if let Some(last) = self.last.replace(now) {
            self.intervals.push_back(now - last);
            if self.intervals.len() > Self::INTERVALS_KEPT {
                self.intervals.pop_front();
            }
        }
    }

    /// How long nothing may arrive before the connection counts as dead.
    pub(super) fn silence_max(&self) -> Duration {
        let known = self.intervals.len();
        if known < Self::INTERVALS_KNOWN {
            return Self::SILENCE_UNKNOWN;
        }
        let mean =
            self.intervals.iter().sum::<Duration>() / u32::try_from(known).unwrap_or(u32::MAX);
        (mean * Self::INTERVALS_MISSED).clamp(Self::SILENCE_MIN, Self::SILENCE_MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(interval: Duration, count: u32) -> Duration {
        let mut arrivals = Arrivals::default();
        let start = Instant::now();
        for arrival in 0..count {
            arrivals.arrived(start + interval * arrival);
        }
        arrivals.silence_max()
    }

    #[test]
    fn the_limit_follows_the_interval_within_bounds() {
        assert_eq!(after(Duration::from_secs(4), 4), Arrivals::SILENCE_UNKNOWN);
        assert_eq!(after(Duration::from_secs(4), 5), Duration::from_secs(16));
        assert_eq!(after(Duration::from_millis(50), 100), Arrivals::SILENCE_MIN);
        assert_eq!(after(Duration::from_secs(40), 100), Arrivals::SILENCE_MAX);
    }

    #[test]
    fn the_time_without_a_connection_is_no_interval() {
        let mut arrivals = Arrivals::default();
        let start = Instant::now();
        for second in [0, 2, 4, 6, 8] {
            arrivals.arrived(start + Duration::from_secs(second));
        }
        arrivals.reconnected();
        arrivals.arrived(start + Duration::from_secs(3600));
        assert_eq!(arrivals.silence_max(), Duration::from_secs(8));
    }
}
