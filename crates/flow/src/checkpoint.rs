//! The committed pointer of an ingestor, as it lies in the topic `checkpoints`.

use serde::{Deserialize, Serialize};

use crate::pointer::Pointer;
use crate::position::Position;
use crate::topic::{Cleanup, Extent, Topic, TopicSpec};

/// Marks the compacted topic `checkpoints`, whose one partition is also the lock of a lane's source.
#[derive(Debug, Clone, Copy)]
pub struct Checkpoints;

/// How far an ingestor has come, as `schemas/checkpoints.avsc` describes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the schema documents each field")]
pub struct Checkpoint {
    pub parent_sequence: i64,
    #[serde(with = "serde_bytes")]
    pub parent_hash: Vec<u8>,
    pub sequence: i64,
    #[serde(with = "serde_bytes")]
    pub hash: Vec<u8>,
    pub version: i32,
    pub written: Vec<i64>,
}

impl Checkpoint {
    /// The block that was committed.
    pub fn pointer(&self) -> Pointer {
        Pointer { sequence: self.sequence.unsigned_abs(), hash: self.hash.clone() }
    }
}

impl Topic for Checkpoints {
    const SPEC: TopicSpec =
        TopicSpec { name: "checkpoints", extent: Extent::Single, cleanup: Cleanup::Compact };
    const SCHEMA: &'static str = include_str!("../schemas/checkpoints.avsc");
    type Record<'a> = Checkpoint;

    /// The key is the ingestor's name, which the writer knows and the record does not.
    fn key(_record: &Checkpoint, _key: &mut Vec<u8>) {}

    fn position(record: &Checkpoint) -> Position {
        Position::whole(record.sequence.unsigned_abs())
    }
}
