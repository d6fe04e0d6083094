//! A live lane with dead letters of `ledger-record`, and the command `ekspiper dlq` for it.

use std::process::{Command, Output};

use ekspiper_tests::{
    Chain, FlowProcess, Kafka, Lane, Process, Reader, Record, Writer, binary, eventually,
};
use flow::tooling::DeadLetter;
use flow::{DEAD_LETTERS, Decoder, RecordOrder, Topic as _};
use schemas::{LedgerHeaders, LedgerRecords};
use serde_json::Value;
use xrpl_sim::Recording;

/// Partitions of each lane.
const PARTITIONS: u32 = 2;
/// How long a command may take that runs flows, on a machine that has much else to do.
const RUN_S_MAX: u64 = 180;
/// What is in the place of some ledgers' headers.
pub(crate) const RUBBISH: &[u8] = b"\x00this is no Avro at all";

/// A network of its own whose `ledger-record` has rejected: what it could not do before it was mended, what nobody can decode,
/// what has no place, and, if asked for, what does not fit into a letter.
pub(crate) struct DlqLane {
    pub(crate) kafka: &'static Kafka,
    pub(crate) network: &'static str,
    chain: Chain,
    lane: Lane,
}

impl DlqLane {
    /// The lane, with letters: one has no place, one of `ledgers` is `RUBBISH`, and each of the others but every fourth can be
    /// typed by now.
    pub(crate) fn new(network: &'static str, has_large: bool) -> Self {
        let kafka = Kafka::shared();
        let lane = Lane::make_whole(kafka, network, "live", PARTITIONS);
        let chain = Chain::of(Recording::Small.archive().unwrap().ledgers);
        let dlq = Self { kafka, network, chain, lane };
        dlq.reject(has_large);
        dlq
    }

    fn reject(&self, has_large: bool) {
        let mut writer = Writer::new(self.kafka, &self.lane);
        for header in self.chain.ledger_headers() {
            if u64::from(header.ledger_index) == self.undecodable() {
                let position = RecordOrder::whole(self.undecodable());
                writer.bytes::<LedgerHeaders>(position, b"the key of rubbish", RUBBISH);
            } else {
                writer.record::<LedgerHeaders>(&header);
            }
        }
        writer.raw::<LedgerHeaders>(0, b"nowhere", b"at all", &[("origin", b"a stranger")]);
        if has_large {
            let position = RecordOrder::whole(u64::from(self.chain.last()) + 1);
            writer.bytes::<LedgerHeaders>(position, b"large", &vec![7; 995_000]);
        }
        writer.flush();
        let mut old = FlowProcess::start(&self.lane, "toy-ledger-record", &[]);
        let wanted = self.mended().len() + 2 + usize::from(has_large);
        eventually(60, &format!("{wanted} dead letters"), || {
            (self.records("live", "dead-letters").len() == wanted).then_some(())
        });
        assert!(old.terminate(20).1.success());
    }

    /// The ledger whose header is rubbish.
    pub(crate) fn undecodable(&self) -> u64 {
        (u64::from(self.chain.first())..).find(|index| index % 4 == 1).unwrap()
    }

    /// The ledgers that were rejected and can be typed by now.
    pub(crate) fn mended(&self) -> Vec<u64> {
        let ledgers = u64::from(self.chain.first())..=u64::from(self.chain.last());
        ledgers.filter(|index| index % 4 != 0 && *index != self.undecodable()).collect()
    }

    /// What `ledger-record` makes of ledgers: positions, keys and values, by the text of the position.
    pub(crate) fn typed(&self, ledgers: &[u64]) -> Vec<(String, Vec<u8>, Vec<u8>)> {
        let records = self.chain.ledger_records();
        let records = records.filter(|record| ledgers.contains(&record.ledger_index.into()));
        let records = records.map(|record| {
            let mut key = Vec::new();
            LedgerRecords::key(&record, &mut key);
            let position = LedgerRecords::order(&record).to_string();
            (position, key, flow::encode::<LedgerRecords>(&record).unwrap())
        });
        let mut typed: Vec<_> = records.collect();
        typed.sort();
        typed
    }

    /// All records of a topic of a lane; none where there is no such topic.
    pub(crate) fn records(&self, lane: &str, topic: &str) -> Vec<Record> {
        let scope = Lane::of(self.kafka, self.network, lane, PARTITIONS).settings().to();
        Reader::committed(self.kafka).all(&format!("{scope}.{topic}"))
    }

