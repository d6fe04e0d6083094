//! A transaction of a verified ledger, in the protocol's binary form.

use flow::{RecordOrder, Topic, TopicSpec};
use serde::{Deserialize, Serialize};

use crate::{Hash256, LedgerPosition, key};

/// The topic `transactions`.
#[derive(Debug, Clone, Copy)]
pub struct Transactions;

/// The record of `transactions.avsc`.
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
    #[serde(borrow, default)]
    pub unverified: Option<&'a str>,
}

impl<'a> Transaction<'a> {
    /// A transaction with its metadata. The fields that summarise it are empty: type, result and account.
    pub const fn of(
        at: LedgerPosition,
        hash: Hash256,
        tx_blob: &'a [u8],
        meta_blob: &'a [u8],
    ) -> Self {
        Self {
            ledger_index: at.ledger_index,
            ledger_hash: at.ledger_hash,
            close_time: at.close_time,
            position: at.position,
            count: at.count,
            hash,
            transaction_type: "",
            result: "",
            account: "",
            tx_blob,
            meta_blob,
            unverified: None,
        }
    }

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
}

impl Topic for Transactions {
    const SPEC: TopicSpec = crate::partitioned("transactions");
    const SCHEMA: &'static str = include_str!("../transactions.avsc");
    type Record<'a> = Transaction<'a>;

    fn key(transaction: &Transaction<'_>, key: &mut Vec<u8>) {
        key::hash(&transaction.hash, key);
    }

    fn order(transaction: &Transaction<'_>) -> RecordOrder {
        transaction.at().order()
    }
}
