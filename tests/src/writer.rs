//! A writer of input topics, independent of the runtime under test.

use std::collections::BTreeMap;
use std::time::Duration;

use flow::{RecordOrder, SCHEMAS, Topic};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{BaseRecord, DefaultProducerContext, Producer as _, ThreadedProducer};

use crate::toy::{Copies, Copy, Number, Numbers};
use crate::{Kafka, Lane};

/// How long a writer waits for a broker.
const WAIT: Duration = Duration::from_secs(30);
/// How often it looks whether there is room for more.
const LOOK: Duration = Duration::from_millis(1);

/// Writes records with position and predecessor, as a flow would.
pub struct Writer {
    producer: ThreadedProducer<DefaultProducerContext>,
    lane: Lane,
    last: BTreeMap<(String, i32), String>,
}

impl Writer {
    /// Writes to a lane. Nothing has been written before.
    pub fn new(kafka: &Kafka, lane: &Lane) -> Self {
        let mut config = kafka.client();
        config.set("enable.idempotence", "true").set("linger.ms", "5");
        Self { producer: config.create().unwrap(), lane: lane.clone(), last: BTreeMap::new() }
    }

    /// Writes numbers of the chain, in order, and waits until the broker has them.
    pub fn numbers(&mut self, indexes: impl Iterator<Item = u64>, body_bytes: usize) {
        for index in indexes {
            self.record::<Numbers>(&Number::of(index, body_bytes));
        }
        self.flush();
    }

    /// Writes a number with a body of choice.
    pub fn number(&mut self, index: u64, body: &[u8]) {
        let number = Number { body: body.into(), ..Number::of(index, 0) };
        self.record::<Numbers>(&number);
        self.flush();
    }

    /// Writes the copies of numbers.
    pub fn copies(&mut self, indexes: impl Iterator<Item = u64>) {
        for index in indexes {
            let number = Number::of(index, 40);
            for copy in Copy::all_of(&number).into_iter().flatten() {
                self.record::<Copies>(&copy);
            }
        }
        self.flush();
    }

    /// Writes a record of any topic.
    pub fn record<T: Topic>(&mut self, record: &T::Record<'_>) {
        let mut key = Vec::new();
        T::key(record, &mut key);
        let value = flow::encode::<T>(record).unwrap();
        self.bytes::<T>(T::order(record), &key, &value);
    }

    /// Writes any bytes as the record at `position`.
    pub fn bytes<T: Topic>(&mut self, position: RecordOrder, key: &[u8], value: &[u8]) {
        let topic = self.lane.topic(&T::SPEC);
        let partition = position.partition(self.lane.partitions());
        let before = self.last.insert((topic, partition), position.id().to_string());
        let position_text = position.to_string();
        let mut headers = vec![("position", position_text.as_bytes())];
        headers.extend(before.as_ref().map(|before| ("previous", before.as_bytes())));
        self.raw::<T>(partition, key, value, &headers);
    }

    /// Forgets what was written to a partition, as if something had been lost.
    pub fn forget(&mut self) {
        self.last.clear();
    }

    /// Writes a record just as it is said.
    pub fn raw<T: Topic>(
        &self,
        partition: i32,
        key: &[u8],
        value: &[u8],
        headers: &[(&str, &[u8])],
    ) {
        let topic = self.lane.topic(&T::SPEC);
        let mut owned = OwnedHeaders::new();
        for (key, value) in headers {
            owned = owned.insert(Header { key, value: Some(*value) });
        }
        let record = BaseRecord::to(&topic).partition(partition).key(key).payload(value);
        let mut record = record.headers(owned);
        while let Err((error, back)) = self.producer.send(record) {
            let full = KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull);
            assert!(error == full, "{error}");
            record = back;
            std::thread::sleep(LOOK);
        }
    }

    /// Publishes a schema as a newer writer would.
    pub fn publish_schema(&self, fingerprint: &str, schema: &str) {
        let topic = self.lane.topic(&SCHEMAS);
        let record = BaseRecord::to(&topic).partition(0).key(fingerprint).payload(schema);
        self.producer.send(record).map_err(|(error, _)| error).unwrap();
        self.flush();
    }

    /// Waits until the broker has all.
    pub fn flush(&self) {
        self.producer.flush(WAIT).unwrap();
    }
}

impl std::fmt::Debug for Writer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Writer").field("lane", &self.lane).finish_non_exhaustive()
    }
}
