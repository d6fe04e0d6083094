//! The `LedgerHashes` entries of any ledger, made from the hashes before it.

use xrpl_codec::{FieldCode, Hash256, flag_ledgers_key, recent_ledgers_key};

use crate::entry::{FLAGS, LEDGER_ENTRY_TYPE};
use crate::field_bytes::push_field;

/// The type of the entry.
const LEDGER_HASHES: u16 = 104;
const LAST_LEDGER_SEQUENCE: FieldCode = FieldCode { type_code: 2, nth: 27 };
const HASHES: FieldCode = FieldCode { type_code: 19, nth: 2 };
/// Ledgers that the entry of recent ledgers names.
const RECENT_LEDGERS_MAX: u32 = 256;
/// Distance between two flag ledgers.
const FLAG_LEDGERS: u32 = 256;
/// Ledgers that share one entry of flag ledgers.
const LEDGERS_PER_ENTRY: u32 = 65_536;

/// The entry of a key that is one of `LedgerHashes`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// The entry in binary.
    Entry(Vec<u8>),
    /// No flag ledger has closed yet that the entry would name.
    NotYet,
}

/// The entry of `key` in the state of ledger `at`; `None` if the key is not one of `LedgerHashes` at that time.
/// `hash_of` knows every ledger before `at`.
pub(crate) fn ledger_hashes(
    at: u32,
    key: Hash256,
    hash_of: impl Fn(u32) -> Option<Hash256>,
) -> Option<Found> {
    let (named, step) = if key == recent_ledgers_key() {
        (at.saturating_sub(RECENT_LEDGERS_MAX).max(1)..at, 1)
    } else {
        let begins = (0..=at / LEDGERS_PER_ENTRY).map(|group| group * LEDGERS_PER_ENTRY);
        let begin = begins.rev().find(|begin| flag_ledgers_key(*begin) == key)?;
        (begin.max(FLAG_LEDGERS)..at.min(begin.saturating_add(LEDGERS_PER_ENTRY)), FLAG_LEDGERS)
    };
    let named: Vec<u32> = named.step_by(step as usize).collect();
    let hashes = named.iter().map(|index| hash_of(*index)).collect::<Option<Vec<_>>>()?;
    Some(named.last().map_or(Found::NotYet, |last| Found::Entry(entry(*last, &hashes))))
}

/// A `LedgerHashes` entry in binary.
fn entry(last: u32, hashes: &[Hash256]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(hashes.len() * 32 + 24);
    push_field(&mut bytes, LEDGER_ENTRY_TYPE, &LEDGER_HASHES.to_be_bytes());
    push_field(&mut bytes, FLAGS, &[0; 4]);
    push_field(&mut bytes, LAST_LEDGER_SEQUENCE, &last.to_be_bytes());
    push_field(&mut bytes, HASHES, &hashes.iter().flat_map(|hash| hash.0).collect::<Vec<u8>>());
    bytes
}

#[cfg(test)]
mod tests {
    use xrpl_codec::LedgerHashes;

    use super::*;

    fn hash_of(index: u32) -> Option<Hash256> {
        let mut hash = [0; 32];
        hash[..4].copy_from_slice(&index.to_be_bytes());
        Some(Hash256(hash))
    }

    fn entry_of(at: u32, key: Hash256) -> LedgerHashes {
        match ledger_hashes(at, key, hash_of) {
            Some(Found::Entry(data)) => LedgerHashes::parse(&data).unwrap(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn recent_ledgers_are_the_256_before() {
        for (at, first) in [(2, 1), (257, 1), (258, 2), (70_000, 69_744)] {
            let entry = entry_of(at, recent_ledgers_key());
            assert_eq!((entry.last, entry.hashes.len()), (at - 1, (at - first) as usize));
            assert_eq!(entry.recent(first), hash_of(first));
            assert_eq!(entry.recent(at - 1), hash_of(at - 1));
        }
    }

    #[test]
    fn flag_ledgers_are_those_before_in_the_same_65536() {
        assert_eq!(ledger_hashes(256, flag_ledgers_key(0), hash_of), Some(Found::NotYet));
        let entry = entry_of(70_000, flag_ledgers_key(0));
        assert_eq!((entry.last, entry.hashes.len()), (65_280, 255));
        assert_eq!(entry.flag(256), hash_of(256));
        let entry = entry_of(70_000, flag_ledgers_key(70_000));
        assert_eq!((entry.last, entry.hashes.len()), (69_888, 18));
        assert_eq!(entry.flag(65_536), hash_of(65_536));
        assert_eq!(ledger_hashes(65_536, flag_ledgers_key(65_536), hash_of), Some(Found::NotYet));
        assert_eq!(ledger_hashes(65_535, flag_ledgers_key(65_536), hash_of), None);
    }

    #[test]
    fn another_key_is_none_of_them() {
        assert_eq!(ledger_hashes(1_000, Hash256([1; 32]), hash_of), None);
    }
}
