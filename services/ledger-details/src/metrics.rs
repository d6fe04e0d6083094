//! The metrics of the flow: all names that this crate registers.

use prometheus_client::metrics::counter::Counter;
use prometheus_client::registry::Registry;

/// What the flow counts itself.
#[derive(Debug, Default)]
pub(crate) struct DetailsMetrics {
    pub(crate) oversized_ledgers: Counter,
}

impl DetailsMetrics {
    pub(crate) fn register(&self, registry: &mut Registry) {
        registry.register(
            "oversized_ledgers",
            "Ledgers larger than --ledger-bytes-max, which went through",
            self.oversized_ledgers.clone(),
        );
    }
}
