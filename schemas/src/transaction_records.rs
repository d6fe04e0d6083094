//! A transaction of a verified ledger, decoded without loss.

use flow::{Position, Topic, TopicSpec};
use serde::{Deserialize, Serialize};

use crate::{Hash256, key};

/// Marks the topic `transaction-records`.
#[derive(Debug, Clone, Copy)]
pub struct TransactionRecords;

/// As `transaction-records.avsc` describes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the schema documents each field")]
pub struct TransactionRecord<'a> {
    pub ledger_index: u32,
    #[serde(with = "serde_bytes")]
    pub ledger_hash: Hash256,
    pub close_time: u32,
    pub position: u32,
    pub count: u32,
    #[serde(with = "serde_bytes")]
    pub hash: Hash256,
    #[serde(rename = "type")]
    pub transaction_type: &'a str,
    pub result: &'a str,
    pub account: &'a str,
    pub json: &'a str,
}

impl Topic for TransactionRecords {
    const SPEC: TopicSpec = crate::partitioned("transaction-records");
    const SCHEMA: &'static str = include_str!("../transaction-records.avsc");
    type Record<'a> = TransactionRecord<'a>;

    fn key(record: &TransactionRecord<'_>, key: &mut Vec<u8>) {
        key::hash(&record.hash, key);
    }

    fn position(record: &TransactionRecord<'_>) -> Position {
        let TransactionRecord { ledger_index, position, count, .. } = *record;
        Position { sequence: ledger_index.into(), part: position, count }
    }
}
