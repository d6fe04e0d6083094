//! The answer about a copy, as an external service would give it.

use flow::{RecordOrder, Topic, TopicSpec};
use serde::{Deserialize, Serialize};

use super::Copy;

/// Marks the topic `answers`.
#[derive(Debug, Clone, Copy)]
pub struct Answers;

/// As `answers.avsc` describes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the schema documents each field")]
pub struct Answer {
    pub index: i64,
    pub part: i32,
    pub count: i32,
    pub text: String,
}

impl Answer {
    /// The answer about a copy; `None` about one that nobody knows.
    pub fn about(copy: &Copy<'_>) -> Option<Self> {
        let Copy { index, part, count, body } = *copy;
        let sum: u64 = body.iter().map(|byte| u64::from(*byte)).sum();
        let text = format!("{} bytes, {sum} together", body.len());
        (index % 60 != 17 || part != 0).then_some(Self { index, part, count, text })
    }
}

impl Topic for Answers {
    const SPEC: TopicSpec = super::partitioned("answers");
    const SCHEMA: &'static str = include_str!("../../schemas/answers.avsc");
    type Record<'a> = Answer;

    fn key(answer: &Answer, key: &mut Vec<u8>) {
        key.extend_from_slice(format!("{}/{}", answer.index, answer.part).as_bytes());
    }

    fn order(answer: &Answer) -> RecordOrder {
        RecordOrder {
            sequence: answer.index.cast_unsigned(),
            part: answer.part.cast_unsigned(),
            count: answer.count.cast_unsigned(),
        }
    }
}
