//! The contents of a lane at the end of a run, for comparison between runs.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use ekspiper_tests::{Arrivals, Kafka, Lane, Reader, Record};
use flow::ingest::Checkpoints;
use flow::{DEAD_LETTERS, Topic as _};
use serde_json::Value;
use xrpl_sim::Recording;

use crate::chain::Chain;
use crate::pipeline::{Pipeline, Play};

/// All committed records of a lane, and all events that arrived at its receiver.
pub(crate) struct Contents {
    topics: BTreeMap<&'static str, Vec<Record>>,
    events: BTreeMap<String, Value>,
}

impl Contents {
    /// Reads a lane to its end.
    pub(crate) fn read(kafka: &Kafka, lane: &Lane, arrivals: &Arrivals) -> Self {
        assert_eq!(arrivals.faults(), []);
        Self { topics: topics(kafka, lane), events: arrivals.events(lane) }
    }

    /// The records of a topic, partition by partition.
    pub(crate) fn topic(&self, name: &str) -> &[Record] {
        &self.topics[name]
    }

    /// The events by `_id`.
    pub(crate) const fn events(&self) -> &BTreeMap<String, Value> {
        &self.events
    }

    /// Nothing differs: keys, values, partitions, order, positions, predecessors, events.
    #[track_caller]
    pub(crate) fn assert_same(&self, other: &Self) {
        assert_same_topics(&self.topics, &other.topics);
        self.assert_same_events(other);
    }

    /// The same events arrived.
    #[track_caller]
    pub(crate) fn assert_same_events(&self, other: &Self) {
        let ids = |contents: &Self| contents.events.keys().cloned().collect::<Vec<_>>();
        assert_eq!(ids(self), ids(other), "other events arrived");
        for (id, event) in &self.events {
            assert_eq!(event, &other.events[id], "{id}");
        }
    }

    /// The lane holds what it held when this was read.
    #[track_caller]
    pub(crate) fn assert_untouched(&self, kafka: &Kafka, lane: &Lane) {
        assert_same_topics(&self.topics, &topics(kafka, lane));
    }
}

fn topics(kafka: &Kafka, lane: &Lane) -> BTreeMap<&'static str, Vec<Record>> {
    let reader = Reader::committed(kafka);
    let all = schemas::all().into_iter().map(|described| described.spec);
    all.map(|spec| (spec.name, reader.all(&lane.topic(&spec)))).collect()
}

#[track_caller]
fn assert_same_topics(
    topics: &BTreeMap<&'static str, Vec<Record>>,
    others: &BTreeMap<&'static str, Vec<Record>>,
) {
    for (name, records) in topics {
        // How often the pointer is committed depends on the time; where it ends does not.
        let is_pointer = *name == Checkpoints::SPEC.name;
        let others = &others[name];
        let lasts = [records.last().cloned(), others.last().cloned()];
        let [records, others] =
            if is_pointer { lasts.map(Vec::from_iter) } else { [records.clone(), others.clone()] };
        for (record, other) in records.iter().zip(&others) {
            if !is_same(record, other, is_pointer) {
                panic!("{name}: {} differs from {}", describe(record), describe(other));
            }
        }
        assert_eq!(records.len(), others.len(), "records of {name}");
    }
    assert_eq!(topics[DEAD_LETTERS.name], [], "nothing is rejected");
}

fn is_same(record: &Record, other: &Record, is_pointer: bool) -> bool {
    // The ingestor's name begins with the network's, and the parent of a pointer is where its batch began.
    if is_pointer {
        return record.position() == other.position();
    }
    let header = |record: &Record, key: &str| record.header(key).map(str::to_owned);
    (record.partition, &record.key, &record.value) == (other.partition, &other.key, &other.value)
        && record.position() == other.position()
        && header(record, "previous") == header(other, "previous")
}

fn describe(record: &Record) -> String {
    let key = String::from_utf8_lossy(&record.key);
    let previous = record.header("previous").unwrap_or("nothing");
    format!(
        "{} ({key}) in partition {} after {previous}, {} bytes",
        record.position(),
        record.partition,
        record.value.len()
    )
}

/// The lane of a run in which nothing goes wrong: one of each flow. It is run once for all tests.
pub(crate) fn undisturbed(chain: &'static Chain) -> &'static Contents {
    static SMALL: OnceLock<Contents> = OnceLock::new();
    static LARGE: OnceLock<Contents> = OnceLock::new();
    let contents = if chain.recording == Recording::Small { &SMALL } else { &LARGE };
    contents.get_or_init(|| {
        let mut path = Pipeline::live(chain, &network(chain), Play::Whole);
        path.start_all();
        path.wait_whole();
        path.contents()
    })
}

/// The network of the run in which nothing goes wrong.
pub(crate) fn network(chain: &Chain) -> String {
    format!("whole-{}", chain.name)
}
