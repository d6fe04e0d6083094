//! Says what the walk along the chain waits for.

use flow::{MetricsHandle, SourceError};
use tokio::time::{Interval, interval};
use xrpl_client::chain::{ChainHashes, ChainLink};

use crate::tip::LOOK;

/// Looks now and then; says that nothing is waited for any more when it is dropped.
pub(crate) struct Vigil<'m> {
    meter: &'m MetricsHandle,
    look: Interval,
}

impl Drop for Vigil<'_> {
    fn drop(&mut self) {
        self.say(None, None);
    }
}

impl<'m> Vigil<'m> {
    pub(crate) fn new(meter: &'m MetricsHandle) -> Self {
        Self { meter, look: interval(LOOK) }
    }

    /// When to look again. Safe to cancel.
    pub(crate) async fn look(&mut self) {
        self.look.tick().await;
    }

    /// The next link of a range; says what it waits for meanwhile.
    pub(crate) async fn next(
        &mut self,
        links: &mut ChainHashes,
    ) -> Result<Option<ChainLink>, SourceError> {
        loop {
            tokio::select! {
                link = links.next() => {
                    return link.transpose().map_err(|error| SourceError::Transient(error.into()));
                }
                () = self.look() => self.say(links.progress().waiting.as_deref(), None),
            }
        }
    }

    /// Says what no server has yet, and why the latest announcement can't be followed.
    pub(crate) fn say(&self, missing: Option<&str>, refused: Option<&str>) {
        self.meter.waiting("history", missing);
        self.meter.waiting("another announcement", refused);
    }
}
