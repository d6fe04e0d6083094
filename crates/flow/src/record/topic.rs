//! What a topic holds, and how long.

use serde::{Deserialize, Serialize};

use crate::record::record_order::RecordOrder;

/// Key and value of a record have at most so many bytes together: brokers take batches of 1 MiB unless told otherwise.
pub(crate) const RECORD_BYTES_MAX: usize = 1_000_000;

/// A topic and the records in it.
///
/// Implemented by a marker type. The value of a record is a function of what it describes alone: whatever differs from run
/// to run belongs into headers.
pub trait Topic: 'static {
    /// Name, extent and retention.
    const SPEC: TopicSpec;
    /// The Avro schema of a record, as JSON.
    const SCHEMA: &'static str;
    /// A record, borrowing from the bytes that it was read from where it can.
    type Record<'a>: Serialize + Deserialize<'a> + Send;

    /// Appends the record's key to `key`, which is empty.
    fn key(record: &Self::Record<'_>, key: &mut Vec<u8>);

    /// Where the record stands in the order of its lane.
    fn order(record: &Self::Record<'_>) -> RecordOrder;
}

/// What creating or checking a topic needs to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TopicSpec {
    /// The last part of the topic's name.
    pub name: &'static str,
    /// How many partitions it has and who shares it.
    pub extent: Extent,
    /// What becomes of old records.
    pub cleanup: Cleanup,
}

/// How far a topic reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// One for each lane, with the lane's number of partitions.
    Partitioned,
    /// One for each lane, with one partition.
    Single,
    /// One for all lanes of a network, with one partition.
    Shared,
}

/// What becomes of old records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cleanup {
    /// They are deleted after so many hours.
    DeleteAfterHours(u32),
    /// Only the latest of a key is kept.
    Compact,
}

/// A topic together with its schema, without its types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TopicSchema {
    /// Name, extent and retention.
    pub spec: TopicSpec,
    /// The Avro schema of a record, as JSON.
    pub schema: &'static str,
}

impl TopicSchema {
    /// Describes `T`.
    pub const fn of<T: Topic>() -> Self {
        Self { spec: T::SPEC, schema: T::SCHEMA }
    }
}

/// One topic, or a tuple of them: what a flow writes, or what a sink reads.
pub trait Topics: 'static {
    /// Each of them, described.
    fn schemas() -> Vec<TopicSchema>;
}

impl<A: Topic> Topics for A {
    fn schemas() -> Vec<TopicSchema> {
        vec![TopicSchema::of::<A>()]
    }
}

impl<A: Topic, B: Topic> Topics for (A, B) {
    fn schemas() -> Vec<TopicSchema> {
        vec![TopicSchema::of::<A>(), TopicSchema::of::<B>()]
    }
}

impl<A: Topic, B: Topic, C: Topic> Topics for (A, B, C) {
    fn schemas() -> Vec<TopicSchema> {
        vec![TopicSchema::of::<A>(), TopicSchema::of::<B>(), TopicSchema::of::<C>()]
    }
}