    /// What a lane's `ledger-records` hold, likewise.
    pub(crate) fn held(&self, lane: &str) -> Vec<(String, Vec<u8>, Vec<u8>)> {
        let records = self.records(lane, "ledger-records").into_iter();
        let mut held: Vec<_> =
            records.map(|it| (it.position().to_owned(), it.key, it.value)).collect();
        held.sort();
        held
    }

    /// The ids of the letters about ledgers, in the order of `ledgers`.
    pub(crate) fn ids(&self, ledgers: &[u64]) -> Vec<String> {
        let entries = self.listed(&[]);
        let id = |ledger: &u64| {
            let entry = entries.iter().find(|entry| entry["ledger"] == *ledger).unwrap();
            entry["id"].as_str().unwrap().to_owned()
        };
        ledgers.iter().map(id).collect()
    }

    /// `ekspiper`, of this network and broker, as the user `ann`.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(binary("ekspiper"));
        for name in ["LANE", "FROM_LANE", "KAFKA_CONFIG", "XRPL_URL", "FLUENT_ADDRESS"] {
            command.env_remove(name);
        }
        command
            .args(args)
            .env("NETWORK", self.network)
            .env("KAFKA_BROKERS", self.kafka.servers())
            .env("USER", "ann");
        command
    }

    /// What `ekspiper dlq` says when it does what it was asked to.
    #[track_caller]
    pub(crate) fn told(&self, args: &[&str]) -> String {
        let output = self.output(args);
        assert!(output.status.success(), "{args:?}: {}", text(&output.stderr));
        text(&output.stdout)
    }

    /// What `ekspiper dlq` says when it refuses.
    #[track_caller]
    pub(crate) fn refused(&self, args: &[&str]) -> String {
        let output = self.output(args);
        assert!(!output.status.success(), "{args:?}: {}", text(&output.stdout));
        text(&output.stderr)
    }

    /// `ekspiper dlq`, run to its end.
    pub(crate) fn output(&self, args: &[&str]) -> Output {
        self.command(&[&["dlq"], args].concat()).output().unwrap()
    }

    /// `ekspiper dlq redrive`, run to its end, which says so.
    #[track_caller]
    pub(crate) fn redriven(&self, args: &[&str]) -> String {
        let command = self.command(&[&["dlq", "redrive"], args].concat());
        let mut redrive = Process::start("redrive", command);
        assert!(redrive.ended(RUN_S_MAX).success(), "{args:?}: {}", redrive.said());
        redrive.said()
    }

    /// The letters that `ekspiper dlq list` lists.
    #[track_caller]
    pub(crate) fn listed(&self, args: &[&str]) -> Vec<Value> {
        let told = self.told(&[&["list", "--json"], args].concat());
        told.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// How many open letters `ekspiper status` counts on a lane.
    pub(crate) fn counted(&self, lane: &str) -> u64 {
        let output = self.command(&["status", "--json", "--lane", lane]).output().unwrap();
        let status: Value = serde_json::from_slice(&output.stdout).unwrap();
        let counts = status["dead_letters"].as_object().unwrap();
        counts.values().map(|count| count.as_u64().unwrap()).sum()
    }
}

/// What a record of `dead-letters` says; `None` for what became of a letter.
pub(crate) fn entry<'a>(record: &'a Record, decoder: &Decoder) -> Option<DeadLetter<'a>> {
    decoder.decode::<flow::DeadLetters>(&record.value).ok()
}

/// All that the topics of a network hold, by name: partition, offset, key and value.
pub(crate) fn contents(kafka: &Kafka, network: &str) -> Vec<(String, Vec<Record>)> {
    let reader = Reader::uncommitted(kafka);
    let mut names = topics(kafka, network);
    names.sort();
    names.into_iter().map(|name| (name.clone(), reader.all(&name))).collect()
}

fn topics(kafka: &Kafka, network: &str) -> Vec<String> {
    let admin = kafka.admin();
    let metadata = admin.inner().fetch_metadata(None, std::time::Duration::from_secs(30)).unwrap();
    let names = metadata.topics().iter().map(|topic| topic.name().to_owned());
    names.filter(|name| name.starts_with(&format!("{network}."))).collect()
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The name of the topic without network and lane.
pub(crate) const ENTRIES: &str = DEAD_LETTERS.name;
