//! A verified ledger's header, typed without loss.

use flow::{RecordOrder, Topic, TopicSpec};
use serde::de::DeserializeSeed as _;
use serde::{Deserialize, Deserializer, Serialize};

use crate::members::ReadMembers;
use crate::{Hash256, Members, UntypedField, key, ledger_shape};

/// The topic `ledger-records`.
#[derive(Debug, Clone, Copy)]
pub struct LedgerRecords;

/// The record of `ledger-records.avsc`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the schema documents each field")]
pub struct LedgerRecord<'a> {
    pub ledger_index: u32,
    #[serde(with = "serde_bytes")]
    pub ledger_hash: Hash256,
    pub close_time: u32,
    pub parent_close_time: u32,
    pub transaction_count: u32,
    #[serde(borrow, deserialize_with = "result")]
    pub result: Members<'a>,
    #[serde(borrow, default)]
    pub untyped: Vec<UntypedField<'a>>,
}

fn result<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Members<'de>, D::Error> {
    ReadMembers(ledger_shape()).deserialize(deserializer)
}

impl Topic for LedgerRecords {
    const SPEC: TopicSpec = crate::partitioned("ledger-records");
    const SCHEMA: &'static str = include_str!("../ledger-records.avsc");
    type Record<'a> = LedgerRecord<'a>;

    fn key(record: &LedgerRecord<'_>, key: &mut Vec<u8>) {
        key::index(record.ledger_index, key);
    }

    fn order(record: &LedgerRecord<'_>) -> RecordOrder {
        RecordOrder::whole(record.ledger_index.into())
    }
}
