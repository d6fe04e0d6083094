//! The header of a ledger and its hash.

use crate::{Hash256, sha512_half};

/// The header of a closed ledger: 118 bytes, whose hash names the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LedgerHeader {
    /// Position in the chain.
    pub index: u32,
    /// XRP in existence, in drops.
    pub total_coins: u64,
    /// Hash of the ledger before this one.
    pub parent_hash: Hash256,
    /// Root of the tree of transactions with metadata.
    pub transaction_hash: Hash256,
    /// Root of the tree of ledger entries.
    pub account_hash: Hash256,
    /// Close time of the parent, in seconds since 2000-01-01T00:00:00Z.
    pub parent_close_time: u32,
    /// Close time, in seconds since 2000-01-01T00:00:00Z.
    pub close_time: u32,
    /// What the close time was rounded to, in seconds.
    pub close_time_resolution: u8,
    /// Bit 0: the validators did not agree on the close time.
    pub close_flags: u8,
}

/// The bytes are not a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a ledger header has 118 bytes, not {0}")]
pub struct HeaderError(pub usize);

impl LedgerHeader {
    /// Length of the binary form, in bytes.
    pub const LENGTH_BYTES: usize = 118;

    /// Reads the binary form, as `ledger_data` of a server's reply has it.
    pub fn parse(bytes: &[u8]) -> Result<Self, HeaderError> {
        let bytes: &[u8; Self::LENGTH_BYTES] =
            bytes.try_into().map_err(|_| HeaderError(bytes.len()))?;
        let (index, bytes) = bytes.split_first_chunk().expect("118 bytes hold the index");
        let (total_coins, bytes) = bytes.split_first_chunk().expect("118 bytes hold the coins");
        let (parent_hash, bytes) =
            bytes.split_first_chunk().expect("118 bytes hold the parent hash");
        let (transaction_hash, bytes) =
            bytes.split_first_chunk().expect("118 bytes hold the transaction hash");
        let (account_hash, bytes) =
            bytes.split_first_chunk().expect("118 bytes hold the account hash");
        let (parent_close_time, bytes) =
            bytes.split_first_chunk().expect("118 bytes hold the parent close time");
        let (close_time, bytes) = bytes.split_first_chunk().expect("118 bytes hold the close time");
        Ok(Self {
            index: u32::from_be_bytes(*index),
            total_coins: u64::from_be_bytes(*total_coins),
            parent_hash: Hash256(*parent_hash),
            transaction_hash: Hash256(*transaction_hash),
            account_hash: Hash256(*account_hash),
            parent_close_time: u32::from_be_bytes(*parent_close_time),
            close_time: u32::from_be_bytes(*close_time),
            close_time_resolution: bytes[0],
            close_flags: bytes[1],
        })
    }

    /// The binary form.
    pub fn to_bytes(&self) -> [u8; Self::LENGTH_BYTES] {
        let mut bytes = [0; Self::LENGTH_BYTES];
        bytes[..4].copy_from_slice(&self.index.to_be_bytes());
        bytes[4..12].copy_from_slice(&self.total_coins.to_be_bytes());
        bytes[12..44].copy_from_slice(&self.parent_hash.0);
        bytes[44..76].copy_from_slice(&self.transaction_hash.0);
        bytes[76..108].copy_from_slice(&self.account_hash.0);
        bytes[108..112].copy_from_slice(&self.parent_close_time.to_be_bytes());
        bytes[112..116].copy_from_slice(&self.close_time.to_be_bytes());
        bytes[116] = self.close_time_resolution;
        bytes[117] = self.close_flags;
        bytes
    }

    /// The hash of the ledger.
    pub fn hash(&self) -> Hash256 {
        sha512_half(&[b"LWR\0", &self.to_bytes()])
    }
}
