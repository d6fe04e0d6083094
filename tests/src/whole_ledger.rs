//! The records of a ledger that fits into one chunk.

use schemas::{Ledger, LedgerEvent, LedgerTransaction};

/// A ledger whose blobs have fewer bytes is one record of `ledgers`.
const ONE_CHUNK_BYTES: usize = 900_000;

/// The record of `ledger-events`.
pub fn ledger_event(ledger: &xrpl_codec::Ledger) -> LedgerEvent {
    LedgerEvent {
        ledger_index: ledger.header.index,
        ledger_hash: ledger.hash.0,
        parent_hash: ledger.header.parent_hash.0,
    }
}

/// The one record of `ledgers`; `header` is the ledger's header as bytes.
#[track_caller]
pub fn whole_ledger<'a>(ledger: &'a xrpl_codec::Ledger, header: &'a [u8]) -> Ledger<'a> {
    let transactions: Vec<LedgerTransaction<'_>> = ledger
        .transactions
        .iter()
        .map(|it| LedgerTransaction {
            hash: it.hash.0,
            tx_blob: &it.tx_blob,
            meta_blob: &it.meta_blob,
            unverified: None,
        })
        .collect();
    let bytes: usize = transactions.iter().map(|it| it.tx_blob.len() + it.meta_blob.len()).sum();
    assert!(bytes < ONE_CHUNK_BYTES, "ledger {} is one record", ledger.header.index);
    Ledger {
        ledger_index: ledger.header.index,
        ledger_hash: ledger.hash.0,
        header,
        parent_hash: ledger.header.parent_hash.0,
        transaction_hash: ledger.header.transaction_hash.0,
        account_hash: ledger.header.account_hash.0,
        total_coins: ledger.header.total_coins,
        parent_close_time: ledger.header.parent_close_time,
        close_time: ledger.header.close_time,
        close_time_resolution: ledger.header.close_time_resolution,
        close_flags: ledger.header.close_flags,
        chunk: 0,
        chunk_count: 1,
        first_position: 0,
        transaction_count: u32::try_from(transactions.len()).expect("a ledger has fewer"),
        transactions,
        unverified: None,
    }
}
