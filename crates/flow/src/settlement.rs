//! What an operator has done about a dead letter.

use serde::{Deserialize, Serialize};

use crate::dead_letter::DEAD_LETTERS;
use crate::position::Position;
use crate::topic::{Topic, TopicSpec};

/// Marks the settlements in the topic `dead-letters`: each lies in its letter's partition, behind the letter, so that whoever
/// reads a partition to its end knows what is open, and neither outlives the other.
#[derive(Debug, Clone, Copy)]
pub struct Settlements;

/// What became of a letter, as `schemas/settlements.avsc` describes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the schema documents each field")]
pub struct Settlement {
    pub offset: i64,
    pub lane: Option<String>,
    pub by: String,
    pub why: String,
    pub at_ms: i64,
}

impl Topic for Settlements {
    const SPEC: TopicSpec = DEAD_LETTERS;
    const SCHEMA: &'static str = include_str!("../schemas/settlements.avsc");
    type Record<'a> = Settlement;

    /// The key is the letter's id, which the writer knows and the record does not.
    fn key(_record: &Settlement, _key: &mut Vec<u8>) {}

    fn position(record: &Settlement) -> Position {
        Position::whole(record.offset.unsigned_abs())
    }
}
