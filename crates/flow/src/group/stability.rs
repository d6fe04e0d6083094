//! Whether a group member is stable: in its place, with a worker for each partition that it was assigned.

use std::time::{Duration, Instant};

use rdkafka::statistics::ConsumerGroup;

/// A member that is unstable for this long joins again. A rebalance takes a few seconds; but librdkafka has been seen to stay
/// out of its group for good after a coordinator went away at the wrong moment, without an error.
const UNSTABLE_S_MAX: u64 = 30;
/// The join state of a member that has joined and waits for nothing, in librdkafka's statistics.
const STEADY: &str = "steady";

/// Since when a member is unstable, by librdkafka's own statistics.
#[derive(Debug, Default)]
pub(crate) struct Stability {
    unstable: Option<(Instant, String)>,
}

impl Stability {
    /// Updates with librdkafka's statistics about the member, which has `workers` at work.
    pub(crate) fn update(&mut self, member: &ConsumerGroup, workers: usize, now: Instant) {
        let assigned = usize::try_from(member.assignment_size).unwrap_or(0);
        let why = if member.join_state != STEADY {
            format!("{}, {}", member.state, member.join_state)
        } else if assigned != workers {
            format!("{assigned} partitions are assigned, {workers} have a worker")
        } else {
            self.unstable = None;
            return;
        };
        let since = self.unstable.as_ref().map_or(now, |(since, _)| *since);
        self.unstable = Some((since, why));
    }

    /// Whether the member has its place, though perhaps no partition.
    pub(crate) const fn is_stable(&self) -> bool {
        self.unstable.is_none()
    }

    /// Why the member should join again, if it has been unstable for too long.
    pub(crate) fn lost_place(&self, now: Instant) -> Option<&str> {
        let (since, why) = self.unstable.as_ref()?;
        let limit = Duration::from_secs(UNSTABLE_S_MAX);
        (now.saturating_duration_since(*since) >= limit).then_some(why)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(join_state: &str, assignment_size: i32) -> ConsumerGroup {
        let (state, join_state) = ("up".to_owned(), join_state.to_owned());
        ConsumerGroup {
            state,
            stateage: 0,
            join_state,
            rebalance_age: 0,
            rebalance_cnt: 0,
            rebalance_reason: String::new(),
            assignment_size,
        }
    }

    fn after(seconds: u64) -> impl Fn(Instant) -> Instant {
        move |start| start + Duration::from_secs(seconds)
    }

    #[test]
    fn a_rebalance_that_ends_in_time_is_no_reason_to_join_again() {
        let (mut stability, start) = (Stability::default(), Instant::now());
        stability.update(&member("wait-sync", 0), 0, start);
        assert!(!stability.is_stable());
        stability.update(&member(STEADY, 8), 8, after(UNSTABLE_S_MAX - 1)(start));
        assert!(stability.is_stable());
        assert_eq!(stability.lost_place(after(2 * UNSTABLE_S_MAX)(start)), None);
    }

    #[test]
    fn a_member_that_stays_out_of_its_group_has_lost_its_place_in_whatever_state() {
        let (mut stability, start) = (Stability::default(), Instant::now());
        stability.update(&member("wait-incr-unassign-to-complete", 8), 0, start);
        stability.update(&member("init", 0), 0, after(10)(start));
        let limit = after(UNSTABLE_S_MAX)(start);
        assert_eq!(stability.lost_place(limit), Some("up, init"));
    }

    #[test]
    fn partitions_without_a_worker_are_not_stable() {
        let (mut stability, start) = (Stability::default(), Instant::now());
        stability.update(&member(STEADY, 8), 7, start);
        assert!(!stability.is_stable());
        let limit = after(UNSTABLE_S_MAX)(start);
        let why = "8 partitions are assigned, 7 have a worker";
        assert_eq!(stability.lost_place(limit), Some(why));
    }

    #[test]
    fn a_standby_is_stable() {
        let mut stability = Stability::default();
        stability.update(&member(STEADY, 0), 0, Instant::now());
        assert!(stability.is_stable());
    }
}
