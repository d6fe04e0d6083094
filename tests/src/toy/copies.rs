//! The copies of a number: none to four of them.

use flow::{RecordOrder, Topic, TopicSpec};
use serde::{Deserialize, Serialize};

use super::Number;

/// Marks the topic `copies`.
#[derive(Debug, Clone, Copy)]
pub struct Copies;

/// As `copies.avsc` describes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the schema documents each field")]
pub struct Copy<'a> {
    pub index: i64,
    pub part: i32,
    pub count: i32,
    #[serde(borrow, with = "serde_bytes")]
    pub body: &'a [u8],
}

impl<'a> Copy<'a> {
    /// The copies of a number; `None` if it is one that can't be copied.
    pub fn all_of(number: &'a Number<'_>) -> Option<impl Iterator<Item = Self>> {
        if number.body.starts_with(b"reject") {
            return None;
        }
        let (index, body) = (number.index, &*number.body);
        let count = i32::try_from(index % 5).expect("it is below five");
        Some((0..count).map(move |part| Self { index, part, count, body }))
    }
}

impl Topic for Copies {
    const SPEC: TopicSpec = super::partitioned("copies");
    const SCHEMA: &'static str = include_str!("../../schemas/copies.avsc");
    type Record<'a> = Copy<'a>;

    fn key(copy: &Copy<'_>, key: &mut Vec<u8>) {
        key.extend_from_slice(format!("{}/{}", copy.index, copy.part).as_bytes());
    }

    fn order(copy: &Copy<'_>) -> RecordOrder {
        RecordOrder {
            sequence: copy.index.cast_unsigned(),
            part: copy.part.cast_unsigned(),
            count: copy.count.cast_unsigned(),
        }
    }
}
