//! Reports what the walk along the chain waits for.

use flow::{MetricsHandle, SourceError};
use tokio::time::{Interval, interval};
use xrpl_client::chain::{ChainHashes, ChainLink};

use crate::tip::REPORT_INTERVAL;

/// Reports regularly what is waited for. Dropping it reports that nothing is.
pub(crate) struct WaitReporter<'m> {
    meter: &'m MetricsHandle,
    interval: Interval,
}

impl Drop for WaitReporter<'_> {
    fn drop(&mut self) {
        self.report(None, None);
    }
}

impl<'m> WaitReporter<'m> {
    pub(crate) fn new(meter: &'m MetricsHandle) -> Self {
        Self { meter, interval: interval(REPORT_INTERVAL) }
    }

    /// Returns when the next report is due. Safe to cancel.
    pub(crate) async fn due(&mut self) {
        self.interval.tick().await;
    }

    /// The next link of a range; reports meanwhile what it waits for.
    pub(crate) async fn next(
        &mut self,
        links: &mut ChainHashes,
    ) -> Result<Option<ChainLink>, SourceError> {
        loop {
            tokio::select! {
                link = links.next() => {
                    return link.transpose().map_err(|error| SourceError::Transient(error.into()));
                }
                () = self.due() => self.report(links.progress().waiting.as_deref(), None),
            }
        }
    }

    /// Reports what no server has yet, and why the latest announced ledger was refused.
    pub(crate) fn report(&self, missing: Option<&str>, refused: Option<&str>) {
        self.meter.waiting("history", missing);
        self.meter.waiting("another announcement", refused);
    }
}
