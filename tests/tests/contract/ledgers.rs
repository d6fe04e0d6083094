//! A simulated chain, a lane for its events, and instances of `ledger-source` that bring them in.

use ekspiper_tests::{FlowProcess, Kafka, Lane, Reader, check_topic, eventually};
use flow::ingest::{Checkpoints, Committer, Ingestor};
use flow::{Block, Pointer, SCHEMAS, Topic as _};
use schemas::{INGESTION_VERSION, LedgerEvent, LedgerEvents};
use xrpl_sim::{ChainOptions, Options, Simulator};

/// Partitions of the lane.
const PARTITIONS: u32 = 4;
/// The flow under test.
pub(crate) const SOURCE: &str = "ledger-source";

/// A chain, and a lane that it goes to.
pub(crate) struct Ledgers {
    pub(crate) kafka: &'static Kafka,
    pub(crate) lane: Lane,
    pub(crate) simulator: Simulator,
    ingestor: Ingestor,
}

/// A server with the chain of this seed, from ledger 1 to `history`. Ledgers close every `interval_ms`, or when it is told.
pub(crate) fn simulator(seed: u64, history: u32, interval_ms: Option<u64>) -> Simulator {
    let chain =
        ChainOptions::Generated { seed, first_ledger: 1, transactions: 1, history, data_dir: None };
    let interval = interval_ms.map(std::time::Duration::from_millis);
    let options = Options { listen: ([127, 0, 0, 1], 0).into(), chain, interval };
    Kafka::shared().wait(Simulator::start(options)).unwrap()
}

fn ingestor(lane: &Lane, version: i32) -> Ingestor {
    Ingestor::find::<LedgerEvents>(&lane.settings(), SOURCE, version).unwrap()
}

/// A ledger of a server's chain as a pointer.
pub(crate) fn pointer(simulator: &Simulator, index: u32) -> Pointer {
    let hash = simulator.ledger_hash(index).expect("the ledger has closed");
    Pointer { sequence: index.into(), hash: hash.0.to_vec() }
}

/// A ledger of a server's chain as an event.
pub(crate) fn event(simulator: &Simulator, index: u32) -> LedgerEvent {
    let hash = |index| simulator.ledger_hash(index).unwrap_or_default().0;
    LedgerEvent { ledger_index: index, ledger_hash: hash(index), parent_hash: hash(index - 1) }
}

impl Ledgers {
    /// A lane of a network of its own, and the chain of seed 1.
    pub(crate) fn new(network: &str, history: u32, interval_ms: Option<u64>) -> Self {
        let kafka = Kafka::shared();
        let specs = [LedgerEvents::SPEC, Checkpoints::SPEC, SCHEMAS];
        let lane = Lane::make_of(kafka, network, "live", PARTITIONS, &specs);
        let ingestor = ingestor(&lane, INGESTION_VERSION);
        Self { kafka, lane, simulator: simulator(1, history, interval_ms), ingestor }
    }

    /// Starts an instance.
    pub(crate) fn start(&self, arguments: &[&str]) -> FlowProcess {
        Self::start_at(&self.lane, &self.simulator, arguments)
    }

    /// Starts an instance that follows a server of choice.
    pub(crate) fn start_at(lane: &Lane, simulator: &Simulator, arguments: &[&str]) -> FlowProcess {
        let url = simulator.url();
        let arguments = [&["--xrpl-url", url.as_str()], arguments].concat();
        FlowProcess::start(lane, SOURCE, &arguments)
    }

    /// Closes ledgers up to this one.
    pub(crate) fn close_to(&self, index: u32) {
        let newest = *self.simulator.ledgers().end();
        assert_eq!(self.simulator.advance(index - newest).unwrap(), index);
    }

    /// Who commits for binaries of this version.
    pub(crate) fn ingestor(&self) -> &Ingestor {
        &self.ingestor
    }

    /// Commits ledgers as an instance of an ingestion version would have.
    pub(crate) fn commit(&self, version: i32, ledgers: std::ops::RangeInclusive<u32>) {
        let mut committer = Committer::open(&ingestor(&self.lane, version)).unwrap();
        for index in ledgers {
            let block = Block::<LedgerEvents> {
                parent: committer.latest().cloned(),
                pointer: pointer(&self.simulator, index),
                announced_ms: None,
                record: event(&self.simulator, index),
            };
            committer.commit(vec![block]).unwrap();
        }
    }

    /// The ledger that the pointer names.
    pub(crate) fn reached(&self) -> Option<u32> {
        let latest = self.ingestor.latest().unwrap()?;
        Some(u32::try_from(latest.sequence).unwrap())
    }

    /// Waits until the pointer is at this ledger or behind it; says where.
    #[track_caller]
    pub(crate) fn until(&self, index: u32) -> u32 {
        eventually(60, &format!("the pointer is at ledger {index}"), || {
            self.reached().filter(|reached| *reached >= index)
        })
    }

    /// The lane holds the ledgers from `first` to the pointer, each once, in order, linked, in its partition.
    #[track_caller]
    pub(crate) fn hold_from(&self, first: u32) {
        let reached = self.reached().expect("something was committed");
        let expected: Vec<_> =
            (first..=reached).map(|index| event(&self.simulator, index)).collect();
        self.hold(expected);
    }

    /// The lane holds just these events.
    #[track_caller]
    pub(crate) fn hold(&self, expected: Vec<LedgerEvent>) {
        let read = Reader::committed(self.kafka).all(&self.lane.topic(&LedgerEvents::SPEC));
        assert_eq!(check_topic::<LedgerEvents>(&read, PARTITIONS, expected), []);
    }
}

/// Whether an instance says that it leads.
pub(crate) fn leads(instance: &FlowProcess) -> bool {
    instance.metric("ekspiper_active") > 0.0
}

/// Waits until an instance says that it stands by.
#[track_caller]
pub(crate) fn stands_by(instance: &FlowProcess) {
    eventually(60, "it stands by", || {
        ekspiper_tests::get(instance.admin(), "/readyz").filter(|(status, text)| {
            *status == 200 && text.contains("ledger-source instance: standby")
        })
    });
    assert!(!leads(instance));
}
