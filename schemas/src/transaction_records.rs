//! A transaction of a verified ledger, typed without loss.

use flow::{RecordOrder, Topic, TopicSpec};
use serde::de::DeserializeSeed as _;
use serde::{Deserialize, Deserializer, Serialize};

use crate::members::ReadMembers;
use crate::{Amount, Hash256, LedgerPosition, Members, UntypedField, key, transaction_shape};

/// The topic `transaction-records`.
#[derive(Debug, Clone, Copy)]
pub struct TransactionRecords;

/// The record of `transaction-records.avsc`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the schema documents each field")]
pub struct TransactionRecord<'a> {
    pub ledger_index: u32,
    #[serde(with = "serde_bytes")]
    pub ledger_hash: Hash256,
    pub close_time: u32,
    pub position: u32,
    pub count: u32,
    #[serde(borrow, deserialize_with = "transaction")]
    pub transaction: Members<'a>,
    #[serde(borrow, default)]
    pub delivered_by_balances: Option<Amount<'a>>,
    #[serde(borrow, default)]
    pub untyped: Vec<UntypedField<'a>>,
}

fn transaction<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Members<'de>, D::Error> {
    ReadMembers(transaction_shape()).deserialize(deserializer)
}

impl TransactionRecord<'_> {
    /// Its ledger and position.
    pub const fn at(&self) -> LedgerPosition {
        LedgerPosition {
            ledger_index: self.ledger_index,
            ledger_hash: self.ledger_hash,
            close_time: self.close_time,
            position: self.position,
            count: self.count,
        }
    }

    /// The hash of the transaction; only an import may be without.
    pub fn hash(&self) -> Option<Hash256> {
        self.transaction.bytes("hash")?.try_into().ok()
    }
}

impl Topic for TransactionRecords {
    const SPEC: TopicSpec = crate::partitioned("transaction-records");
    const SCHEMA: &'static str = include_str!("../transaction-records.avsc");
    type Record<'a> = TransactionRecord<'a>;

    fn key(record: &TransactionRecord<'_>, key: &mut Vec<u8>) {
        if let Some(hash) = record.hash() {
            key::hash(&hash, key);
        }
    }

    fn order(record: &TransactionRecord<'_>) -> RecordOrder {
        record.at().order()
    }
}
