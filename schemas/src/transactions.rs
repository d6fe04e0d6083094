//! A transaction of a verified ledger, in the protocol's binary form.

use flow::{RecordOrder, Topic, TopicSpec};
use serde::{Deserialize, Serialize};

use crate::{Hash256, key};

/// Marks the topic `transactions`.
#[derive(Debug, Clone, Copy)]
pub struct Transactions;

/// As `transactions.avsc` describes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the schema documents each field")]
pub struct Transaction<'a> {
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
    #[serde(borrow, with = "serde_bytes")]
    pub tx_blob: &'a [u8],
    #[serde(borrow, with = "serde_bytes")]
    pub meta_blob: &'a [u8],
}

impl Topic for Transactions {
    const SPEC: TopicSpec = crate::partitioned("transactions");
    const SCHEMA: &'static str = include_str!("../transactions.avsc");
    type Record<'a> = Transaction<'a>;

    fn key(transaction: &Transaction<'_>, key: &mut Vec<u8>) {
        key::hash(&transaction.hash, key);
    }

    fn order(transaction: &Transaction<'_>) -> RecordOrder {
        let Transaction { ledger_index, position, count, .. } = *transaction;
        RecordOrder { sequence: ledger_index.into(), part: position, count }
    }
}
