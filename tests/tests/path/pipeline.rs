//! The whole path on a lane: a simulated server, the real flows as processes, and a receiver.

use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use ekspiper_tests::{Arrivals, Counts, FlowProcess, Kafka, Lane, eventually};
use tokio::runtime::Runtime;
use xrpl_sim::{ChainOptions, Options, Simulator};

use crate::chain::Chain;
use crate::contents::Contents;

/// Partitions of each topic that carries ledgers.
pub(crate) const PARTITIONS: u32 = 8;
/// How long a chain may take to arrive, on a machine that has much else to do.
const ARRIVE_S_MAX: u64 = 240;

/// The flows with what they write, the last of the path first: whoever is killed in this order, what it reads goes on.
pub(crate) const FLOWS: [(&str, &str); 8] = [
    ("fluent-sink", "the receiver"),
    ("book-offers-record", "book-offers"),
    ("book-offers-fetch", "book-offer-requests"),
    ("transaction-record", "transaction-records"),
    ("ledger-record", "ledger-records"),
    ("ledger-transactions", "transactions"),
    ("ledger-details", "ledgers"),
    ("ledger-source", "ledger-events"),
];

/// How far the large chain is played for each of them in turn, so that each has something to do: nearly all transactions are
/// in its ledgers 3 to 57 and 317 to 349.
pub(crate) const PLAYED_TO: [u32; 8] = [15, 22, 32, 38, 42, 47, 57, 325];

/// How much of the chain is there from the start.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Play {
    /// All of it.
    Whole,
    /// The first ledger; the others are played, part by part.
    Parts,
}

/// Everything between a chain and a receiver. One at a time: sixteen processes beside a broker are enough.
pub(crate) struct Pipeline {
    pub(crate) flows: Vec<(&'static str, FlowProcess)>,
    counts: Counts,
    arrivals: Arrivals,
    simulator: Simulator,
    pub(crate) runtime: Runtime,
    pub(crate) urls: Vec<String>,
    /// What the source is told beside the servers.
    range: Vec<String>,
    lane: Lane,
    chain: &'static Chain,
    begun: Instant,
    _turn: MutexGuard<'static, ()>,
}

impl Pipeline {
    /// The live lane of a network of its own, without flows yet.
    pub(crate) fn live(chain: &'static Chain, network: &str, play: Play) -> Self {
        let lane = make_lane(network, "live");
        Self::on(lane, chain, play, vec!["--start".to_owned(), chain.first().to_string()])
    }

    /// Another lane of a network, for the whole chain as a range.
    pub(crate) fn backfill(chain: &'static Chain, network: &str, name: &str) -> Self {
        let lane = make_lane(network, name);
        let (first, last) = (chain.first().to_string(), chain.last().to_string());
        let range = ["--start", &first, "--until", &last].map(str::to_owned);
        Self::on(lane, chain, Play::Whole, range.to_vec())
    }

    fn on(lane: Lane, chain: &'static Chain, play: Play, range: Vec<String>) -> Self {
        static TURN: Mutex<()> = Mutex::new(());
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let runtime = Runtime::new().unwrap();
        let options = Options {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            chain: ChainOptions::Recorded {
                recording: chain.recording.clone(),
                play_from: (play == Play::Parts).then(|| chain.first()),
            },
            interval: None,
        };
        let simulator = runtime.block_on(Simulator::start(options)).unwrap();
        Self {
            flows: Vec::new(),
            counts: Counts::follow(Kafka::shared(), &lane),
            arrivals: Arrivals::start(&runtime, PARTITIONS),
            urls: vec![simulator.url()],
            simulator,
            runtime,
            range,
            lane,
            chain,
            begun: Instant::now(),
            _turn: turn,
        }
    }

    /// Starts one of each flow.
    pub(crate) fn start_all(&mut self) {
        for (name, _) in FLOWS {
            let flow = self.start(name);
            self.flows.push((name, flow));
        }
    }

    /// Starts a flow.
    pub(crate) fn start(&self, name: &str) -> FlowProcess {
        let mut arguments = Vec::new();
        let address = self.arrivals.address();
        if ["ledger-source", "ledger-details", "book-offers-record"].contains(&name) {
            arguments.extend(self.urls.iter().flat_map(|url| ["--xrpl-url", url.as_str()]));
        }
        if name == "ledger-source" {
            arguments.extend(self.range.iter().map(String::as_str));
        }
        if name == "fluent-sink" {
            arguments.extend(["--fluent-address", &address]);
        }
        FlowProcess::start(&self.lane, name, &arguments)
    }

    /// The first running instance of a flow.
    pub(crate) fn flow(&mut self, name: &str) -> &mut FlowProcess {
        let found = self.flows.iter_mut().find(|(other, _)| *other == name);
        &mut found.expect("it runs").1
    }

    /// Plays the chain up to a ledger, and waits until some of what the flow makes of that part is committed. The rest of the
    /// chain is still to come.
    pub(crate) fn play_into(&mut self, (name, output): (&str, &str), to: u32) {
        let from = *self.simulator.ledgers().end();
        let (before, all) = (self.expected(output, from), self.expected(output, to));
        assert!(all > before, "{name} has something to do between {from} and {to}");
        assert_eq!(self.simulator.advance(to - from).unwrap(), to);
        let what = format!("{name} has begun with ledgers {from} to {to}");
        let written = eventually(ARRIVE_S_MAX, &what, || {
            Some(self.written(output)).filter(|written| *written > before)
        });
        println!(
            "{:.1?}: {name} has written {} of the {} records of ledgers {} to {to}",
            self.begun.elapsed(),
            written - before,
            all - before,
            from + 1
        );
    }

    /// Plays the rest of the chain.
    pub(crate) fn play_rest(&self) {
        let rest = self.chain.last() - *self.simulator.ledgers().end();
        assert_eq!(self.simulator.advance(rest).unwrap(), self.chain.last());
    }

    /// Waits until everything has arrived everywhere.
    pub(crate) fn wait_whole(&mut self) {
        for (name, output) in FLOWS.into_iter().rev() {
            let all = self.expected(output, self.chain.last());
            let what = format!("{name} has written {all} records to {output}");
            eventually(ARRIVE_S_MAX, &what, || (self.written(output) >= all).then_some(()));
        }
        println!("{:.1?}: everything has arrived", self.begun.elapsed());
    }

    /// What the lane holds.
    pub(crate) fn contents(&self) -> Contents {
        Contents::read(Kafka::shared(), &self.lane, &self.arrivals)
    }

    fn expected(&self, output: &str, last: u32) -> usize {
        if output == "the receiver" {
            return self.chain.outgoing(last);
        }
        self.chain.records(output, last)
    }

    fn written(&mut self, output: &str) -> usize {
        if output == "the receiver" {
            return self.arrivals.distinct();
        }
        let spec = schemas::all().into_iter().map(|it| it.spec).find(|spec| spec.name == output);
        self.counts.of(&self.lane.topic(&spec.expect("it is a topic")))
    }
}

/// A lane with all topics of the real flows.
pub(crate) fn make_lane(network: &str, name: &str) -> Lane {
    Lane::make_whole(Kafka::shared(), network, name, PARTITIONS)
}
