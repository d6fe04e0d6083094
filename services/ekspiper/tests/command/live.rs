//! A live lane of a test's own: a simulator whose ledgers close when the test says so, and `ekspiper up`.

use std::sync::{Arc, Mutex};

use ekspiper_tests::{Kafka, Process, eventually};
use fluent_receiver::{Receiver, ReceiverSettings};
use serde_json::Value;
use tempfile::TempDir;
use xrpl_sim::{ChainOptions, Options, Simulator};

use crate::ekspiper::{ekspiper, status};

/// Transactions in each ledger.
pub(crate) const TRANSACTIONS: u32 = 5;

/// Ledgers, a lane of a network of their own, and what its receiver has got.
pub(crate) struct Live {
    pub(crate) kafka: &'static Kafka,
    pub(crate) network: &'static str,
    pub(crate) simulator: Simulator,
    receiver: Receiver,
    tags: Arc<Mutex<Vec<String>>>,
    _data: TempDir,
    data: std::path::PathBuf,
}

impl Live {
    /// Ledgers up to `history`, and topics for nothing yet.
    pub(crate) fn new(network: &'static str, history: u32) -> Self {
        let kafka = Kafka::shared();
        let chain = ChainOptions::Generated {
            seed: 7,
            first_ledger: 1,
            transactions: TRANSACTIONS,
            history,
            data_dir: None,
        };
        let options = Options { listen: ([127, 0, 0, 1], 0).into(), chain, interval: None };
        let simulator = kafka.wait(Simulator::start(options)).unwrap();
        let tags = Arc::new(Mutex::new(Vec::new()));
        let taken = Arc::clone(&tags);
        let receiving = Receiver::start("127.0.0.1:0", ReceiverSettings::default(), move |batch| {
            let new = (0..batch.count()).map(|_| batch.tag.clone());
            taken.lock().unwrap().extend(new);
            async { Ok(()) }
        });
        let receiver = kafka.wait(receiving).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().to_owned();
        Self { kafka, network, simulator, receiver, tags, _data: folder, data }
    }

    /// `ekspiper up` on these ledgers and this broker.
    pub(crate) fn up(&self) -> Process {
        let mut command = ekspiper(&["up", "--partitions", "4", "--network", self.network]);
        command
            .args(["--kafka-brokers", &self.kafka.servers()])
            .args(["--xrpl-url", &self.simulator.url()])
            .args(["--fluent-address", &self.receiver.address().to_string()])
            .arg("--data-dir")
            .arg(&self.data);
        Process::start("ekspiper", command)
    }

    /// Arguments of `command` about this network.
    pub(crate) fn args(&self, command: &[&str]) -> Vec<String> {
        let of_network = ["--network", self.network].map(str::to_owned);
        let brokers = ["--kafka-brokers".to_owned(), self.kafka.servers()];
        let servers = ["--xrpl-url".to_owned(), self.simulator.url()];
        let own = command.iter().map(|arg| (*arg).to_owned());
        own.chain(of_network).chain(brokers).chain(servers).collect()
    }

    /// How a lane stands.
    pub(crate) fn status(&self, lane: &str) -> Option<Value> {
        status(&self.kafka.servers(), self.network, lane)
    }

    /// Waits until every flow of the live lane has done everything up to `ledger`.
    pub(crate) fn until_complete(&self, ledger: u32) -> Value {
        eventually(120, &format!("ledger {ledger} is complete"), || {
            let status = self.status("live")?;
            let flows = status["flows"].as_array()?;
            let done = |flow: &Value| flow["complete_through"].as_u64() >= Some(ledger.into());
            flows.iter().all(done).then(|| status.clone())
        })
    }

    /// How many records came for a tag.
    pub(crate) fn received(&self, tag: &str) -> usize {
        self.tags.lock().unwrap().iter().filter(|it| *it == tag).count()
    }
}
