//! A verified ledger, or a chunk of whole transactions of it.

use flow::{RecordOrder, Topic, TopicSpec};
use serde::{Deserialize, Serialize};

use crate::{Hash256, LedgerHeader, key};

/// The topic `ledgers`.
#[derive(Debug, Clone, Copy)]
pub struct Ledgers;

/// The record of `ledgers.avsc`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the schema documents each field")]
pub struct Ledger<'a> {
    pub ledger_index: u32,
    #[serde(with = "serde_bytes")]
    pub ledger_hash: Hash256,
    #[serde(borrow, with = "serde_bytes")]
    pub header: &'a [u8],
    #[serde(with = "serde_bytes")]
    pub parent_hash: Hash256,
    #[serde(with = "serde_bytes")]
    pub transaction_hash: Hash256,
    #[serde(with = "serde_bytes")]
    pub account_hash: Hash256,
    pub total_coins: u64,
    pub parent_close_time: u32,
    pub close_time: u32,
    pub close_time_resolution: u8,
    pub close_flags: u8,
    pub chunk: u32,
    pub chunk_count: u32,
    pub first_position: u32,
    pub transaction_count: u32,
    #[serde(borrow)]
    pub transactions: Vec<LedgerTransaction<'a>>,
    #[serde(borrow, default)]
    pub unverified: Option<&'a str>,
}

impl<'a> Ledger<'a> {
    /// The first and only chunk of a ledger, without its transactions.
    pub const fn of(header: &LedgerHeader<'a>) -> Self {
        Self {
            ledger_index: header.ledger_index,
            ledger_hash: header.ledger_hash,
            header: header.header,
            parent_hash: header.parent_hash,
            transaction_hash: header.transaction_hash,
            account_hash: header.account_hash,
            total_coins: header.total_coins,
            parent_close_time: header.parent_close_time,
            close_time: header.close_time,
            close_time_resolution: header.close_time_resolution,
            close_flags: header.close_flags,
            chunk: 0,
            chunk_count: 1,
            first_position: 0,
            transaction_count: header.transaction_count,
            transactions: Vec::new(),
            unverified: header.unverified,
        }
    }
}

/// A transaction with its metadata.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the schema documents each field")]
pub struct LedgerTransaction<'a> {
    #[serde(with = "serde_bytes")]
    pub hash: Hash256,
    #[serde(borrow, with = "serde_bytes")]
    pub tx_blob: &'a [u8],
    #[serde(borrow, with = "serde_bytes")]
    pub meta_blob: &'a [u8],
    #[serde(borrow, default)]
    pub unverified: Option<&'a str>,
}

impl Topic for Ledgers {
    const SPEC: TopicSpec = crate::partitioned("ledgers");
    const SCHEMA: &'static str = include_str!("../ledgers.avsc");
    type Record<'a> = Ledger<'a>;

    fn key(ledger: &Ledger<'_>, key: &mut Vec<u8>) {
        key::index(ledger.ledger_index, key);
    }

    fn order(ledger: &Ledger<'_>) -> RecordOrder {
        RecordOrder {
            sequence: ledger.ledger_index.into(),
            part: ledger.chunk,
            count: ledger.chunk_count,
        }
    }
}
