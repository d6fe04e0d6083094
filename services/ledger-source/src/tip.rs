//! The tip: the newest ledger that a quorum of servers agrees on, as it moves.

use std::time::Duration;

use flow::MetricsHandle;
use tokio::time::{Instant, Interval, interval};
use xrpl_client::{
    Disagreement, EndpointEvent, EndpointId, InvalidResponse, LedgerId, LedgerQuorum,
    LedgerStreams, Pool, Quorum, StreamEvent, ValidatedLedger,
};

use crate::metrics::SourceMetrics;

/// How often it is reported what is waited for.
pub(crate) const REPORT_INTERVAL: Duration = Duration::from_secs(1);

/// A server that takes longer to connect counts as down: a new active instance does not wait for one that hangs.
const CONNECT_WAIT: Duration = Duration::from_secs(2);

/// Follows the ledger streams of all servers.
pub(crate) struct Tip {
    pool: Pool,
    streams: LedgerStreams,
    quorum: LedgerQuorum,
    metrics: SourceMetrics,
    meter: MetricsHandle,
    report: Interval,
    started: Instant,
}

impl Drop for Tip {
    fn drop(&mut self) {
        self.meter.waiting("servers", None);
        self.meter.waiting("agreement", None);
    }
}

impl Tip {
    pub(crate) fn new(
        pool: &Pool,
        quorum: Quorum,
        metrics: &SourceMetrics,
        meter: &MetricsHandle,
    ) -> Self {
        let servers = pool.snapshot().into_iter().map(|status| status.id);
        Self {
            pool: pool.clone(),
            streams: pool.ledger_streams(),
            quorum: LedgerQuorum::new(quorum, servers),
            metrics: metrics.clone(),
            meter: meter.clone(),
            report: interval(REPORT_INTERVAL),
            started: Instant::now(),
        }
    }

    /// The newest ledger so far; waits for the first one. Safe to cancel.
    pub(crate) async fn newest(&mut self) -> LedgerId {
        match self.quorum.latest() {
            Some(newest) => newest,
            None => self.next().await,
        }
    }

    /// The next newest ledger. Safe to cancel. Never returns from a pool without servers.
    pub(crate) async fn next(&mut self) -> LedgerId {
        loop {
            tokio::select! {
                event = self.streams.next() => match event {
                    Some(event) => self.handle(event),
                    None => std::future::pending().await,
                },
                _ = self.report.tick() => {
                    if self.started.elapsed() >= CONNECT_WAIT {
                        self.quorum.count_connected_only();
                    }
                    self.report_waits();
                }
            }
            if let Some(newest) = self.quorum.newest() {
                self.metrics
                    .agreeing_servers
                    .set(i64::try_from(newest.servers).unwrap_or(i64::MAX));
                self.report_outvoted(newest.ledger, &newest.outvoted);
                return newest.ledger;
            }
        }
    }

    /// What the flow counts.
    pub(crate) fn metrics(&self) -> &SourceMetrics {
        &self.metrics
    }

    /// When the ledger was first announced, in milliseconds since the epoch; `None` for history.
    pub(crate) fn announced_ms(&self, index: u32) -> Option<u64> {
        self.quorum.announced_ms(index)
    }

    /// The number of transactions with which the ledger was announced.
    pub(crate) fn transaction_count(&self, ledger: LedgerId) -> Option<u32> {
        self.quorum.transaction_count(ledger)
    }

    fn handle(&mut self, EndpointEvent { endpoint, url, event }: EndpointEvent) {
        match event {
            StreamEvent::Stale { .. } => {}
            StreamEvent::Connected => {
                tracing::info!(endpoint = url, "following");
                self.quorum.connected(endpoint);
            }
            StreamEvent::Disconnected { error, retry_in } => {
                let (error, retry_ms) = (anyhow::Error::from(error), retry_in.as_millis());
                tracing::warn!(
                    endpoint = url,
                    error = format!("{error:#}"),
                    retry_ms,
                    "disconnected"
                );
                self.quorum.disconnected(endpoint);
            }
            StreamEvent::Contradicted { index, first, second } => {
                self.metrics.disagreements.inc();
                tracing::error!(endpoint = url, index, %first, %second, "announced two hashes for one ledger");
            }
            StreamEvent::LedgerClosed(announcement) => {
                self.announced(endpoint, &url, &announcement);
            }
        }
    }

    fn announced(&mut self, endpoint: EndpointId, url: &str, announcement: &ValidatedLedger) {
        let ledger = LedgerId { index: announcement.index, hash: announcement.hash };
        match self.quorum.announced(endpoint, announcement) {
            None => return,
            Some(Disagreement::Hash(other)) => {
                tracing::error!(endpoint = url, %ledger, %other, "servers disagree about a ledger");
            }
            Some(Disagreement::TransactionCount(other)) => {
                let count = announcement.transaction_count;
                tracing::error!(endpoint = url, %ledger, count, other, "servers disagree about a number of transactions");
            }
        }
        self.metrics.disagreements.inc();
        let outvoted = self.quorum.outvoted(ledger.index);
        if let Some(agreed) = self.quorum.agreed(ledger.index)
            && outvoted.iter().any(|it| it.0 == endpoint)
        {
            self.report_outvoted(agreed, &[(endpoint, ledger.hash)]);
        }
    }

    /// Servers that contradict the quorum are quarantined.
    fn report_outvoted(&self, agreed: LedgerId, outvoted: &[(EndpointId, xrpl_codec::Hash256)]) {
        for (endpoint, announced) in outvoted {
            let LedgerId { index, hash: agreed } = agreed;
            let response = InvalidResponse::Outvoted { index, announced: *announced, agreed };
            self.pool.report(*endpoint, format!("announcement of ledger {index}"), response);
        }
    }

    fn report_waits(&self) {
        let servers = self.quorum.is_alone().then_some("no server is followed");
        self.meter.waiting("servers", servers);
        self.meter.waiting("agreement", self.quorum.pending().as_deref());
    }
}
