//! The newest ledger that enough servers agree about, as it moves.

use xrpl::servers::{Announcements, LedgerId, Pool, StreamEvent};

use crate::agreement::{Agreement, Quorum};

/// Follows the announcements of all servers.
pub(crate) struct Tip {
    announcements: Announcements,
    agreement: Agreement,
}

impl Tip {
    pub(crate) fn new(pool: &Pool, quorum: Quorum) -> Self {
        Self { announcements: pool.announcements(), agreement: Agreement::new(quorum) }
    }

    /// The next newest ledger. Safe to cancel. Never returns from a pool without servers.
    pub(crate) async fn next(&mut self) -> LedgerId {
        loop {
            let Some(event) = self.announcements.next().await else { std::future::pending().await };
            let (endpoint, url) = (event.endpoint, event.url);
            match event.event {
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
                    tracing::error!(endpoint = url, index, %first, %second, "announced two hashes for one ledger");
                }
                StreamEvent::Announced(announcement) => {
                    let ledger = LedgerId { index: announcement.index, hash: announcement.hash };
                    let other =
                        self.agreement.announced(endpoint, ledger, announcement.received_at);
                    if let Some(other) = other {
                        tracing::error!(endpoint = url, %ledger, %other, "servers disagree about a ledger");
                    }
                }
            }
            if let Some(newest) = self.agreement.newest() {
                return newest;
            }
        }
    }

    /// When the ledger was first announced, in milliseconds since the epoch; `None` for history.
    pub(crate) fn announced_ms(&self, index: u32) -> Option<u64> {
        self.agreement.announced_ms(index)
    }
}
