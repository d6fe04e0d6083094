//! A ledger whose bytes were verified.

use crate::{Hash256, LedgerContext, LedgerHeader};

/// A closed ledger: its header and its transactions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ledger {
    /// The ledger's own hash.
    pub hash: Hash256,
    /// The header.
    pub header: LedgerHeader,
    /// The transactions in execution order: the one at position `n` has the `TransactionIndex` `n`.
    pub transactions: Vec<LedgerTransaction>,
}

impl Ledger {
    /// The context of its transactions.
    pub fn context(&self) -> LedgerContext {
        LedgerContext {
            index: self.header.index,
            hash: self.hash,
            close_time: self.header.close_time,
        }
    }
}

/// A transaction of a ledger with its metadata.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerTransaction {
    /// The transaction's hash, its id.
    pub hash: Hash256,
    /// The transaction in binary.
    pub tx_blob: Vec<u8>,
    /// Its metadata in binary.
    pub meta_blob: Vec<u8>,
}
