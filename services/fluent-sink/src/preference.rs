//! Which of several receivers is written to: the first one that takes chunks, and no back and forth.

use std::time::{Duration, Instant};

/// So many chunks in a row have to fail until the receiver is given up; one that timed out is enough.
const FAILURES_MAX: u32 = 3;
/// So many looks in a row have to find a preferred receiver well until it is written to again.
const LOOKS_MIN: u32 = 3;
/// A receiver that was returned to and failed again has to be found well twice as often, up to so often.
const LOOKS_MAX: u32 = 96;
/// A return has held once the receiver acknowledges chunks so long after it.
const HELD_AFTER_S: u64 = 60;

/// The receiver that is written to, by its place in the order of preference.
#[derive(Debug)]
pub(crate) struct Preference {
    used: usize,
    /// Failures of that one since its last acknowledgement.
    failures: u32,
    /// For each receiver, how many looks in a row have found it well.
    well: Vec<u32>,
    /// How many of them a return takes.
    looks: u32,
    /// When a preferred receiver was returned to, until that has held.
    returned: Option<Instant>,
}

impl Preference {
    /// Begins with the first of `count` receivers.
    pub(crate) fn new(count: usize) -> Self {
        Self { used: 0, failures: 0, well: vec![0; count], looks: LOOKS_MIN, returned: None }
    }

    /// Which receiver is written to.
    pub(crate) fn used(&self) -> usize {
        self.used
    }

    /// A receiver did not acknowledge a chunk. Tells whether the next one is used from now on.
    pub(crate) fn failed(&mut self, receiver: usize, timed_out: bool) -> bool {
        if receiver != self.used || self.well.len() == 1 {
            return false;
        }
        self.failures = if timed_out { FAILURES_MAX } else { self.failures + 1 };
        if self.failures < FAILURES_MAX {
            return false;
        }
        if self.returned.take().is_some() {
            self.looks = (self.looks * 2).min(LOOKS_MAX);
        }
        self.used = (self.used + 1) % self.well.len();
        self.failures = 0;
        self.well.fill(0);
        true
    }

    /// A receiver acknowledged a chunk.
    pub(crate) fn acknowledged(&mut self, receiver: usize, now: Instant) {
        if receiver != self.used {
            return;
        }
        self.failures = 0;
        let held_after = Duration::from_secs(HELD_AFTER_S);
        if self.returned.take_if(|returned| now.duration_since(*returned) >= held_after).is_some() {
            self.looks = LOOKS_MIN;
        }
    }

    /// A receiver was looked at. Tells whether it is used from now on.
    pub(crate) fn looked(&mut self, receiver: usize, is_well: bool, now: Instant) -> bool {
        if receiver >= self.used {
            return false;
        }
        self.well[receiver] = if is_well { self.well[receiver] + 1 } else { 0 };
        if self.well[receiver] < self.looks {
            return false;
        }
        self.used = receiver;
        self.failures = 0;
        self.well.fill(0);
        self.returned = Some(now);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many looks it takes to be back at the first receiver.
    fn looks_until_back(preference: &mut Preference, now: Instant) -> u32 {
        let mut looks = 1;
        while !preference.looked(0, true, now) {
            looks += 1;
        }
        looks
    }

    fn fail(preference: &mut Preference) {
        let receiver = preference.used();
        while !preference.failed(receiver, false) {}
    }

    #[test]
    fn a_receiver_that_fails_several_times_in_a_row_is_given_up() {
        let (mut preference, now) = (Preference::new(3), Instant::now());
        assert!(!preference.failed(0, false));
        assert!(!preference.failed(0, false));
        preference.acknowledged(0, now);
        assert!(!preference.failed(0, false));
        assert!(!preference.failed(0, false));
        assert!(preference.failed(0, false));
        assert_eq!(preference.used(), 1);
        assert!(!preference.failed(0, true), "chunks that were under way to it change nothing");
        assert!(preference.failed(1, true), "one that timed out is enough");
        fail(&mut preference);
        assert_eq!(preference.used(), 0, "after the last comes the first");
    }

    #[test]
    fn the_only_receiver_is_never_given_up() {
        let mut preference = Preference::new(1);
        for _ in 0..10 {
            assert!(!preference.failed(0, true));
        }
    }

    #[test]
    fn a_preferred_receiver_is_returned_to_once_it_was_well_for_a_while() {
        let (mut preference, now) = (Preference::new(3), Instant::now());
        fail(&mut preference);
        fail(&mut preference);
        assert!(!preference.looked(1, true, now));
        assert!(!preference.looked(1, true, now));
        assert!(!preference.looked(1, false, now), "it begins anew");
        assert!(!preference.looked(1, true, now));
        assert!(!preference.looked(1, true, now));
        assert!(preference.looked(1, true, now));
        assert_eq!(preference.used(), 1);
        assert_eq!(looks_until_back(&mut preference, now), LOOKS_MIN);
        assert_eq!(preference.used(), 0);
    }

    #[test]
    fn a_return_that_does_not_hold_makes_the_next_one_later() {
        let (mut preference, now) = (Preference::new(2), Instant::now());
        let after = |s| now + Duration::from_secs(s);
        fail(&mut preference);
        let mut looks = Vec::new();
        for _ in 0..7 {
            looks.push(looks_until_back(&mut preference, now));
            preference.acknowledged(0, after(HELD_AFTER_S - 1));
            fail(&mut preference);
        }
        assert_eq!(looks, [3, 6, 12, 24, 48, 96, 96]);
        looks_until_back(&mut preference, now);
        preference.acknowledged(0, after(HELD_AFTER_S));
        fail(&mut preference);
        assert_eq!(looks_until_back(&mut preference, now), LOOKS_MIN, "it had held");
    }
}
