//! The newest ledger that enough servers agree about, as it moves.

use std::time::Duration;

use flow::MetricsHandle;
use tokio::time::{Instant, Interval, interval};
use xrpl_client::{
    Announcement, Announcements, EndpointEvent, EndpointId, LedgerId, Lie, Pool, StreamEvent,
};

use crate::agreement::{Agreement, Disagreement, Quorum};

/// How often it is said what is waited for.
pub(crate) const LOOK: Duration = Duration::from_secs(1);

/// A server that takes longer to connect counts as down: a new leader is not to wait for one that hangs.
const CONNECT_WAIT: Duration = Duration::from_secs(2);

/// Follows the announcements of all servers.
pub(crate) struct Tip {
    pool: Pool,
    announcements: Announcements,
    agreement: Agreement,
    meter: MetricsHandle,
    look: Interval,
    begun: Instant,
}

impl Drop for Tip {
    fn drop(&mut self) {
        self.meter.waiting("servers", None);
        self.meter.waiting("agreement", None);
    }
}

impl Tip {
    pub(crate) fn new(pool: &Pool, quorum: Quorum, meter: &MetricsHandle) -> Self {
        let servers = pool.snapshot().into_iter().map(|status| status.id);
        Self {
            pool: pool.clone(),
            announcements: pool.announcements(),
            agreement: Agreement::new(quorum, servers),
            meter: meter.clone(),
            look: interval(LOOK),
            begun: Instant::now(),
        }
    }

    /// The newest ledger so far; the first one is waited for. Safe to cancel.
    pub(crate) async fn newest(&mut self) -> LedgerId {
        match self.agreement.latest() {
            Some(newest) => newest,
            None => self.next().await,
        }
    }

    /// The next newest ledger. Safe to cancel. Never returns from a pool without servers.
    pub(crate) async fn next(&mut self) -> LedgerId {
        loop {
            tokio::select! {
                event = self.announcements.next() => match event {
                    Some(event) => self.hear(event),
                    None => std::future::pending().await,
                },
                _ = self.look.tick() => {
                    if self.begun.elapsed() >= CONNECT_WAIT {
                        self.agreement.take_those_connected();
                    }
                    self.say_what_is_waited_for();
                }
            }
            if let Some(newest) = self.agreement.newest() {
                self.meter.agreeing(newest.servers);
                self.accuse(newest.ledger, &newest.outvoted);
                return newest.ledger;
            }
        }
    }

    /// When the ledger was first announced, in milliseconds since the epoch; `None` for history.
    pub(crate) fn announced_ms(&self, index: u32) -> Option<u64> {
        self.agreement.announced_ms(index)
    }

    /// How many transactions the ledger was announced with.
    pub(crate) fn transaction_count(&self, ledger: LedgerId) -> Option<u32> {
        self.agreement.transaction_count(ledger)
    }

    fn hear(&mut self, EndpointEvent { endpoint, url, event }: EndpointEvent) {
        self.meter.streamed(&url, event.name());
        match event {
            StreamEvent::Stale { .. } => {}
            StreamEvent::Connected => {
                tracing::info!(endpoint = url, "following");
                self.agreement.connected(endpoint);
            }
            StreamEvent::Lost { error, retry_in } => {
                let (error, retry_ms) = (anyhow::Error::from(error), retry_in.as_millis());
                tracing::warn!(endpoint = url, error = format!("{error:#}"), retry_ms, "lost");
                self.agreement.lost(endpoint);
            }
            StreamEvent::Contradicted { index, first, second } => {
                self.meter.disagreed();
                tracing::error!(endpoint = url, index, %first, %second, "announced two hashes for one ledger");
            }
            StreamEvent::Announced(announcement) => self.announced(endpoint, &url, &announcement),
        }
    }

    fn announced(&mut self, endpoint: EndpointId, url: &str, announcement: &Announcement) {
        let ledger = LedgerId { index: announcement.index, hash: announcement.hash };
        match self.agreement.announced(endpoint, announcement) {
            None => return,
            Some(Disagreement::Hash(other)) => {
                tracing::error!(endpoint = url, %ledger, %other, "servers disagree about a ledger");
            }
            Some(Disagreement::TransactionCount(other)) => {
                let count = announcement.transaction_count;
                tracing::error!(endpoint = url, %ledger, count, other, "servers disagree about a number of transactions");
            }
        }
        self.meter.disagreed();
        let outvoted = self.agreement.outvoted(ledger.index);
        if let Some(agreed) = self.agreement.agreed(ledger.index)
            && outvoted.iter().any(|it| it.0 == endpoint)
        {
            self.accuse(agreed, &[(endpoint, ledger.hash)]);
        }
    }

    /// Servers that contradict what most others say are not asked for a while.
    fn accuse(&self, agreed: LedgerId, outvoted: &[(EndpointId, xrpl_codec::Hash256)]) {
        for (endpoint, announced) in outvoted {
            let LedgerId { index, hash: agreed } = agreed;
            let lie = Lie::Outvoted { index, announced: *announced, agreed };
            self.pool.accuse(*endpoint, format!("announcement of ledger {index}"), lie);
        }
    }

    fn say_what_is_waited_for(&self) {
        let nobody = self.agreement.is_alone().then_some("no server is followed");
        self.meter.waiting("servers", nobody);
        self.meter.waiting("agreement", self.agreement.pending().as_deref());
    }
}
