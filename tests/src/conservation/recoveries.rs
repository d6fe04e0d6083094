//! How long flows need to recover from a kill.

use std::time::{Duration, Instant};

/// What is seen this soon after a kill may have been written before it.
const MARGIN: Duration = Duration::from_millis(20);

/// From the end of an instance to the next committed output of every partition that it had in hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recovery {
    /// How it ended.
    pub kind: &'static str,
    /// Which flow it was.
    pub flow: &'static str,
    /// How long it took.
    pub took: Duration,
}

/// Recoveries under way and done.
#[derive(Debug, Default)]
pub(crate) struct Recoveries {
    pending: Vec<Pending>,
    pub(crate) done: Vec<Recovery>,
}

#[derive(Debug)]
struct Pending {
    kind: &'static str,
    flow: &'static str,
    ended: Instant,
    /// The outputs that have not gone on yet.
    parts: Vec<(String, i32)>,
}

impl Recoveries {
    /// An instance has just ended that had these outputs in hand.
    pub(crate) fn begin(
        &mut self,
        kind: &'static str,
        flow: &'static str,
        parts: Vec<(String, i32)>,
    ) {
        if !parts.is_empty() {
            self.pending.push(Pending { kind, flow, ended: Instant::now(), parts });
        }
    }

    /// Looks who goes on; `last` says when the last output of a partition came.
    pub(crate) fn look(&mut self, last: impl Fn(&str, i32) -> Option<Instant>) {
        for pending in &mut self.pending {
            let since = pending.ended + MARGIN;
            pending.parts.retain(|(topic, partition)| {
                last(topic, *partition).is_none_or(|came| came < since)
            });
        }
        for over in self.pending.extract_if(.., |pending| pending.parts.is_empty()) {
            let took = over.ended.elapsed();
            self.done.push(Recovery { kind: over.kind, flow: over.flow, took });
        }
    }
}

/// The value that `share` of them do not exceed; `None` if there are none.
pub fn percentile(sorted: &[Duration], share: f64) -> Option<Duration> {
    let rank = (share * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_one_of_the_values() {
        let values: Vec<_> = (1..=100).map(Duration::from_secs).collect();
        assert_eq!(percentile(&values, 0.5), Some(Duration::from_secs(50)));
        assert_eq!(percentile(&values, 0.99), Some(Duration::from_secs(99)));
        assert_eq!(percentile(&values, 1.0), Some(Duration::from_secs(100)));
        assert_eq!(percentile(&[], 0.5), None);
    }

    #[test]
    fn a_recovery_is_over_when_every_partition_goes_on() {
        let mut recoveries = Recoveries::default();
        let parts = vec![("out".to_owned(), 0), ("out".to_owned(), 1)];
        recoveries.begin("kill", "flow", parts);
        let later = Instant::now() + Duration::from_secs(1);
        recoveries.look(|_, partition| (partition == 0).then_some(later));
        assert_eq!(recoveries.done.len(), 0);
        recoveries.look(|_, _| Some(later));
        assert_eq!(recoveries.done.len(), 1);
    }
}
