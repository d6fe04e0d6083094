//! The checkpoint: the committed pointer of an ingestor, in the topic `checkpoints`.

use serde::{Deserialize, Serialize};

use crate::record::pointer::Pointer;
use crate::record::record_order::RecordOrder;
use crate::record::topic::{Cleanup, Extent, Topic, TopicSpec};

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
    /// Writers before this field left it out.
    #[serde(default)]
    pub overridden: Option<Override>,
}

/// Who has set a checkpoint by hand, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the schema documents each field")]
pub struct Override {
    pub by: String,
    pub why: String,
    pub at_ms: i64,
}

impl Checkpoint {
    /// The block that was committed.
    pub fn pointer(&self) -> Pointer {
        Pointer { sequence: self.sequence.unsigned_abs(), hash: self.hash.clone() }
    }

    /// The block before the first of the commit, or what an operator has replaced; `None` for an ingestor's first commit.
    pub fn parent(&self) -> Option<Pointer> {
        let sequence = u64::try_from(self.parent_sequence).ok()?;
        Some(Pointer { sequence, hash: self.parent_hash.clone() })
    }
}

impl Topic for Checkpoints {
    const SPEC: TopicSpec =
        TopicSpec { name: "checkpoints", extent: Extent::Single, cleanup: Cleanup::Compact };
    const SCHEMA: &'static str = include_str!("../../schemas/checkpoints.avsc");
    type Record<'a> = Checkpoint;

    /// The key is the ingestor's name, which the writer knows and the record does not.
    fn key(_record: &Checkpoint, _key: &mut Vec<u8>) {}

    fn order(record: &Checkpoint) -> RecordOrder {
        RecordOrder::whole(record.sequence.unsigned_abs())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::topic::TopicSchema;
    use crate::schema::single_object::{DecodeError, Decoder, encode};

    /// The schema as it was before an operator could set a checkpoint.
    const OF_OLD: &str = r#"{
      "type": "record", "name": "Checkpoint", "namespace": "ekspiper.flow",
      "fields": [
        {"name": "parent_sequence", "type": "long"}, {"name": "parent_hash", "type": "bytes"},
        {"name": "sequence", "type": "long"}, {"name": "hash", "type": "bytes"},
        {"name": "version", "type": "int"}, {"name": "written", "type": {"type": "array", "items": "long"}}
      ]
    }"#;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct OfOld {
        parent_sequence: i64,
        #[serde(with = "serde_bytes")]
        parent_hash: Vec<u8>,
        sequence: i64,
        #[serde(with = "serde_bytes")]
        hash: Vec<u8>,
        version: i32,
        written: Vec<i64>,
    }

    struct CheckpointsOfOld;

    impl Topic for CheckpointsOfOld {
        const SPEC: TopicSpec = Checkpoints::SPEC;
        const SCHEMA: &'static str = OF_OLD;
        type Record<'a> = OfOld;

        fn key(_record: &OfOld, _key: &mut Vec<u8>) {}

        fn order(record: &OfOld) -> RecordOrder {
            RecordOrder::whole(record.sequence.unsigned_abs())
        }
    }

    fn checkpoint() -> Checkpoint {
        let overridden = Override { by: "ann".into(), why: "forked".into(), at_ms: 5 };
        Checkpoint {
            parent_sequence: 8,
            parent_hash: vec![8; 32],
            sequence: 9,
            hash: vec![9; 32],
            version: 1,
            written: vec![8, 9],
            overridden: Some(overridden),
        }
    }

    #[test]
    fn pointer_comes_back_whole_and_cut_short_is_an_error() {
        let bytes = encode::<Checkpoints>(&checkpoint()).unwrap();
        let decoder = Decoder::new(&[TopicSchema::of::<Checkpoints>()]);
        let read = decoder.decode::<Checkpoints>(&bytes).unwrap();
        assert_eq!((read.pointer().sequence, read.pointer().hash), (9, vec![9; 32]));
        assert_eq!(read, checkpoint());
        for length in 0..bytes.len() {
            decoder.decode::<Checkpoints>(&bytes[..length]).unwrap_err();
        }
        assert!(matches!(decoder.decode::<Checkpoints>(&[1]), Err(DecodeError::NotSingleObject)));
    }

    #[test]
    fn old_and_new_readers_read_each_other() {
        let decoder = Decoder::new(&[TopicSchema::of::<Checkpoints>()]);
        decoder.learn(OF_OLD).unwrap();
        let new = encode::<Checkpoints>(&checkpoint()).unwrap();
        let read_by_old = decoder.decode::<CheckpointsOfOld>(&new).unwrap();
        assert_eq!((read_by_old.sequence, read_by_old.written.len()), (9, 2));
        let old = encode::<CheckpointsOfOld>(&read_by_old).unwrap();
        let read_by_new = decoder.decode::<Checkpoints>(&old).unwrap();
        assert_eq!(read_by_new, Checkpoint { overridden: None, ..checkpoint() });
    }
}
