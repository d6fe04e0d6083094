//! The flows between servers and `ledgers`, on a lane of their own.

use std::sync::Arc;

use ekspiper_tests::{
    Counts, FlowProcess, Kafka, Lane, Reader, check_topic, eventually, ledger_event, whole_ledger,
};
use flow::{DEAD_LETTERS, Topic as _};
use schemas::{LedgerEvents, Ledgers, TransactionRecords};
use xrpl_codec::Ledger;

/// Partitions of each topic: two workers for each flow.
const PARTITIONS: u32 = 2;
/// How long what a fault has held up may take to arrive, on a machine that has much else to do.
const ARRIVE_S_MAX: u64 = 120;

/// A lane with `ledger-source` and `ledger-details`.
pub(crate) struct Path {
    pub(crate) source: FlowProcess,
    pub(crate) details: FlowProcess,
    lane: Lane,
    counts: Counts,
}

impl Path {
    /// The live lane of a network, from ledger 1 on.
    pub(crate) fn start(network: &str, urls: &[String]) -> Self {
        let lane = Lane::make_whole(Kafka::shared(), network, "live", PARTITIONS);
        let servers = urls.iter().flat_map(|url| ["--xrpl-url", url.as_str()]);
        let servers: Vec<&str> = servers.collect();
        let from_1 = [servers.as_slice(), &["--start", "1"]].concat();
        Self {
            source: FlowProcess::start(&lane, "ledger-source", &from_1),
            details: FlowProcess::start(&lane, "ledger-details", &servers),
            counts: Counts::follow(Kafka::shared(), &lane),
            lane,
        }
    }

    /// Starts another flow on the lane.
    pub(crate) fn start_beside(&self, name: &str, arguments: &[&str]) -> FlowProcess {
        FlowProcess::start(&self.lane, name, arguments)
    }

    /// One of the flows.
    pub(crate) fn flow(&self, name: &str) -> &FlowProcess {
        match name {
            "ledger-source" => &self.source,
            "ledger-details" => &self.details,
            other => panic!("{other} does not run here"),
        }
    }

    /// How many whole ledgers are there.
    pub(crate) fn arrived(&mut self) -> usize {
        self.counts.of(&self.lane.topic(&Ledgers::SPEC))
    }

    /// How many transactions have a record.
    pub(crate) fn recorded(&mut self) -> usize {
        self.counts.of(&self.lane.topic(&TransactionRecords::SPEC))
    }

    /// Waits until so many ledgers are there.
    #[track_caller]
    pub(crate) fn wait_arrived(&mut self, ledgers: usize, when: &str) {
        eventually(ARRIVE_S_MAX, &format!("{ledgers} ledgers are there {when}"), || {
            (self.arrived() >= ledgers).then_some(())
        });
    }

    /// Waits until every event has its ledger; how many there are.
    #[track_caller]
    pub(crate) fn wait_drained(&mut self) -> usize {
        let events = Reader::committed(Kafka::shared()).all(&self.lane.topic(&LedgerEvents::SPEC));
        self.wait_arrived(events.len(), "as announced");
        events.len()
    }

    /// Both topics hold the chain: each ledger once, in order, byte for byte; nothing else, and nothing rejected.
    #[track_caller]
    pub(crate) fn assert_holds(&self, chain: &[Arc<Ledger>]) {
        let reader = Reader::committed(Kafka::shared());
        let events = reader.all(&self.lane.topic(&LedgerEvents::SPEC));
        let expected = chain.iter().map(|ledger| ledger_event(ledger));
        assert_eq!(check_topic::<LedgerEvents>(&events, PARTITIONS, expected), []);
        let ledgers = reader.all(&self.lane.topic(&Ledgers::SPEC));
        let headers: Vec<_> = chain.iter().map(|ledger| ledger.header.to_bytes()).collect();
        let expected =
            chain.iter().zip(&headers).map(|(ledger, header)| whole_ledger(ledger, header));
        assert_eq!(check_topic::<Ledgers>(&ledgers, PARTITIONS, expected), []);
        assert_eq!(reader.all(&self.lane.topic(&DEAD_LETTERS)), []);
    }
}
