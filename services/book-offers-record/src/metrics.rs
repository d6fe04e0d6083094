//! The metrics of the flow: all names that this crate registers.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;
use schemas::BookOffersAnswer;

use crate::WhenBehind;

/// The possible outcomes of a request.
const OUTCOMES: [&str; 5] = ["complete", "cut", "unavailable", "refused", "skipped"];

/// The policy in force and the outcome of a request.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct ByOutcome {
    policy: &'static str,
    outcome: &'static str,
}

/// Requests by their outcome.
#[derive(Debug)]
pub(crate) struct BookMetrics {
    policy: WhenBehind,
    lookups: Family<ByOutcome, Counter>,
}

impl BookMetrics {
    /// All series exist from the start, so that the policy in force can be seen.
    pub(crate) fn new(policy: WhenBehind) -> Self {
        let lookups = Family::<ByOutcome, Counter>::default();
        for outcome in OUTCOMES {
            drop(lookups.get_or_create(&ByOutcome { policy: policy.name(), outcome }));
        }
        Self { policy, lookups }
    }

    /// Counts a record.
    pub(crate) fn count(&self, answer: &BookOffersAnswer<'_>) {
        let outcome = match (answer.status, answer.complete) {
            (BookOffersAnswer::OK, Some(true)) => "complete",
            (BookOffersAnswer::OK, _) => "cut",
            (BookOffersAnswer::UNAVAILABLE, _) => "unavailable",
            (BookOffersAnswer::SKIPPED, _) => "skipped",
            _ => "refused",
        };
        self.lookups.get_or_create(&ByOutcome { policy: self.policy.name(), outcome }).inc();
    }

    pub(crate) fn register(&self, registry: &mut Registry) {
        registry.register(
            "book_lookups",
            "Requests for books by outcome, under the policy in force",
            self.lookups.clone(),
        );
    }
}
