//! Inputs that a flow could not process, kept whole.

use serde::{Deserialize, Serialize};

use crate::record::record_order::{RecordOrder, SequenceId};
use crate::record::topic::{Cleanup, Extent, Topic, TopicSpec};

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
    /// Writers before this field left it out, and the next one.
    #[serde(default = "first_attempt")]
    pub attempt: i32,
    #[serde(default)]
    pub cut: bool,
}

const fn first_attempt() -> i32 {
    1
}

impl DeadLetter<'_> {
    /// The place of the input, if it could be read.
    pub fn id(&self) -> Option<SequenceId> {
        let sequence = u64::try_from(self.sequence).ok()?;
        Some(SequenceId { sequence, part: u32::try_from(self.part).ok()? })
    }

    /// Whether the input is here in part only.
    pub fn is_cut(&self) -> bool {
        self.cut || usize::try_from(self.payload_bytes).is_ok_and(|all| all > self.payload.len())
    }
}

/// A header of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header<'a> {
    /// Its name.
    pub key: &'a str,
    /// Its value.
    #[serde(with = "serde_bytes")]
    pub value: &'a [u8],
}

impl Topic for DeadLetters {
    const SPEC: TopicSpec = DEAD_LETTERS;
    const SCHEMA: &'static str = include_str!("../../schemas/dead-letters.avsc");
    type Record<'a> = DeadLetter<'a>;

    fn key(record: &DeadLetter<'_>, key: &mut Vec<u8>) {
        key.extend_from_slice(record.key);
    }

    fn order(record: &DeadLetter<'_>) -> RecordOrder {
        let sequence = u64::try_from(record.sequence).unwrap_or_default();
        RecordOrder {
            sequence,
            part: u32::try_from(record.part).unwrap_or_default(),
            count: u32::MAX,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::topic::TopicSchema;
    use crate::schema::single_object::{Decoder, encode};

    fn letter() -> DeadLetter<'static> {
        DeadLetter {
            flow: "flow",
            version: "1",
            reason: "why",
            causes: vec!["why".into()],
            topic: "net.topic",
            partition: 1,
            offset: 7,
            sequence: 9,
            part: 2,
            key: b"key",
            headers: vec![Header { key: "position", value: b"9/2/3" }],
            payload: b"bytes",
            payload_bytes: 5,
            attempt: 3,
            cut: true,
        }
    }

    /// The schema and a letter as they were before attempts were counted.
    fn of_old() -> (String, Vec<u8>) {
        let (fields, _) = DeadLetters::SCHEMA.split_once(",\n    {\"name\": \"attempt\"").unwrap();
        let schema = format!("{fields}\n]}}");
        let fingerprint = Decoder::default().learn(&schema).unwrap();
        let new = encode::<DeadLetters>(&letter()).unwrap();
        // The fields that came later are two bytes at the end.
        let datum = &new[10..new.len() - 2];
        (schema, [&[0xC3, 1], &fingerprint.0[..], datum].concat())
    }

    #[test]
    fn a_letter_of_old_is_a_first_attempt_and_whole() {
        let (schema, bytes) = of_old();
        let decoder = Decoder::new(&[TopicSchema::of::<DeadLetters>()]);
        decoder.learn(&schema).unwrap();
        let read = decoder.decode::<DeadLetters>(&bytes).unwrap();
        assert_eq!(read, DeadLetter { attempt: 1, cut: false, ..letter() });
        assert!(!read.is_cut());
        assert!(DeadLetter { payload_bytes: 6, ..read }.is_cut());
    }
}
