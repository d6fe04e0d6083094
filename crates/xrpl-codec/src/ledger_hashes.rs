//! `LedgerHashes`, the ledger entries that hold the hashes of earlier ledgers.

use crate::{FieldCode, Fields, Hash256, Malformed, sha512_half};

/// Space of the keys of these entries.
const SKIP_LIST_SPACE: [u8; 2] = [0, b's'];

/// The key of the entry with the hashes of the 256 ledgers before the one that holds it.
pub fn recent_ledgers_key() -> Hash256 {
    sha512_half(&[&SKIP_LIST_SPACE])
}

/// The key of the entry with the hashes of the flag ledgers (index divisible by 256) of the same 65,536 as `index`.
pub fn flag_ledgers_key(index: u32) -> Hash256 {
    sha512_half(&[&SKIP_LIST_SPACE, &(index >> 16).to_be_bytes()])
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
    pub fn parse(data: &[u8]) -> Result<Self, Malformed> {
        let [mut first, mut last, mut hashes] = [None; 3];
        for field in Fields::new(data) {
            let field = field?;
            match field.code {
                FieldCode::FIRST_LEDGER_SEQUENCE => first = Some(field),
                FieldCode::LAST_LEDGER_SEQUENCE => last = Some(field),
                FieldCode::HASHES => hashes = Some(field),
                _ => {}
            }
        }
        let last =
            last.and_then(|field| field.u32()).ok_or(Malformed::Missing("LastLedgerSequence"))?;
        let (hashes, rest) = hashes.ok_or(Malformed::Missing("Hashes"))?.bytes.as_chunks();
        if !rest.is_empty() {
            return Err(Malformed::Missing("part of Hashes"));
        }
        let first = first.and_then(|field| field.u32());
        Ok(Self { first, last, hashes: hashes.iter().copied().map(Hash256).collect() })
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
        if !back.is_multiple_of(step) {
            return None;
        }
        let from_end = usize::try_from(back / step).ok()?;
        self.hashes.len().checked_sub(from_end + 1).map(|at| self.hashes[at])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_of_recent_ledgers_is_as_published() {
        let key = "B4979A36CDC7F3D3D5C31A4EAE2AC7D7209DDA877588B9AFC66799692AB0D66B";
        assert_eq!(recent_ledgers_key().to_string(), key);
    }

    #[test]
    fn hashes_are_found_from_the_last_one_back() {
        let hashes = LedgerHashes {
            first: None,
            last: 1024,
            hashes: [1, 2, 3].map(|n| Hash256([n; 32])).to_vec(),
        };
        assert_eq!(hashes.recent(1024), Some(Hash256([3; 32])));
        assert_eq!(hashes.recent(1022), Some(Hash256([1; 32])));
        assert_eq!((hashes.recent(1021), hashes.recent(1025)), (None, None));
        assert_eq!(hashes.flag(512), Some(Hash256([1; 32])));
        assert_eq!((hashes.flag(513), hashes.flag(256)), (None, None));
    }
}
