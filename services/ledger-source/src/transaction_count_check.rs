//! Checks that ledgers have as many transactions as announced.

use tokio::task::JoinSet;
use xrpl_client::{LedgerId, Pool};

use crate::metrics::SourceMetrics;

/// The number of counts in flight. A ledger for which there is no room goes unchecked.
const COUNTS_MAX: usize = 4;

/// Counts beside the work, one request a ledger. `ledger-details` proves each ledger whole; this shows early that a server
/// announces, or lists, something else. Dropping it ends the counts.
pub(crate) struct TransactionCountCheck {
    pool: Pool,
    metrics: SourceMetrics,
    counts: JoinSet<()>,
}

impl TransactionCountCheck {
    pub(crate) fn new(pool: &Pool, metrics: &SourceMetrics) -> Self {
        Self { pool: pool.clone(), metrics: metrics.clone(), counts: JoinSet::new() }
    }

    /// Counts the transactions of a ledger that was announced with `announced` of them.
    pub(crate) fn check(&mut self, ledger: LedgerId, announced: u32) {
        while self.counts.try_join_next().is_some() {}
        if self.counts.len() >= COUNTS_MAX {
            return;
        }
        let (pool, metrics) = (self.pool.clone(), self.metrics.clone());
        self.counts.spawn(async move {
            // That no server answers is a matter of the fetch.
            let Ok((endpoint, counted)) = pool.transaction_count(ledger).await else { return };
            if usize::try_from(announced).ok() != Some(counted) {
                metrics.disagreements.inc();
                let url = pool.snapshot().into_iter().find(|it| it.id == endpoint).map(|it| it.url);
                tracing::error!(%ledger, announced, counted, by = url, "announced with another number of transactions");
            }
        });
    }
}
