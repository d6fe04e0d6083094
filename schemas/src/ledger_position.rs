//! A transaction's ledger, and its position there: the fields that all records about transactions begin with.

use flow::RecordOrder;

use crate::Hash256;

/// The ledger of a transaction, and the transaction's position in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LedgerPosition {
    /// Index of the ledger.
    pub ledger_index: u32,
    /// Hash of the ledger's header.
    pub ledger_hash: Hash256,
    /// Close time of the ledger, in seconds since 2000-01-01T00:00:00Z.
    pub close_time: u32,
    /// Position in execution order (`TransactionIndex`), from 0.
    pub position: u32,
    /// Number of transactions of the ledger.
    pub count: u32,
}

impl LedgerPosition {
    /// The order of the record: ledger, then position.
    pub fn order(self) -> RecordOrder {
        RecordOrder { sequence: self.ledger_index.into(), part: self.position, count: self.count }
    }
}
