//! How many committed records each topic of a lane holds so far.

use std::collections::BTreeMap;
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::message::Message as _;
use rdkafka::{Offset, TopicPartitionList};

use crate::{Kafka, Lane};

/// Follows topics and counts.
pub struct Counts {
    consumer: BaseConsumer,
    counts: BTreeMap<String, usize>,
}

impl Counts {
    /// Follows what flows write on a lane.
    pub fn follow(kafka: &Kafka, lane: &Lane) -> Self {
        let (consumer, topics) = follow(kafka, lane);
        Self { consumer, counts: topics.into_keys().map(|topic| (topic, 0)).collect() }
    }

    /// How many a topic holds.
    pub fn of(&mut self, topic: &str) -> usize {
        while let Some(message) = self.consumer.poll(Duration::ZERO) {
            let topic =
                message.as_ref().ok().and_then(|message| self.counts.get_mut(message.topic()));
            if let Some(count) = topic {
                *count += 1;
            }
        }
        *self.counts.get(topic).unwrap_or_else(|| panic!("{topic} is followed"))
    }
}

/// A committed reader of all that flows write on a lane, from the beginning; with it the topics, and their names without the
/// lane.
pub(crate) fn follow(kafka: &Kafka, lane: &Lane) -> (BaseConsumer, BTreeMap<String, &'static str>) {
    let mut config = kafka.client();
    config
        .set("group.id", "follower")
        .set("isolation.level", "read_committed")
        .set("enable.auto.commit", "false")
        .set("reconnect.backoff.max.ms", "500")
        .set("fetch.wait.max.ms", "100");
    let consumer: BaseConsumer = config.create().unwrap();
    let mut assignment = TopicPartitionList::new();
    let mut topics = BTreeMap::new();
    for described in schemas::all() {
        if described.spec.extent != flow::Extent::Partitioned {
            continue;
        }
        let topic = lane.topic(&described.spec);
        for partition in 0..lane.partitions().cast_signed() {
            assignment.add_partition_offset(&topic, partition, Offset::Beginning).unwrap();
        }
        topics.insert(topic, described.spec.name);
    }
    consumer.assign(&assignment).unwrap();
    (consumer, topics)
}

impl Drop for Counts {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("committed records at the end: {:#?}", self.counts);
        }
    }
}
