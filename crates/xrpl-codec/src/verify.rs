//! Bytes become a ledger only if they hash to what was expected.

use crate::shamap;
use crate::summary::transaction_index;
use crate::{Hash256, HeaderError, Ledger, LedgerHeader, LedgerTransaction, Malformed};

/// What a ledger has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expected {
    /// Its index.
    pub index: u32,
    /// Its hash.
    pub hash: Hash256,
    /// The hash of the ledger before it, where known.
    pub parent_hash: Option<Hash256>,
}

/// The rule that the bytes break.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unverified {
    /// The header has not 118 bytes.
    #[error("header cannot be read")]
    Header(#[source] HeaderError),
    /// The header hashes to something else.
    #[error("header hashes to {found}, expected {expected}")]
    LedgerHash {
        /// What was expected.
        expected: Hash256,
        /// What the header hashes to.
        found: Hash256,
    },
    /// The header has another index.
    #[error("header has index {found}, expected {expected}")]
    LedgerIndex {
        /// What was expected.
        expected: u32,
        /// What the header says.
        found: u32,
    },
    /// The header names another parent.
    #[error("header names parent {found}, expected {expected}")]
    ParentHash {
        /// What was expected.
        expected: Hash256,
        /// What the header says.
        found: Hash256,
    },
    /// Transactions and metadata rebuild another root than the header's.
    #[error("transactions rebuild root {found}, header has {expected}")]
    TransactionHash {
        /// What the header says.
        expected: Hash256,
        /// What the transactions rebuild.
        found: Hash256,
    },
    /// The same transaction twice.
    #[error("transaction {hash} is there twice")]
    Duplicate {
        /// The transaction.
        hash: Hash256,
    },
    /// The metadata's `TransactionIndex` values are not 0, 1, 2 and so on.
    #[error("transaction index at position {expected} is {found}")]
    TransactionIndex {
        /// The position, which the index should equal.
        expected: u32,
        /// The index found there.
        found: u32,
    },
    /// The metadata holds no readable `TransactionIndex`.
    #[error("metadata of transaction {hash} cannot be read")]
    Metadata {
        /// The transaction.
        hash: Hash256,
        /// What is wrong with it.
        #[source]
        source: Malformed,
    },
}

/// Makes a ledger out of a server's bytes: the header's 118 bytes and `(tx_blob, meta_blob)` in any order.
///
/// Every byte of the result was under a hash that leads to `expected.hash`.
pub fn verify(
    header_bytes: &[u8],
    transactions: Vec<(Vec<u8>, Vec<u8>)>,
    expected: &Expected,
) -> Result<Ledger, Unverified> {
    let header = verify_header(header_bytes, expected)?;
    let leaves = shamap::transaction_leaves(&transactions);
    let named = leaves.iter().map(|leaf| leaf.key).zip(transactions);
    let mut transactions: Vec<LedgerTransaction> = named
        .map(|(hash, (tx_blob, meta_blob))| LedgerTransaction { hash, tx_blob, meta_blob })
        .collect();

    let mut hashes: Vec<Hash256> = leaves.iter().map(|leaf| leaf.key).collect();
    hashes.sort_unstable();
    if let Some(pair) = hashes.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(Unverified::Duplicate { hash: pair[0] });
    }
    let found = shamap::root(leaves);
    if found != header.transaction_hash {
        return Err(Unverified::TransactionHash { expected: header.transaction_hash, found });
    }
    put_in_execution_order(&mut transactions)?;
    Ok(Ledger { hash: expected.hash, header, transactions })
}

/// Reads a header that has to be the expected one.
pub fn verify_header(header_bytes: &[u8], expected: &Expected) -> Result<LedgerHeader, Unverified> {
    let header = LedgerHeader::parse(header_bytes).map_err(Unverified::Header)?;
    if header.index != expected.index {
        return Err(Unverified::LedgerIndex { expected: expected.index, found: header.index });
    }
    let found = header.hash();
    if found != expected.hash {
        return Err(Unverified::LedgerHash { expected: expected.hash, found });
    }
    match expected.parent_hash {
        Some(parent) if parent != header.parent_hash => {
            Err(Unverified::ParentHash { expected: parent, found: header.parent_hash })
        }
        _ => Ok(header),
    }
}

fn put_in_execution_order(transactions: &mut Vec<LedgerTransaction>) -> Result<(), Unverified> {
    let mut indexed = Vec::with_capacity(transactions.len());
    for transaction in std::mem::take(transactions) {
        let hash = transaction.hash;
        let index = transaction_index(&transaction.meta_blob)
            .map_err(|source| Unverified::Metadata { hash, source })?;
        indexed.push((index, transaction));
    }
    indexed.sort_unstable_by_key(|(index, _)| *index);
    for (expected, (found, transaction)) in (0..).zip(indexed) {
        if found != expected {
            return Err(Unverified::TransactionIndex { expected, found });
        }
        transactions.push(transaction);
    }
    Ok(())
}
