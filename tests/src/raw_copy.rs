//! The least that any copier has to do: librdkafka's reader and transactional producer, and nothing between.

use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::KafkaError;
use rdkafka::message::{Message as _, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _};
use rdkafka::{Offset, TopicPartitionList};

use crate::Kafka;

/// How long any call may take.
const WAIT: Duration = Duration::from_secs(30);
/// How often delivery is looked at.
const LOOK: Duration = Duration::from_micros(300);

/// A copy of a topic, partition by partition, each in a thread of its own with clients of its own.
#[derive(Debug, Clone)]
pub struct RawCopy {
    /// The whole name of the topic that is read.
    pub from: String,
    /// The whole name of the topic that is written.
    pub to: String,
    /// So many inputs are copied in a transaction.
    pub inputs_per_transaction: usize,
    /// How often each input is written: `copies[n % len]` times for the input of the key `n`.
    pub copies: Vec<usize>,
    /// Whether headers are copied too.
    pub headers: bool,
}

impl RawCopy {
    /// Copies all that is there; returns how long that took, without setting up.
    pub fn run(&self, kafka: &Kafka, partitions: i32) -> Duration {
        let barrier = std::sync::Barrier::new(usize::try_from(partitions).unwrap() + 1);
        std::thread::scope(|scope| {
            let workers: Vec<_> = (0..partitions)
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
            .set("group.id", format!("raw.{}", copy.to))
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
            .set("transactional.id", format!("raw.{}.{partition}", copy.to))
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
            offsets
                .add_partition_offset(&self.copy.from, self.partition, Offset::Offset(next))
                .unwrap();
            let group = self.reader.group_metadata().expect("it has a group id");
            self.producer.send_offsets_to_transaction(&offsets, &group, WAIT).unwrap();
            self.producer.commit_transaction(WAIT).unwrap();
        }
    }

    fn write(&self, message: &rdkafka::message::BorrowedMessage<'_>) {
        let key = message.key().unwrap_or_default();
        let value = message.payload().unwrap_or_default();
        let index: usize = std::str::from_utf8(key).unwrap().parse().unwrap();
        for _ in 0..self.copy.copies[index % self.copy.copies.len()] {
            let mut record =
                BaseRecord::to(&self.copy.to).partition(self.partition).key(key).payload(value);
            if self.copy.headers
                && let Some(headers) = message.headers()
            {
                let copied: OwnedHeaders = headers.detach();
                record = record.headers(copied);
            }
            while let Err((KafkaError::MessageProduction(_), back)) = self.producer.send(record) {
                record = back;
                self.producer.poll(Duration::ZERO);
            }
        }
    }
}
