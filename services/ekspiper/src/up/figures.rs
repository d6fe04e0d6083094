//! The figures that `ekspiper up` shows, as plain values.

use std::time::Duration;

/// Everything that is shown of a running pipeline.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Figures {
    /// How long it has been running.
    pub(crate) uptime: Duration,
    /// The latest ledger that was verified.
    pub(crate) latest: Option<LatestLedger>,
    /// The latest validated ledger that the source has committed.
    pub(crate) validated: Option<u64>,
    /// Verified ledgers.
    pub(crate) ledgers: Count,
    /// Transactions of verified ledgers.
    pub(crate) transactions: Count,
    /// Recorded order books.
    pub(crate) books: Count,
    /// Records that the receiver has acknowledged.
    pub(crate) acknowledged: Count,
    /// Latency of the last minute, from the `ledgerClosed` message to the acknowledgement.
    pub(crate) latency: Option<Latency>,
    /// The number of flows.
    pub(crate) flows: usize,
    /// The number of flows that have joined their group and whose partitions are all ready.
    pub(crate) flows_ready: usize,
    /// Open dead letters.
    pub(crate) dead_letters: u64,
    /// Problems, a line each.
    pub(crate) problems: Vec<String>,
}

/// The latest ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LatestLedger {
    /// Its index.
    pub(crate) index: u32,
    /// Its hash.
    pub(crate) hash: [u8; 32],
    /// How long ago it was verified.
    pub(crate) age: Duration,
}

/// A count since the start, and its rate.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Count {
    /// Since the start.
    pub(crate) total: u64,
    /// Per second.
    pub(crate) per_s: f64,
}

/// Quantiles of a latency, in seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Latency {
    /// The median.
    pub(crate) median_s: f64,
    /// The 99th percentile.
    pub(crate) p99_s: f64,
}

impl Figures {
    /// How many validated ledgers are not verified yet.
    pub(crate) fn behind(&self) -> u64 {
        let verified = self.latest.as_ref().map_or(0, |latest| u64::from(latest.index));
        self.validated.map_or(0, |validated| validated.saturating_sub(verified))
    }

    /// The state of the flows, and the open dead letters if there are any.
    pub(crate) fn flows(&self) -> String {
        let ready = format!("{} of {} flows ready", self.flows_ready, self.flows);
        match self.dead_letters {
            0 => ready,
            1 => format!("{ready}, 1 open dead letter"),
            n => format!("{ready}, {n} open dead letters"),
        }
    }
}

impl LatestLedger {
    /// The hash without its middle.
    pub(crate) fn short_hash(&self) -> String {
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02X}")).collect::<String>();
        format!("{}…{}", hex(&self.hash[..4]), hex(&self.hash[28..]))
    }
}

/// `0.12 s` or `12 ms`: a latency.
pub(crate) fn seconds(seconds: f64) -> String {
    match seconds {
        s if s < 0.1 => format!("{:.0} ms", s * 1_000.0),
        s if s < 10.0 => format!("{s:.2} s"),
        s => format!("{s:.0} s"),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// The figures of a pipeline without problems.
    pub(crate) fn figures() -> Figures {
        Figures {
            uptime: Duration::from_secs(125),
            latest: Some(LatestLedger {
                index: 1_234,
                hash: [0xAB; 32],
                age: Duration::from_secs(1),
            }),
            validated: Some(1_234),
            ledgers: Count { total: 125, per_s: 1.0 },
            transactions: Count { total: 6_250, per_s: 50.0 },
            books: Count { total: 40, per_s: 0.4 },
            acknowledged: Count { total: 6_415, per_s: 51.2 },
            latency: Some(Latency { median_s: 0.045, p99_s: 0.31 }),
            flows: 8,
            flows_ready: 8,
            dead_letters: 0,
            problems: Vec::new(),
        }
    }

    #[test]
    fn an_open_dead_letter_is_shown_beside_ready_flows() {
        assert_eq!(figures().flows(), "8 of 8 flows ready");
        let with = |dead_letters| Figures { dead_letters, ..figures() }.flows();
        assert_eq!(with(1), "8 of 8 flows ready, 1 open dead letter");
        assert_eq!(with(3), "8 of 8 flows ready, 3 open dead letters");
    }

    #[test]
    fn latencies_have_suitable_units() {
        let latencies = [0.0124, 0.12, 2.5, 61.0].map(seconds);
        assert_eq!(latencies, ["12 ms", "0.12 s", "2.50 s", "61 s"]);
    }
}
