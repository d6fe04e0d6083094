//! What an operator has done about a dead letter.

use serde::{Deserialize, Serialize};

use flow::DEAD_LETTERS;
use flow::RecordOrder;
use flow::{Topic, TopicSpec};

/// The resolutions in the topic `dead-letters`: each lies in the partition of its dead letter, behind it, so that a reader of the
/// partition to its end knows which are open, and neither outlives the other.
#[derive(Debug, Clone, Copy)]
pub struct DlqResolutions;

/// What became of a dead letter, as `schemas/resolutions.avsc` describes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the schema documents each field")]
pub struct Resolution {
    pub offset: i64,
    pub lane: Option<String>,
    pub by: String,
    pub why: String,
    pub at_ms: i64,
}

impl Topic for DlqResolutions {
    const SPEC: TopicSpec = DEAD_LETTERS;
    const SCHEMA: &'static str = include_str!("../schemas/resolutions.avsc");
    type Record<'a> = Resolution;

    /// The key is the id of the dead letter, which the writer knows and the record does not.
    fn key(_record: &Resolution, _key: &mut Vec<u8>) {}

    fn order(record: &Resolution) -> RecordOrder {
        RecordOrder::whole(record.offset.unsigned_abs())
    }
}
