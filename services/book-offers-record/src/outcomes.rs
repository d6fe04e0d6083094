//! How many requests came to what.

use std::sync::atomic::{AtomicU64, Ordering};

use flow::MetricsHandle;
use schemas::BookOffersAnswer;

use crate::WhenBehind;

/// What a request may come to.
const OUTCOMES: [&str; 5] = ["complete", "cut", "unavailable", "refused", "skipped"];

/// Counts of records by what they say, since they were last reported.
#[derive(Debug)]
pub(crate) struct Outcomes {
    policy: WhenBehind,
    counts: [AtomicU64; OUTCOMES.len()],
}

impl Outcomes {
    pub(crate) fn new(policy: WhenBehind) -> Self {
        Self { policy, counts: Default::default() }
    }

    /// Counts a record.
    pub(crate) fn count(&self, answer: &BookOffersAnswer<'_>) {
        let at = match (answer.status, answer.complete) {
            (BookOffersAnswer::OK, Some(true)) => 0,
            (BookOffersAnswer::OK, _) => 1,
            (BookOffersAnswer::UNAVAILABLE, _) => 2,
            (BookOffersAnswer::SKIPPED, _) => 4,
            _ => 3,
        };
        self.counts[at].fetch_add(1, Ordering::Relaxed);
    }

    /// Hands the counts over. Those of nothing as well, so that the policy in force is seen from the start.
    pub(crate) fn report(&self, meter: &MetricsHandle) {
        for (outcome, count) in OUTCOMES.into_iter().zip(&self.counts) {
            meter.answered(self.policy.name(), outcome, count.swap(0, Ordering::Relaxed));
        }
    }
}
