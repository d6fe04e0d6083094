//! A verified ledger as records of `ledgers`: cut between transactions into chunks, each below a broker's usual limit.

use schemas::LedgerHeader;
use xrpl_codec::{Ledger, LedgerTransaction};

use crate::reply::UnverifiedFields;

/// A record of `ledgers` has at most this many bytes, encoded, unless one transaction alone has more. A Kafka broker takes a megabyte by
/// default; the rest is for the record's key and headers, and the framing of a batch.
pub const CHUNK_BYTES_MAX: usize = 900_000;

/// Bytes of a record without transactions, at most: the fingerprint of the schema (10), the header twice, as bytes and as fields, and
/// counts.
const FRAME_BYTES_MAX: usize = 512;
/// Bytes of a transaction around its blobs, at most: its hash (32) and three lengths of up to 5 bytes each.
const TRANSACTION_FRAME_BYTES_MAX: usize = 48;

/// The record of `ledger-headers` of a verified ledger. `header` holds the header's 118 bytes.
///
/// # Panics
/// When the ledger has 2^32 transactions or more.
pub fn ledger_header<'h>(ledger: &Ledger, header: &'h [u8]) -> LedgerHeader<'h> {
    let fields = &ledger.header;
    LedgerHeader {
        ledger_index: fields.index,
        ledger_hash: ledger.hash.0,
        header,
        parent_hash: fields.parent_hash.0,
        transaction_hash: fields.transaction_hash.0,
        account_hash: fields.account_hash.0,
        total_coins: fields.total_coins,
        parent_close_time: fields.parent_close_time,
        close_time: fields.close_time,
        close_time_resolution: fields.close_time_resolution,
        close_flags: fields.close_flags,
        transaction_count: number(ledger.transactions.len()),
        unverified: None,
    }
}

/// The records of `ledgers` of a verified ledger: whole transactions in execution order, at least one chunk, each of at most
/// [`CHUNK_BYTES_MAX`] encoded bytes or of one transaction. `header` holds the header's 118 bytes.
///
/// # Panics
/// When the ledger has 2^32 transactions or more.
pub fn ledger_chunks<'l>(
    ledger: &'l Ledger,
    header: &'l [u8],
    unverified: &'l UnverifiedFields,
) -> impl Iterator<Item = schemas::Ledger<'l>> {
    let header =
        LedgerHeader { unverified: unverified.ledger.as_deref(), ..ledger_header(ledger, header) };
    let transactions = ledger.transactions.iter().enumerate();
    let transactions: Vec<_> = transactions
        .map(|(position, transaction)| record(transaction, unverified.transaction(position)))
        .collect();
    let frame_bytes = FRAME_BYTES_MAX + header.unverified.map_or(0, str::len);
    let runs = runs(&transactions, CHUNK_BYTES_MAX.saturating_sub(frame_bytes));
    let chunk_count = number(runs.len());
    (0..).zip(runs).map(move |(chunk, run)| schemas::Ledger {
        chunk,
        chunk_count,
        first_position: number(run.start),
        transactions: transactions[run].to_vec(),
        ..schemas::Ledger::of(&header)
    })
}

fn record<'l>(
    transaction: &'l LedgerTransaction,
    unverified: Option<&'l str>,
) -> schemas::LedgerTransaction<'l> {
    schemas::LedgerTransaction {
        hash: transaction.hash.0,
        tx_blob: &transaction.tx_blob,
        meta_blob: &transaction.meta_blob,
        unverified,
    }
}

