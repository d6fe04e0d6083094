//! The minimal copy between topics: librdkafka's consumer and transactional producer, nothing between them.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::KafkaError;
use rdkafka::message::{BorrowedMessage, Header, Headers as _, Message as _, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _};
use rdkafka::{Offset, TopicPartitionList};

use crate::{Kafka, Record};

/// How long any call may take.
const WAIT: Duration = Duration::from_secs(30);
/// How often delivery is looked at.
const LOOK: Duration = Duration::from_micros(300);

/// Reads a topic and writes, for each input, records that are known beforehand; each partition in a thread of its own with
/// clients of its own, as many inputs in a transaction as the flow beside it had.
#[derive(Debug)]
pub struct RawCopy {
    /// The whole name of the topic that is read.
    pub from: String,
    /// What is written for each position: the topic's whole name and the record.
    pub known: HashMap<String, Vec<(String, Record)>>,
    /// So many inputs are copied in a transaction.
    pub inputs_per_transaction: usize,
    /// Whether headers are written too.
    pub with_headers: bool,
}

impl RawCopy {
    /// Copies all that is there; returns how long that took, without setting up.
    pub fn run(&self, kafka: &Kafka, partitions: u32) -> Duration {
        let barrier = std::sync::Barrier::new(usize::try_from(partitions).unwrap() + 1);
        std::thread::scope(|scope| {
            let workers: Vec<_> = (0..partitions.cast_signed())
                .map(|partition| {
                    let barrier = &barrier;
                    scope.spawn(move || {
                        let mut worker = Worker::new(self, kafka, partition);
                        barrier.wait();
                        worker.run();
                    })
                })
                .collect();
            barrier.wait();
            let started = Instant::now();
            workers.into_iter().for_each(|worker| worker.join().unwrap());
            started.elapsed()
        })
    }
}

struct Worker<'c> {
    copy: &'c RawCopy,
    partition: i32,
    end: i64,
    reader: BaseConsumer,
    producer: BaseProducer,
}

impl<'c> Worker<'c> {
    fn new(copy: &'c RawCopy, kafka: &Kafka, partition: i32) -> Self {
        let mut config = kafka.client();
        config
            .set("group.id", "raw")
            .set("isolation.level", "read_committed")
            .set("enable.auto.commit", "false")
            .set("enable.partition.eof", "true")
            .set("fetch.queue.backoff.ms", "10")
            .set("queued.min.messages", "10000")
            .set("queued.max.messages.kbytes", "8192");
        let reader: BaseConsumer = config.create().unwrap();
        let (_, end) = reader.fetch_watermarks(&copy.from, partition, WAIT).unwrap();
        let mut config = kafka.client();
        config
            .set("transactional.id", format!("raw.{partition}"))
            .set("linger.ms", "2")
            .set("batch.size", "1000000")
            .set("compression.type", "lz4")
            .set("queue.buffering.max.messages", "200000");
        let producer: BaseProducer = config.create().unwrap();
        producer.init_transactions(WAIT).unwrap();
        let mut assignment = TopicPartitionList::new();
        assignment.add_partition_offset(&copy.from, partition, Offset::Beginning).unwrap();
        reader.assign(&assignment).unwrap();
        Self { copy, partition, end, reader, producer }
    }

    fn run(&mut self) {
        let mut next = 0;
        while next < self.end {
            self.producer.begin_transaction().unwrap();
            let mut inputs = 0;
            while inputs < self.copy.inputs_per_transaction && next < self.end {
                match self.reader.poll(WAIT) {
                    Some(Ok(message)) => {
                        next = message.offset() + 1;
                        inputs += 1;
                        self.write(&message);
                    }
                    Some(Err(KafkaError::PartitionEOF(_))) => next = self.end,
                    other => panic!("no message but {other:?}"),
                }
            }
            while self.producer.in_flight_count() > 0 {
                self.producer.poll(Duration::ZERO);
                std::thread::sleep(LOOK);
            }
            let mut offsets = TopicPartitionList::new();
            let (topic, next) = (&self.copy.from, Offset::Offset(next));
            offsets.add_partition_offset(topic, self.partition, next).unwrap();
            let group = self.reader.group_metadata().expect("it has a group id");
            self.producer.send_offsets_to_transaction(&offsets, &group, WAIT).unwrap();
            self.producer.commit_transaction(WAIT).unwrap();
        }
    }

    fn write(&self, message: &BorrowedMessage<'_>) {
        let headers = message.headers().expect("a record of a flow has headers");
        let position =
            headers.iter().find(|header| header.key == "position").and_then(|it| it.value);
        let position = std::str::from_utf8(position.expect("it has a position")).unwrap();
        for (topic, record) in self.copy.known.get(position).into_iter().flatten() {
            let mut base = BaseRecord::to(topic)
                .partition(record.partition)
                .key(&record.key)
                .payload(&record.value);
            if self.copy.with_headers {
                let mut headers = OwnedHeaders::new_with_capacity(record.headers.len());
                for (key, value) in &record.headers {
                    headers = headers.insert(Header { key, value: Some(value) });
                }
                base = base.headers(headers);
            }
            while let Err((error, back)) = self.producer.send(base) {
                assert!(matches!(error, KafkaError::MessageProduction(_)), "{error}");
                base = back;
                self.producer.poll(Duration::ZERO);
            }
        }
    }
}
