//! A ledger as one or more records of `ledgers`, each below a broker's usual limit.

use std::num::TryFromIntError;

use flow::{Collector, Reject};
use schemas::Ledgers;
use xrpl_codec::{Ledger, LedgerTransaction};

/// The limit of the blobs of a chunk in bytes, unless one transaction alone has more: with everything around them they stay
/// below the megabyte that a Kafka broker takes by default.
const CHUNK_BYTES_MAX: usize = 900_000;

/// Puts the ledger into `out`, chunk by chunk.
pub(crate) fn put(ledger: &Ledger, out: &mut Collector) -> Result<(), Reject> {
    let header = ledger.header.to_bytes();
    let chunks = split(&ledger.transactions, CHUNK_BYTES_MAX);
    let transaction_count = u32::try_from(ledger.transactions.len()).map_err(too_many)?;
    let chunk_count = u32::try_from(chunks.len()).map_err(too_many)?;
    let mut first_position = 0;
    for (chunk, transactions) in (0..).zip(chunks) {
        out.put::<Ledgers>(&schemas::Ledger {
            ledger_index: ledger.header.index,
            ledger_hash: ledger.hash.0,
            header: &header,
            parent_hash: ledger.header.parent_hash.0,
            transaction_hash: ledger.header.transaction_hash.0,
            account_hash: ledger.header.account_hash.0,
            total_coins: ledger.header.total_coins,
            parent_close_time: ledger.header.parent_close_time,
            close_time: ledger.header.close_time,
            close_time_resolution: ledger.header.close_time_resolution,
            close_flags: ledger.header.close_flags,
            chunk,
            chunk_count,
            first_position,
            transaction_count,
            transactions: transactions.iter().map(record).collect(),
        })?;
        first_position += u32::try_from(transactions.len()).map_err(too_many)?;
    }
    Ok(())
}

fn too_many(error: TryFromIntError) -> Reject {
    Reject::because("too-many-transactions", error)
}

fn record(transaction: &LedgerTransaction) -> schemas::LedgerTransaction<'_> {
    schemas::LedgerTransaction {
        hash: transaction.hash.0,
        tx_blob: &transaction.tx_blob,
        meta_blob: &transaction.meta_blob,
    }
}

/// Cuts transactions into runs of at most `bytes_max` bytes, or of one transaction; at least one run.
fn split(transactions: &[LedgerTransaction], bytes_max: usize) -> Vec<&[LedgerTransaction]> {
    let size =
        |transaction: &LedgerTransaction| transaction.tx_blob.len() + transaction.meta_blob.len();
    let (mut chunks, mut start, mut bytes) = (Vec::new(), 0, 0);
    for (position, transaction) in transactions.iter().enumerate() {
        if position > start && bytes + size(transaction) > bytes_max {
            chunks.push(&transactions[start..position]);
            (start, bytes) = (position, 0);
        }
        bytes += size(transaction);
    }
    chunks.push(&transactions[start..]);
    chunks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn transactions(sizes: &[usize]) -> Vec<LedgerTransaction> {
        let transaction = |size: &usize| LedgerTransaction {
            hash: xrpl_codec::Hash256([0; 32]),
            tx_blob: vec![0; *size],
            meta_blob: Vec::new(),
        };
        sizes.iter().map(transaction).collect()
    }

    fn sizes(transactions: &[LedgerTransaction], bytes_max: usize) -> Vec<usize> {
        split(transactions, bytes_max).iter().map(|chunk| chunk.len()).collect()
    }

    #[test]
    fn an_empty_ledger_is_one_chunk() {
        assert_eq!(sizes(&[], 10), [0]);
    }

    #[test]
    fn chunks_are_full_of_whole_transactions() {
        assert_eq!(sizes(&transactions(&[4, 4, 4, 4, 4]), 10), [2, 2, 1]);
        assert_eq!(sizes(&transactions(&[5, 5]), 10), [2]);
    }

    #[test]
    fn a_transaction_above_the_limit_has_a_chunk_of_its_own() {
        assert_eq!(sizes(&transactions(&[4, 40, 4]), 10), [1, 1, 1]);
    }
}
