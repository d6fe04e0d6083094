//! A reader of whole topics, independent of the runtime under test.

use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::KafkaError;
use rdkafka::message::{BorrowedMessage, Headers as _, Message as _};
use rdkafka::{Offset, TopicPartitionList};

use crate::{Kafka, eventually};

/// How long a reader waits for a broker.
const WAIT: Duration = Duration::from_secs(30);

/// A record, as any reader of the topic sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are Kafka's")]
pub struct Record {
    pub partition: i32,
    pub offset: i64,
    pub key: Vec<u8>,
    pub value: Vec<u8>,
    pub headers: Vec<(String, Vec<u8>)>,
}

impl Record {
    fn of(message: &BorrowedMessage<'_>) -> Self {
        let headers = message.headers().into_iter().flat_map(|headers| headers.iter());
        Self {
            partition: message.partition(),
            offset: message.offset(),
            key: message.key().unwrap_or_default().to_vec(),
            value: message.payload().unwrap_or_default().to_vec(),
            headers: headers
                .map(|it| (it.key.to_owned(), it.value.unwrap_or_default().to_vec()))
                .collect(),
        }
    }

    /// The text of a header.
    pub fn header(&self, key: &str) -> Option<&str> {
        let (_, value) = self.headers.iter().find(|(name, _)| name == key)?;
        Some(std::str::from_utf8(value).unwrap())
    }

    /// `sequence/part/count`.
    pub fn position(&self) -> &str {
        self.header("position").expect("a record of a flow has a position")
    }

    /// The sequence number.
    pub fn sequence(&self) -> u64 {
        self.position().split('/').next().unwrap_or_default().parse().unwrap()
    }
}

/// Reads topics by itself: no group, no commits.
pub struct Reader {
    consumer: BaseConsumer,
    isolation: &'static str,
}

impl Reader {
    /// Sees what was committed.
    pub fn committed(kafka: &Kafka) -> Self {
        Self::new(kafka, "read_committed")
    }

    /// Sees what was written, committed or not.
    pub fn uncommitted(kafka: &Kafka) -> Self {
        Self::new(kafka, "read_uncommitted")
    }

    fn new(kafka: &Kafka, isolation: &'static str) -> Self {
        let mut config = kafka.client();
        config
            .set("group.id", "tests")
            .set("isolation.level", isolation)
            .set("enable.auto.commit", "false")
            .set("enable.partition.eof", "true")
            .set("fetch.wait.max.ms", "10")
            .set("auto.offset.reset", "earliest");
        Self { consumer: config.create().unwrap(), isolation }
    }

    /// The ends of a partition: of what this reader may see.
    pub fn ends(&self, topic: &str, partition: i32) -> (i64, i64) {
        eventually(60, &format!("the ends of {topic}/{partition}"), || {
            let ends = self.consumer.fetch_watermarks(topic, partition, WAIT);
            // A client that has learned that there is no leader does not ask again by itself.
            ends.or_else(|error| self.consumer.fetch_metadata(Some(topic), WAIT).and(Err(error)))
                .ok()
        })
    }

    /// How many partitions a topic has.
    pub fn partitions(&self, topic: &str) -> i32 {
        let metadata = self.consumer.fetch_metadata(Some(topic), WAIT).unwrap();
        i32::try_from(metadata.topics()[0].partitions().len()).expect("there are not that many")
    }

    /// Every record of a topic to its present end, partition by partition.
    pub fn all(&self, topic: &str) -> Vec<Record> {
        let mut records = Vec::new();
        self.each(topic, |record| records.push(record));
        records
    }

    /// Shows every record of a topic to its present end, partition by partition.
    pub fn each(&self, topic: &str, mut each: impl FnMut(Record)) {
        for partition in 0..self.partitions(topic) {
            self.read_partition(topic, partition, &mut each);
        }
    }

    fn read_partition(&self, topic: &str, partition: i32, each: &mut impl FnMut(Record)) {
        let (first, end) = self.ends(topic, partition);
        if first == end {
            return;
        }
        let mut assignment = TopicPartitionList::new();
        assignment.add_partition_offset(topic, partition, Offset::Offset(first)).unwrap();
        self.consumer.assign(&assignment).unwrap();
        let mut last = Instant::now();
        loop {
            assert!(last.elapsed() < WAIT, "{topic}/{partition} ({}) has no end", self.isolation);
            match self.consumer.poll(Duration::from_millis(100)) {
                Some(Ok(message)) if message.offset() >= end => return,
                Some(Ok(message)) => {
                    last = Instant::now();
                    each(Record::of(&message));
                }
                Some(Err(KafkaError::PartitionEOF(_))) => return,
                Some(Err(_)) | None => {}
            }
        }
    }
}

impl std::fmt::Debug for Reader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reader").field("isolation", &self.isolation).finish_non_exhaustive()
    }
}
