//! The monitor of a pipeline that runs in this process.

use std::time::{Duration, Instant};

use flow::Settings;
use flow::host::{Metrics, Running};
use flow_admin::TailReader;
use schemas::LedgerHeaders;
use xrpl_client::Pool;

use crate::flow_health::FlowHealth;
use crate::format::duration;
use crate::up::dlq_monitor::DlqMonitor;
use crate::up::figures::{Figures, LatestLedger};
use crate::up::rates::{Rates, Totals};
use crate::up::server_health;

/// A healthy chain closes a ledger every few seconds.
const QUIET_AFTER: Duration = Duration::from_secs(30);
/// Until then servers are still being connected to, which is no problem.
const CONNECTING: Duration = Duration::from_secs(10);

/// What is monitored.
pub(crate) struct Monitor {
    started: Instant,
    metrics: Metrics,
    flows: Vec<Running>,
    headers: TailReader<LedgerHeaders>,
    latest: Option<(LatestLedger, Instant)>,
    rates: Rates,
    dead_letters: DlqMonitor,
    pool: Pool,
}

impl Monitor {
    /// Monitors `flows`, which count in `metrics` and send requests through `pool`.
    ///
    /// # Errors
    /// When the lane's topics can't be read.
    pub(crate) fn new(
        settings: &Settings,
        metrics: Metrics,
        flows: Vec<Running>,
        pool: Pool,
    ) -> anyhow::Result<Self> {
        Ok(Self {
            started: Instant::now(),
            metrics,
            flows,
            headers: TailReader::new(settings)?,
            latest: None,
            rates: Rates::default(),
            dead_letters: DlqMonitor::start(settings),
            pool,
        })
    }

    /// The figures now.
    pub(crate) fn figures(&mut self) -> Figures {
        let now = Instant::now();
        let latest = &mut self.latest;
        self.headers.poll(|header| {
            if latest.as_ref().is_none_or(|(latest, _)| latest.index < header.ledger_index) {
                let (index, hash) = (header.ledger_index, header.ledger_hash);
                *latest = Some((LatestLedger { index, hash, age: Duration::ZERO }, now));
            }
        });
        let uptime = now - self.started;
        self.rates.push(uptime, totals(&self.metrics));
        let flows: Vec<FlowHealth> =
            self.flows.iter().map(|flow| FlowHealth::of(&flow.health)).collect();
        let mut problems: Vec<String> = flows.iter().flat_map(FlowHealth::problems).collect();
        if uptime >= CONNECTING {
            let servers: Vec<_> = self.pool.snapshot().into_iter().map(Into::into).collect();
            problems.extend(server_health::problems(&servers));
            problems.extend(self.quiet(now));
        }
        let latest = self.latest.clone();
        Figures {
            uptime,
            latest: latest.map(|(latest, seen)| LatestLedger { age: now - seen, ..latest }),
            validated: validated(&self.metrics),
            ledgers: self.rates.count(|totals| totals.ledgers),
            transactions: self.rates.count(|totals| totals.transactions),
            books: self.rates.count(|totals| totals.books),
            acknowledged: self.rates.count(|totals| totals.acknowledged),
            latency: self.rates.latency(),
            flows: flows.len(),
            flows_ready: flows.iter().filter(|flow| flow.ready).count(),
            dead_letters: self.dead_letters.open(),
            problems,
        }
    }

    /// Whether all flows have stopped.
    pub(crate) fn is_over(&self) -> bool {
        self.flows.iter().all(Running::has_stopped)
    }

    fn quiet(&self, now: Instant) -> Option<String> {
        let since = self.latest.as_ref().map_or(self.started, |(_, seen)| *seen);
        let quiet = now - since;
        (quiet >= QUIET_AFTER).then(|| format!("no new ledger for {}", duration(quiet)))
    }
}

fn totals(metrics: &Metrics) -> Totals {
    let transactions = metrics.of_flow("ledger-transactions");
    let sink = metrics.of_flow("fluent-sink");
    Totals {
        ledgers: transactions.emitted("ledger-headers"),
        transactions: transactions.emitted("transactions"),
        books: metrics.of_flow("book-offers-record").emitted("book-offers"),
        acknowledged: sink.acknowledged(),
        latency: sink.latency_seconds(),
    }
}

fn validated(metrics: &Metrics) -> Option<u64> {
    metrics.of_flow("ledger-source").sequence("checkpoints", 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn totals_are_those_of_the_flows() {
        let metrics = Metrics::default();
        flow::MetricsHandle::new("fluent-sink", &metrics).acknowledged(55, 900);
        flow::MetricsHandle::new("ledger-record", &metrics).acknowledged(9, 900);
        assert_eq!(totals(&metrics), Totals { acknowledged: 55, ..Totals::default() });
        assert_eq!(validated(&metrics), None);
    }
}
