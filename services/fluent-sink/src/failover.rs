//! Failover between receivers: the first one that acknowledges chunks is active, without flapping.

use std::time::{Duration, Instant};

/// The number of consecutive failures after which the next receiver becomes active; one timeout is enough.
const FAILURES_MAX: u32 = 3;
/// The number of consecutive successful probes after which a preferred receiver becomes active again.
const PROBES_MIN: u32 = 3;
/// The number doubles with each failback that did not last, up to this one.
const PROBES_MAX: u32 = 96;
/// A failback has lasted once the receiver acknowledges chunks this long after it.
const LASTED_AFTER_S: u64 = 60;

/// The active receiver, by its place in the order of preference.
#[derive(Debug)]
pub(crate) struct Failover {
    active: usize,
    /// Failures of the active one since its last acknowledgement.
    failures: u32,
    /// Consecutive successful probes of each receiver.
    successes: Vec<u32>,
    /// How many of them a failback takes.
    probes: u32,
    /// The time of the last failback, until that has lasted.
    failback: Option<Instant>,
}

impl Failover {
    /// The first of `count` receivers is active.
    pub(crate) fn new(count: usize) -> Self {
        Self {
            active: 0,
            failures: 0,
            successes: vec![0; count],
            probes: PROBES_MIN,
            failback: None,
        }
    }

    /// The active receiver.
    pub(crate) fn active(&self) -> usize {
        self.active
    }

    /// Records that a receiver did not acknowledge a chunk. Returns whether the next one is active from now on.
    pub(crate) fn failed(&mut self, receiver: usize, timed_out: bool) -> bool {
        if receiver != self.active || self.successes.len() == 1 {
            return false;
        }
        self.failures = if timed_out { FAILURES_MAX } else { self.failures + 1 };
        if self.failures < FAILURES_MAX {
            return false;
        }
        if self.failback.take().is_some() {
            self.probes = (self.probes * 2).min(PROBES_MAX);
        }
        self.active = (self.active + 1) % self.successes.len();
        self.failures = 0;
        self.successes.fill(0);
        true
    }

    /// Records that a receiver acknowledged a chunk.
    pub(crate) fn acknowledged(&mut self, receiver: usize, now: Instant) {
        if receiver != self.active {
            return;
        }
        self.failures = 0;
        let lasted_after = Duration::from_secs(LASTED_AFTER_S);
        if self.failback.take_if(|at| now.duration_since(*at) >= lasted_after).is_some() {
            self.probes = PROBES_MIN;
        }
    }

    /// Records a probe of a receiver. Returns whether it is active from now on.
    pub(crate) fn probed(&mut self, receiver: usize, is_healthy: bool, now: Instant) -> bool {
        if receiver >= self.active {
            return false;
        }
        self.successes[receiver] = if is_healthy { self.successes[receiver] + 1 } else { 0 };
        if self.successes[receiver] < self.probes {
            return false;
        }
        self.active = receiver;
        self.failures = 0;
        self.successes.fill(0);
        self.failback = Some(now);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The number of probes until the first receiver is active again.
    fn probes_until_back(failover: &mut Failover, now: Instant) -> u32 {
        let mut probes = 1;
        while !failover.probed(0, true, now) {
            probes += 1;
        }
        probes
    }

    fn fail(failover: &mut Failover) {
        let receiver = failover.active();
        while !failover.failed(receiver, false) {}
    }

    #[test]
    fn several_failures_in_a_row_are_a_failover() {
        let (mut failover, now) = (Failover::new(3), Instant::now());
        assert!(!failover.failed(0, false));
        assert!(!failover.failed(0, false));
        failover.acknowledged(0, now);
        assert!(!failover.failed(0, false));
        assert!(!failover.failed(0, false));
        assert!(failover.failed(0, false));
        assert_eq!(failover.active(), 1);
        assert!(!failover.failed(0, true), "chunks that were in flight to it change nothing");
        assert!(failover.failed(1, true), "one timeout is enough");
        fail(&mut failover);
        assert_eq!(failover.active(), 0, "after the last comes the first");
    }

    #[test]
    fn the_only_receiver_stays_active() {
        let mut failover = Failover::new(1);
        for _ in 0..10 {
            assert!(!failover.failed(0, true));
        }
    }

    #[test]
    fn a_preferred_receiver_is_active_again_after_several_successful_probes() {
        let (mut failover, now) = (Failover::new(3), Instant::now());
        fail(&mut failover);
        fail(&mut failover);
        assert!(!failover.probed(1, true, now));
        assert!(!failover.probed(1, true, now));
        assert!(!failover.probed(1, false, now), "the count starts again");
        assert!(!failover.probed(1, true, now));
        assert!(!failover.probed(1, true, now));
        assert!(failover.probed(1, true, now));
        assert_eq!(failover.active(), 1);
        assert_eq!(probes_until_back(&mut failover, now), PROBES_MIN);
        assert_eq!(failover.active(), 0);
    }

    #[test]
    fn a_failback_that_does_not_last_delays_the_next_one() {
        let (mut failover, now) = (Failover::new(2), Instant::now());
        let after = |s| now + Duration::from_secs(s);
        fail(&mut failover);
        let mut probes = Vec::new();
        for _ in 0..7 {
            probes.push(probes_until_back(&mut failover, now));
            failover.acknowledged(0, after(LASTED_AFTER_S - 1));
            fail(&mut failover);
        }
        assert_eq!(probes, [3, 6, 12, 24, 48, 96, 96]);
        probes_until_back(&mut failover, now);
        failover.acknowledged(0, after(LASTED_AFTER_S));
        fail(&mut failover);
        assert_eq!(probes_until_back(&mut failover, now), PROBES_MIN, "it had lasted");
    }
}
