//! Inputs that a flow could not process, kept whole.

use serde::{Deserialize, Serialize};

use crate::position::Position;
use crate::topic::{Cleanup, Extent, Topic, TopicSpec};

/// The topic of a lane that takes what its flows reject.
pub const DEAD_LETTERS: TopicSpec = TopicSpec {
    name: "dead-letters",
    extent: Extent::Partitioned,
    cleanup: Cleanup::DeleteAfterHours(24 * 90),
};

/// Marks the topic `dead-letters`.
#[derive(Debug, Clone, Copy)]
pub struct DeadLetters;

/// An input that could not be processed, as `schemas/dead-letters.avsc` describes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the schema documents each field")]
pub struct DeadLetter<'a> {
    pub flow: &'a str,
    pub version: &'a str,
    pub reason: &'a str,
    pub causes: Vec<String>,
    pub topic: &'a str,
    pub partition: i32,
    pub offset: i64,
    pub sequence: i64,
    pub part: i32,
    #[serde(with = "serde_bytes")]
    pub key: &'a [u8],
    pub headers: Vec<Header<'a>>,
    #[serde(with = "serde_bytes")]
    pub payload: &'a [u8],
    pub payload_bytes: i64,
}

/// A header of a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header<'a> {
    /// Its name.
    pub key: &'a str,
    /// Its value.
    #[serde(with = "serde_bytes")]
    pub value: &'a [u8],
}

impl Topic for DeadLetters {
    const SPEC: TopicSpec = DEAD_LETTERS;
    const SCHEMA: &'static str = include_str!("../schemas/dead-letters.avsc");
    type Record<'a> = DeadLetter<'a>;

    fn key(record: &DeadLetter<'_>, key: &mut Vec<u8>) {
        key.extend_from_slice(record.key);
    }

    fn position(record: &DeadLetter<'_>) -> Position {
        let sequence = u64::try_from(record.sequence).unwrap_or_default();
        Position { sequence, part: u32::try_from(record.part).unwrap_or_default(), count: u32::MAX }
    }
}
