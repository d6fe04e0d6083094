//! Looks at a pipeline that runs in this process, again and again.

use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use flow::{Metrics, Running, Settings};
use flow_admin::TailReader;
use schemas::LedgerHeaders;
use xrpl_client::Pool;

use crate::number::duration;
use crate::readings::Readings;
use crate::screen::{Figures, NewestLedger};
use crate::standing::Standing;
use crate::up::history::{History, Totals};
use crate::up::servers;

/// A chain that is well closes a ledger every few seconds.
const QUIET: Duration = Duration::from_secs(30);
/// A broker on this machine that runs takes a connection at once.
const CONNECT: Duration = Duration::from_millis(500);
/// How often the broker is tried.
const TRY_BROKER: Duration = Duration::from_secs(5);
/// Until then servers are being connected to, which is no news.
const SETTLING: Duration = Duration::from_secs(10);

/// What is looked at.
pub(crate) struct Watch {
    started: Instant,
    metrics: Metrics,
    flows: Vec<Running>,
    headers: TailReader<LedgerHeaders>,
    newest: Option<(NewestLedger, Instant)>,
    history: History,
    broker: Option<Broker>,
    pool: Pool,
}

/// The broker of this process.
struct Broker {
    address: SocketAddr,
    tried: Instant,
    answers: bool,
}

impl Watch {
    /// Looks at `flows`, which count in `metrics` and ask `pool`; and at the broker at `broker`, if it is one of this process.
    ///
    /// # Errors
    /// When the lane's topics can't be read.
    pub(crate) fn new(
        settings: &Settings,
        metrics: Metrics,
        flows: Vec<Running>,
        broker: Option<SocketAddr>,
        pool: Pool,
    ) -> anyhow::Result<Self> {
        let started = Instant::now();
        Ok(Self {
            started,
            metrics,
            flows,
            headers: TailReader::new(settings)?,
            newest: None,
            history: History::default(),
            broker: broker.map(|address| Broker { address, tried: started, answers: true }),
            pool,
        })
    }

    /// How everything stands now.
    pub(crate) fn look(&mut self) -> Figures {
        let now = Instant::now();
        let newest = &mut self.newest;
        self.headers.look(|header| {
            if newest.as_ref().is_none_or(|(newest, _)| newest.index < header.ledger_index) {
                let (index, hash) = (header.ledger_index, header.ledger_hash);
                *newest = Some((NewestLedger { index, hash, age: Duration::ZERO }, now));
            }
        });
        let readings = Readings::parse(&self.metrics.render());
        let running = now - self.started;
        self.history.push(running, totals(&readings));
        let standings: Vec<Standing> =
            self.flows.iter().map(|flow| Standing::of(&flow.health)).collect();
        let mut unwell: Vec<String> = standings.iter().flat_map(Standing::unwell).collect();
        unwell.extend(self.broker.as_mut().and_then(Broker::unwell));
        if running >= SETTLING {
            let servers: Vec<_> = self.pool.snapshot().into_iter().map(Into::into).collect();
            unwell.extend(servers::unwell(&servers));
            unwell.extend(self.quiet(now));
        }
        let newest = self.newest.clone();
        Figures {
            running,
            newest: newest.map(|(newest, seen)| NewestLedger { age: now - seen, ..newest }),
            announced: announced(&readings),
            ledgers: self.history.count(|totals| totals.ledgers),
            transactions: self.history.count(|totals| totals.transactions),
            books: self.history.count(|totals| totals.books),
            acknowledged: self.history.count(|totals| totals.acknowledged),
            latency: self.history.latency(),
            flows: standings.len(),
            flows_ready: standings.iter().filter(|standing| standing.ready).count(),
            unwell,
        }
    }

    /// Whether all flows have given up their partitions.
    pub(crate) fn is_over(&self) -> bool {
        self.flows.iter().all(Running::has_stopped)
    }

    fn quiet(&self, now: Instant) -> Option<String> {
        let since = self.newest.as_ref().map_or(self.started, |(_, seen)| *seen);
        let quiet = now - since;
        (quiet >= QUIET).then(|| format!("no new ledger for {}", duration(quiet)))
    }
}

impl Broker {
    fn unwell(&mut self) -> Option<String> {
        if self.tried.elapsed() >= TRY_BROKER {
            self.tried = Instant::now();
            self.answers = TcpStream::connect_timeout(&self.address, CONNECT).is_ok();
        }
        let unwell =
            || format!("Apache Kafka does not answer at {}: stop and start again", self.address);
        (!self.answers).then(unwell)
    }
}

fn totals(readings: &Readings) -> Totals {
    // A counter is a whole number.
    let emitted = |flow, topic| {
        readings.sum("ekspiper_emitted_total", &[("flow", flow), ("topic", topic)]) as u64
    };
    let sink = [("flow", "fluent-sink")];
    Totals {
        ledgers: emitted("ledger-transactions", "ledger-headers"),
        transactions: emitted("ledger-transactions", "transactions"),
        books: emitted("book-offers-record", "book-offers"),
        acknowledged: readings.sum("ekspiper_acknowledged_total", &sink) as u64,
        latency: readings.histogram("ekspiper_latency_seconds_bucket", &sink),
    }
}

fn announced(readings: &Readings) -> Option<u64> {
    let pointer = [("flow", "ledger-source"), ("topic", "checkpoints")];
    readings.max("ekspiper_sequence", &pointer).map(|sequence| sequence as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn totals_come_from_what_prometheus_reads() {
        let readings = Readings::parse(
            r#"ekspiper_emitted_total{flow="ledger-transactions",topic="transactions"} 50
ekspiper_emitted_total{flow="ledger-transactions",topic="ledger-headers"} 2
ekspiper_emitted_total{flow="book-offers-record",topic="book-offers"} 3
ekspiper_acknowledged_total{flow="fluent-sink"} 55
ekspiper_sequence{flow="ledger-source",topic="checkpoints",partition="0"} 1234
ekspiper_latency_seconds_bucket{le="0.1",flow="fluent-sink"} 4
ekspiper_latency_seconds_bucket{le="0.1",flow="ledger-record"} 9
"#,
        );
        let totals = totals(&readings);
        assert_eq!((totals.ledgers, totals.transactions), (2, 50));
        assert_eq!((totals.books, totals.acknowledged), (3, 55));
        assert_eq!(totals.latency.count(), 4.0);
        assert_eq!(announced(&readings), Some(1_234));
        assert_eq!(announced(&Readings::default()), None);
    }
}
