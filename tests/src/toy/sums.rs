//! The sum of a number's copies: made of several records.

use flow::{RecordOrder, Topic, TopicSpec};
use serde::{Deserialize, Serialize};

/// Marks the topic `sums`.
#[derive(Debug, Clone, Copy)]
pub struct Sums;

/// As `sums.avsc` describes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the schema documents each field")]
pub struct Sum {
    pub index: i64,
    pub copies: i32,
    pub bytes: i64,
}

impl Topic for Sums {
    const SPEC: TopicSpec = super::partitioned("sums");
    const SCHEMA: &'static str = include_str!("../../schemas/sums.avsc");
    type Record<'a> = Sum;

    fn key(sum: &Sum, key: &mut Vec<u8>) {
        key.extend_from_slice(sum.index.to_string().as_bytes());
    }

    fn order(sum: &Sum) -> RecordOrder {
        RecordOrder::whole(sum.index.cast_unsigned())
    }
}
