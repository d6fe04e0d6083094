//! What the screen shows, as plain values.

use std::time::Duration;

/// Everything that is shown of a pipeline that runs.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Figures {
    /// How long it has been running.
    pub(crate) running: Duration,
    /// The newest ledger that was verified.
    pub(crate) newest: Option<NewestLedger>,
    /// The newest ledger that was announced and linked to the chain.
    pub(crate) announced: Option<u64>,
    /// Ledgers verified.
    pub(crate) ledgers: Count,
    /// Transactions of verified ledgers.
    pub(crate) transactions: Count,
    /// Order books recorded.
    pub(crate) books: Count,
    /// Records that the receiver has acknowledged.
    pub(crate) acknowledged: Count,
    /// From announcement to acknowledgement, lately.
    pub(crate) latency: Option<Latency>,
    /// How many flows there are.
    pub(crate) flows: usize,
    /// How many of them have their place in their group, and all of whose parts work.
    pub(crate) flows_ready: usize,
    /// What is not well, a line each.
    pub(crate) unwell: Vec<String>,
}

/// A ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NewestLedger {
    /// Its index.
    pub(crate) index: u32,
    /// Its hash.
    pub(crate) hash: [u8; 32],
    /// How long ago it was seen here.
    pub(crate) age: Duration,
}

/// How many since the start, and lately in a second.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Count {
    /// Since the start.
    pub(crate) total: u64,
    /// In a second.
    pub(crate) per_s: f64,
}

/// How long something takes, in seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Latency {
    /// Half of the times are shorter.
    pub(crate) median_s: f64,
    /// One in a hundred is longer.
    pub(crate) p99_s: f64,
}

impl Figures {
    /// How many announced ledgers are not verified yet.
    pub(crate) fn behind(&self) -> u64 {
        let verified = self.newest.as_ref().map_or(0, |newest| u64::from(newest.index));
        self.announced.map_or(0, |announced| announced.saturating_sub(verified))
    }
}

impl NewestLedger {
    /// The hash, its middle left out.
    pub(crate) fn short_hash(&self) -> String {
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02X}")).collect::<String>();
        format!("{}…{}", hex(&self.hash[..4]), hex(&self.hash[28..]))
    }
}
