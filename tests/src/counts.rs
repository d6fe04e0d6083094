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
        let mut config = kafka.client();
        config
            .set("group.id", "counts")
            .set("isolation.level", "read_committed")
            .set("enable.auto.commit", "false")
            .set("fetch.wait.max.ms", "100");
        let consumer: BaseConsumer = config.create().unwrap();
        let mut assignment = TopicPartitionList::new();
        let mut counts = BTreeMap::new();
        for described in schemas::all() {
            if described.spec.extent != flow::Extent::Partitioned {
                continue;
            }
            let topic = lane.topic(&described.spec);
            for partition in 0..lane.partitions().cast_signed() {
                let begin = Offset::Beginning;
                assignment.add_partition_offset(&topic, partition, begin).unwrap();
            }
            counts.insert(topic, 0);
        }
        consumer.assign(&assignment).unwrap();
        Self { consumer, counts }
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

impl Drop for Counts {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("committed records at the end: {:#?}", self.counts);
        }
    }
}