/// Cuts transactions into runs of at most `bytes_max` encoded bytes, or of one transaction; at least one run.
fn runs(
    transactions: &[schemas::LedgerTransaction<'_>],
    bytes_max: usize,
) -> Vec<std::ops::Range<usize>> {
    let (mut runs, mut start, mut bytes) = (Vec::new(), 0, 0);
    for (position, transaction) in transactions.iter().enumerate() {
        let size = encoded_bytes_max(transaction);
        if position > start && bytes + size > bytes_max {
            runs.push(start..position);
            (start, bytes) = (position, 0);
        }
        bytes += size;
    }
    runs.push(start..transactions.len());
    runs
}

/// The bytes that a transaction takes in a record, at most.
fn encoded_bytes_max(transaction: &schemas::LedgerTransaction<'_>) -> usize {
    transaction.tx_blob.len()
        + transaction.meta_blob.len()
        + transaction.unverified.map_or(0, str::len)
        + TRANSACTION_FRAME_BYTES_MAX
}

fn number(count: usize) -> u32 {
    u32::try_from(count).expect("a ledger has less than 2^32 transactions")
}

#[cfg(test)]
mod tests {
    use flow::encode;
    use proptest::prelude::*;
    use schemas::Ledgers;
    use xrpl_codec::{Hash256, LedgerHeader};

    use super::*;

    /// What a Kafka broker takes by default, less what key, headers and framing of a batch take.
    const RECORD_BYTES_MAX: usize = 1_000_000 - 4_096;

    fn ledger(sizes: &[usize]) -> Ledger {
        let hash = Hash256([0xFF; 32]);
        let transaction = |size: &usize| LedgerTransaction {
            hash,
            tx_blob: vec![0; size / 2],
            meta_blob: vec![0; size - size / 2],
        };
        let header = LedgerHeader {
            index: u32::MAX,
            total_coins: i64::MAX.unsigned_abs(),
            parent_hash: hash,
            transaction_hash: hash,
            account_hash: hash,
            parent_close_time: u32::MAX,
            close_time: u32::MAX,
            close_time_resolution: u8::MAX,
            close_flags: u8::MAX,
        };
        Ledger { hash, header, transactions: sizes.iter().map(transaction).collect() }
    }

    /// How many transactions each chunk has; checks that the chunks are the ledger, and what the broker takes.
    fn counts(sizes: &[usize]) -> Vec<usize> {
        let ledger = ledger(sizes);
        let header = ledger.header.to_bytes();
        let unverified = UnverifiedFields::default();
        let chunks: Vec<_> = ledger_chunks(&ledger, &header, &unverified).collect();
        let mut next = 0;
        for (at, chunk) in chunks.iter().enumerate() {
            assert_eq!((chunk.chunk as usize, chunk.chunk_count as usize), (at, chunks.len()));
            assert_eq!(chunk.first_position as usize, next);
            assert_eq!(chunk.transaction_count as usize, sizes.len());
            next += chunk.transactions.len();
            let bytes = encode::<Ledgers>(chunk).unwrap().len();
            assert!(
                bytes <= CHUNK_BYTES_MAX || chunk.transactions.len() == 1,
                "chunk {at} of {} transactions has {bytes} bytes",
                chunk.transactions.len()
            );
            assert!(bytes <= RECORD_BYTES_MAX, "chunk {at} has {bytes} bytes");
        }
        assert_eq!(next, sizes.len());
        chunks.iter().map(|chunk| chunk.transactions.len()).collect()
    }

    #[test]
    fn an_empty_ledger_is_one_chunk() {
        assert_eq!(counts(&[]), [0]);
    }

    #[test]
    fn small_transactions_are_counted_with_their_frames() {
        assert_eq!(counts(&[300; 2_584]), [2_584]);
        assert_eq!(counts(&[300; 3_000]).len(), 2);
        assert_eq!(counts(&[250; 10_000]).len(), 4);
        assert_eq!(counts(&[0; 30_000]).len(), 2);
    }

    #[test]
    fn a_transaction_near_the_limit_has_a_chunk_of_its_own() {
        assert_eq!(counts(&[300, 899_999, 300]), [1, 1, 1]);
        assert_eq!(counts(&[300, 990_000, 300]), [1, 1, 1]);
        assert_eq!(counts(&[899_000, 300]), [2]);
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

        #[test]
        fn chunks_stay_below_the_limit_whatever_the_sizes(
            size in 0..2_000_usize,
            count in 0..8_000_usize,
            large in proptest::collection::vec(0..980_000_usize, 0..3),
            at in any::<prop::sample::Index>(),
        ) {
            let count = count.min(4_000_000 / (size + 1));
            let mut sizes = vec![size; count];
            for size in large {
                sizes.insert(at.index(sizes.len() + 1), size);
            }
            counts(&sizes);
        }
    }
}
