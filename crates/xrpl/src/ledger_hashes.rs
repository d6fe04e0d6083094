//! `LedgerHashes`, the ledger entries that hold the hashes of earlier ledgers.

use crate::{Hash256, Malformed};

/// The key of the entry with the hashes of the 256 ledgers before the one that holds it.
pub fn recent_ledgers_key() -> Hash256 {
    unimplemented!()
}

/// The key of the entry with the hashes of the flag ledgers (index divisible by 256) of the same 65,536 as `index`.
pub fn flag_ledgers_key(_index: u32) -> Hash256 {
    unimplemented!()
}

/// A `LedgerHashes` entry, parsed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerHashes {
    /// `FirstLedgerSequence`, which most entries lack.
    pub first: Option<u32>,
    /// `LastLedgerSequence`: the ledger of the last hash.
    pub last: u32,
    /// The hashes, oldest first.
    pub hashes: Vec<Hash256>,
}

impl LedgerHashes {
    /// Reads the entry's binary form.
    pub fn parse(_data: &[u8]) -> Result<Self, Malformed> {
        unimplemented!()
    }

    /// The hash of a ledger, from the entry at [`recent_ledgers_key`].
    pub fn recent(&self, index: u32) -> Option<Hash256> {
        self.spaced(index, 1)
    }

    /// The hash of a flag ledger, from an entry at [`flag_ledgers_key`].
    pub fn flag(&self, index: u32) -> Option<Hash256> {
        self.spaced(index, 256)
    }

    fn spaced(&self, index: u32, step: u32) -> Option<Hash256> {
        let back = self.last.checked_sub(index)?;
        if back % step != 0 {
            return None;
        }
        let from_end = usize::try_from(back / step).ok()?;
        self.hashes.len().checked_sub(from_end + 1).map(|at| self.hashes[at])
    }
}
