//! Whether a group member is settled: in its place, with a worker for each partition that it was given.

use std::time::{Duration, Instant};

use rdkafka::statistics::ConsumerGroup;

/// A member that is unsettled for so long joins anew. A rebalance takes a few seconds; but librdkafka has been seen to stay
/// out of its group for good after a coordinator went at the wrong moment, without an error.
const UNSETTLED_S_MAX: u64 = 30;
/// What librdkafka calls a member that has joined and waits for nothing.
const STEADY: &str = "steady";

/// Since when a member is not settled, by librdkafka's own account.
#[derive(Debug, Default)]
pub(crate) struct Stability {
    unsettled: Option<(Instant, String)>,
}

impl Stability {
    /// Takes up what librdkafka says about the member, which has `workers` at work.
    pub(crate) fn note(&mut self, member: &ConsumerGroup, workers: usize, now: Instant) {
        let given = usize::try_from(member.assignment_size).unwrap_or(0);
        let why = if member.join_state != STEADY {
            format!("{}, {}", member.state, member.join_state)
        } else if given != workers {
            format!("{given} partitions were given, {workers} are worked on")
        } else {
            self.unsettled = None;
            return;
        };
        let since = self.unsettled.as_ref().map_or(now, |(since, _)| *since);
        self.unsettled = Some((since, why));
    }

    /// Whether the member has its place, though perhaps no partition.
    pub(crate) const fn is_settled(&self) -> bool {
        self.unsettled.is_none()
    }

    /// Why the member should be given up, if it has been unsettled for too long.
    pub(crate) fn is_hopeless(&self, now: Instant) -> Option<&str> {
        let (since, why) = self.unsettled.as_ref()?;
        let limit = Duration::from_secs(UNSETTLED_S_MAX);
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

    fn after(s: u64) -> impl Fn(Instant) -> Instant {
        move |start| start + Duration::from_secs(s)
    }

    #[test]
    fn a_rebalance_of_a_few_seconds_is_no_reason_to_join_anew() {
        let (mut settling, start) = (Stability::default(), Instant::now());
        settling.note(&member("wait-sync", 0), 0, start);
        assert!(!settling.is_settled());
        assert_eq!(settling.is_hopeless(after(UNSETTLED_S_MAX - 1)(start)), None);
        settling.note(&member(STEADY, 8), 8, after(UNSETTLED_S_MAX - 1)(start));
        assert!(settling.is_settled());
        assert_eq!(settling.is_hopeless(after(2 * UNSETTLED_S_MAX)(start)), None);
    }

    #[test]
    fn a_member_that_stays_out_of_its_group_is_hopeless_whatever_it_waits_for() {
        let (mut settling, start) = (Stability::default(), Instant::now());
        settling.note(&member("wait-incr-unassign-to-complete", 8), 0, start);
        settling.note(&member("init", 0), 0, after(10)(start));
        let limit = after(UNSETTLED_S_MAX)(start);
        assert_eq!(settling.is_hopeless(limit), Some("up, init"));
    }

    #[test]
    fn partitions_without_a_worker_are_not_settled() {
        let (mut settling, start) = (Stability::default(), Instant::now());
        settling.note(&member(STEADY, 8), 7, start);
        assert!(!settling.is_settled());
        let limit = after(UNSETTLED_S_MAX)(start);
        assert_eq!(settling.is_hopeless(limit), Some("8 partitions were given, 7 are worked on"));
    }

    #[test]
    fn a_standby_is_settled() {
        let mut settling = Stability::default();
        settling.note(&member(STEADY, 0), 0, Instant::now());
        assert!(settling.is_settled());
    }
}
