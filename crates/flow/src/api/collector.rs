//! The collector: what a flow writes for its inputs, encoded, in order.

use std::ops::Range;

use crate::record::record_order::RecordOrder;
use crate::record::reject::Reject;
use crate::record::topic::{RECORD_BYTES_MAX, Topic, TopicSchema};
use crate::schema::single_object::Encoder;

/// The memory that is kept for the next records, in bytes.
const BYTES_KEPT_MAX: usize = 4 << 20;

/// Collects the records that an input implies.
#[derive(Debug)]
pub struct Collector {
    topics: Vec<(TopicSchema, Encoder)>,
    emitted: Emitted,
    key: Vec<u8>,
    sequence: Option<u64>,
}

/// Encoded records, without the means to encode more.
#[derive(Debug, Default)]
pub(crate) struct Emitted {
    bytes: Vec<u8>,
    records: Vec<EmittedRecord>,
}

/// One encoded record: where it goes, and where its bytes lie.
#[derive(Debug, Clone)]
pub(crate) struct EmittedRecord {
    /// Index of the topic among the flow's outputs.
    pub(crate) topic: usize,
    pub(crate) order: RecordOrder,
    /// When the outside announced what this came from, in milliseconds since the epoch.
    pub(crate) announced_ms: Option<u64>,
    key: Range<usize>,
    value: Range<usize>,
}

impl Collector {
    pub(crate) fn new(topics: &[TopicSchema]) -> Self {
        let topics = topics.iter().map(|topic| (*topic, Encoder::new(topic))).collect();
        Self { topics, emitted: Emitted::default(), key: Vec::new(), sequence: None }
    }

    /// Emits a record of `T`.
    ///
    /// # Errors
    /// `unencodable` when the record does not fit the schema, such as a fixed field of another length; `too-large` when no
    /// topic takes it; `misplaced` when it belongs to another sequence number than the input.
    ///
    /// # Panics
    /// When the flow did not declare `T` as an output.
    pub fn emit<T: Topic>(&mut self, record: &T::Record<'_>) -> Result<(), Reject> {
        let order = T::order(record);
        self.append::<T>(
            order,
            |key| T::key(record, key),
            |encoder, bytes| encoder.encode::<T>(record, bytes),
        )
    }

    /// Emits a record of `T` whose datum is encoded already, by the schema of `T`.
    ///
    /// # Errors
    /// `too-large` and `misplaced` as of [`Collector::emit`].
    ///
    /// # Panics
    /// When the flow did not declare `T` as an output.
    pub fn emit_datum<T: Topic>(
        &mut self,
        order: RecordOrder,
        key: impl FnOnce(&mut Vec<u8>),
        datum: &[u8],
    ) -> Result<(), Reject> {
        self.append::<T>(order, key, |encoder, bytes| {
            encoder.encode_datum(datum, bytes);
            Ok(())
        })
    }

    fn append<T: Topic>(
        &mut self,
        order: RecordOrder,
        write_key: impl FnOnce(&mut Vec<u8>),
        encode: impl FnOnce(&mut Encoder, &mut Vec<u8>) -> anyhow::Result<()>,
    ) -> Result<(), Reject> {
        let index = self.topics.iter().position(|(topic, _)| topic.spec.name == T::SPEC.name);
        let topic = index.expect("a flow writes only to the topics that it declares");
        if let Some(sequence) = self.sequence
            && sequence != order.sequence
        {
            let why = anyhow::anyhow!("{order} for an input of {sequence}");
            return Err(Reject::because("misplaced", why));
        }
        let Emitted { bytes, records } = &mut self.emitted;
        let start = bytes.len();
        self.key.clear();
        write_key(&mut self.key);
        bytes.extend_from_slice(&self.key);
        let middle = bytes.len();
        if let Err(error) = encode(&mut self.topics[topic].1, bytes) {
            bytes.truncate(start);
            return Err(Reject::because("unencodable", error));
        }
        let size = bytes.len() - start;
        if size > RECORD_BYTES_MAX {
            bytes.truncate(start);
            let why = anyhow::anyhow!("{size} bytes, the limit is {RECORD_BYTES_MAX}");
            return Err(Reject::because("too-large", why));
        }
        records.push(EmittedRecord {
            topic,
            order,
            announced_ms: None,
            key: start..middle,
            value: middle..bytes.len(),
        });
        Ok(())
    }

    /// From now on takes only records of this sequence number, or of any.
    pub(crate) const fn belong_to(&mut self, sequence: Option<u64>) {
        self.sequence = sequence;
    }

    /// Discards what was collected: an input writes all of its records or none.
    pub(crate) fn clear(&mut self) {
        self.emitted.clear();
    }

    /// Returns what was collected, and starts again.
    pub(crate) fn take(&mut self) -> Emitted {
        std::mem::take(&mut self.emitted)
    }

    /// Collects into the memory of `emitted`, which is empty, unless something has been collected.
    pub(crate) fn reuse(&mut self, emitted: Emitted) {
        if self.emitted.records.is_empty() {
            self.emitted = emitted;
        }
    }
}

impl Emitted {
    pub(crate) fn bytes(&self) -> usize {
        self.bytes.len()
    }

    pub(crate) fn records(&self) -> &[EmittedRecord] {
        &self.records
    }

    pub(crate) fn key(&self, record: &EmittedRecord) -> &[u8] {
        &self.bytes[record.key.clone()]
    }

    pub(crate) fn value(&self, record: &EmittedRecord) -> &[u8] {
        &self.bytes[record.value.clone()]
    }

    /// Discards everything; keeps memory for the next batch, but not what a rare large one took.
    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
        self.bytes.shrink_to(BYTES_KEPT_MAX);
        self.records.clear();
    }

    /// Appends the records of `other`, which came from what the outside announced at `announced_ms`, and empties it.
    pub(crate) fn append(&mut self, other: &mut Self, announced_ms: Option<u64>) {
        let (base, first) = (self.bytes.len(), self.records.len());
        if self.records.is_empty() {
            std::mem::swap(self, other);
        } else {
            self.bytes.extend_from_slice(&other.bytes);
            self.records.extend(other.records.drain(..).map(|record| EmittedRecord {
                key: record.key.start + base..record.key.end + base,
                value: record.value.start + base..record.value.end + base,
                ..record
            }));
        }
        for record in &mut self.records[first..] {
            record.announced_ms = announced_ms;
        }
        other.clear();
    }
}
