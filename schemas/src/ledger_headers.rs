//! The header of a verified ledger.

use flow::{RecordOrder, Topic, TopicSpec};
use serde::{Deserialize, Serialize};

use crate::{Hash256, Ledger, LedgerPosition, key};

/// The topic `ledger-headers`.
#[derive(Debug, Clone, Copy)]
pub struct LedgerHeaders;

/// The record of `ledger-headers.avsc`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the schema documents each field")]
pub struct LedgerHeader<'a> {
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
    pub transaction_count: u32,
    #[serde(borrow, default)]
    pub unverified: Option<&'a str>,
}

impl LedgerHeader<'_> {
    /// The ledger, at the position of its first transaction.
    pub const fn at(&self) -> LedgerPosition {
        LedgerPosition {
            ledger_index: self.ledger_index,
            ledger_hash: self.ledger_hash,
            close_time: self.close_time,
            position: 0,
            count: self.transaction_count,
        }
    }
}

impl<'a> From<&Ledger<'a>> for LedgerHeader<'a> {
    /// The header of a chunk's ledger.
    fn from(chunk: &Ledger<'a>) -> Self {
        Self {
            ledger_index: chunk.ledger_index,
            ledger_hash: chunk.ledger_hash,
            header: chunk.header,
            parent_hash: chunk.parent_hash,
            transaction_hash: chunk.transaction_hash,
            account_hash: chunk.account_hash,
            total_coins: chunk.total_coins,
            parent_close_time: chunk.parent_close_time,
            close_time: chunk.close_time,
            close_time_resolution: chunk.close_time_resolution,
            close_flags: chunk.close_flags,
            transaction_count: chunk.transaction_count,
            unverified: chunk.unverified,
        }
    }
}

impl Topic for LedgerHeaders {
    const SPEC: TopicSpec = crate::partitioned("ledger-headers");
    const SCHEMA: &'static str = include_str!("../ledger-headers.avsc");
    type Record<'a> = LedgerHeader<'a>;

    fn key(header: &LedgerHeader<'_>, key: &mut Vec<u8>) {
        key::index(header.ledger_index, key);
    }

    fn order(header: &LedgerHeader<'_>) -> RecordOrder {
        RecordOrder::whole(header.ledger_index.into())
    }
}
