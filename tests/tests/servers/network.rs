//! Simulated servers and a lane of their own.

use std::net::SocketAddr;

use ekspiper_tests::{FlowProcess, Kafka, Lane, Reader, Record, eventually};
use tokio::runtime::Runtime;
use xrpl_sim::{ChainOptions, Options, Simulator};

/// How long anything may take, on a machine that has much else to do.
pub(crate) const WAIT_S_MAX: u64 = 120;

/// Servers on loopback, and a live lane.
pub(crate) struct Network {
    pub(crate) runtime: Runtime,
    pub(crate) lane: Lane,
}

/// What a server's chain is.
#[derive(Clone, Copy)]
pub(crate) struct Made {
    pub(crate) seed: u64,
    pub(crate) first_ledger: u32,
    pub(crate) ledgers: u32,
    pub(crate) transactions: u32,
}

impl Network {
    /// A live lane with all topics of the real flows.
    pub(crate) fn new(name: &str, partitions: u32) -> Self {
        let specs: Vec<_> =
            schemas::all().into_iter().map(|it| it.spec).chain([flow::SCHEMAS]).collect();
        let lane = Lane::make_of(Kafka::shared(), name, "live", partitions, &specs);
        Self { runtime: Runtime::new().unwrap(), lane }
    }

    /// A server at any free port, or at the address where another one was.
    pub(crate) fn serve(&self, at: Option<SocketAddr>, made: Made) -> Simulator {
        let listen = at.unwrap_or(SocketAddr::from(([127, 0, 0, 1], 0)));
        let Made { seed, first_ledger, ledgers: history, transactions } = made;
        let chain =
            ChainOptions::Generated { seed, first_ledger, transactions, history, data_dir: None };
        let options = Options { listen, chain, interval: None };
        eventually(WAIT_S_MAX, "the address is free", || {
            self.runtime.block_on(Simulator::start(options.clone())).ok()
        })
    }

    /// Starts a flow that asks these servers.
    pub(crate) fn start(&self, name: &str, urls: &[String], arguments: &[&str]) -> FlowProcess {
        let urls = urls.iter().flat_map(|url| ["--xrpl-url", url.as_str()]);
        let all: Vec<&str> = urls.chain(arguments.iter().copied()).collect();
        FlowProcess::start(&self.lane, name, &all)
    }

    /// The committed records of a topic, once there are so many.
    pub(crate) fn records(&self, topic: &str, count: usize) -> Vec<Record> {
        let spec = schemas::all().into_iter().map(|it| it.spec).find(|spec| spec.name == topic);
        let topic = self.lane.topic(&spec.expect("it is a topic"));
        let reader = Reader::committed(Kafka::shared());
        eventually(WAIT_S_MAX, &format!("{count} records in {topic}"), || {
            Some(reader.all(&topic)).filter(|records| records.len() >= count)
        })
    }
}
