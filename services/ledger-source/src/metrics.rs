//! The metrics of the flow: all names that this crate registers.

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

/// What the flow counts itself. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(crate) struct SourceMetrics {
    pub(crate) agreeing_servers: Gauge,
    pub(crate) disagreements: Counter,
    pub(crate) unannounced_ledgers: Counter,
}

impl SourceMetrics {
    pub(crate) fn register(&self, registry: &mut Registry) {
        registry.register(
            "agreeing_servers",
            "Servers that announced the validated ledger that a quorum agreed on last",
            self.agreeing_servers.clone(),
        );
        registry.register(
            "disagreements",
            "Announcements that contradict another one of the same ledger",
            self.disagreements.clone(),
        );
        registry.register(
            "unannounced_ledgers",
            "Ledgers of the live lane that were not announced: a gap was filled",
            self.unannounced_ledgers.clone(),
        );
    }
}
