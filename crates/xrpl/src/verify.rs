//! Bytes become a ledger only if they hash to what was expected.

use crate::{Hash256, HeaderError, Ledger, Malformed};

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
    let _ = (header_bytes, transactions, expected);
    unimplemented!()
}
