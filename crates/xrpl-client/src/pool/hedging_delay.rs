//! The hedging delay: the time after which a second server is asked.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

/// The latencies of recent good replies by kind of request, and the budget of hedges.
#[derive(Debug, Default)]
pub(super) struct HedgingDelay {
    times: HashMap<&'static str, VecDeque<Duration>>,
    /// Second requests that may still be sent; a part of one is earned by every first request.
    hedges: f64,
}

impl HedgingDelay {
    /// The delay while too few latencies are known.
    const WAIT_UNKNOWN: Duration = Duration::from_secs(1);
    /// The shortest delay: what is fast anyway is not requested twice.
    const WAIT_MIN: Duration = Duration::from_millis(50);
    /// The longest delay.
    const WAIT_MAX: Duration = Duration::from_secs(5);
    const TIMES_KEPT: usize = 64;
    const TIMES_KNOWN: usize = 16;
    /// The percentile of latencies at which the second request is sent.
    const PERCENTILE: usize = 95;
    /// The part of a second request that is earned by each first one, so that servers that are slow together do not get twice
    /// as many requests.
    const HEDGES_EARNED: f64 = 0.1;
    const HEDGES_SAVED_MAX: f64 = 8.0;

    /// A good reply took so long.
    pub(super) fn took(&mut self, kind: &'static str, time: Duration) {
        let times = self.times.entry(kind).or_default();
        times.push_back(time);
        if times.len() > Self::TIMES_KEPT {
            times.pop_front();
        }
    }

    /// A context of this kind is asked: how long to wait before another server is asked too.
    pub(super) fn wait(&mut self, kind: &'static str) -> Duration {
        self.hedges = (self.hedges + Self::HEDGES_EARNED).min(Self::HEDGES_SAVED_MAX);
        let known = self.times.get(kind).filter(|times| times.len() >= Self::TIMES_KNOWN);
        let Some(times) = known else { return Self::WAIT_UNKNOWN };
        let mut times: Vec<Duration> = times.iter().copied().collect();
        let at = times.len() * Self::PERCENTILE / 100;
        let (_, late, _) = times.select_nth_unstable(at);
        (*late).clamp(Self::WAIT_MIN, Self::WAIT_MAX)
    }

    /// Takes the right to ask a second server, if enough was earned.
    pub(super) fn try_hedge(&mut self) -> bool {
        let may = self.hedges >= 1.0;
        if may {
            self.hedges -= 1.0;
        }
        may
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_is_what_few_replies_exceed_within_bounds() {
        let mut pace = HedgingDelay::default();
        assert_eq!(pace.wait("ledger"), HedgingDelay::WAIT_UNKNOWN);
        for ms in 1..=100 {
            pace.took("ledger", Duration::from_millis(ms * 10));
            pace.took("book", Duration::from_millis(1));
            pace.took("slow", Duration::from_secs(60));
        }
        assert_eq!(pace.wait("ledger"), Duration::from_millis(970));
        assert_eq!(
            (pace.wait("book"), pace.wait("slow")),
            (HedgingDelay::WAIT_MIN, HedgingDelay::WAIT_MAX)
        );
        assert_eq!(pace.wait("other"), HedgingDelay::WAIT_UNKNOWN);
    }

    #[test]
    fn one_in_ten_may_be_asked_twice() {
        let mut pace = HedgingDelay::default();
        let hedged = (0..1000).filter(|_| {
            pace.wait("ledger");
            pace.try_hedge()
        });
        assert!((99..=101).contains(&hedged.count()));
        for _ in 0..1000 {
            pace.wait("ledger");
        }
        assert_eq!((0..1000).filter(|_| pace.try_hedge()).count(), 8);
    }
}
