//! Record keys as readable text.

use std::io::Write as _;

const DIGITS: &[u8; 16] = b"0123456789ABCDEF";

/// A ledger's index in decimal digits.
pub(crate) fn index(ledger_index: u32, key: &mut Vec<u8>) {
    write!(key, "{ledger_index}").expect("writing into memory succeeds");
}

/// A hash as 64 upper-case hexadecimal digits.
pub(crate) fn hash(hash: &[u8; 32], key: &mut Vec<u8>) {
    key.extend(
        hash.iter()
            .flat_map(|byte| [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]),
    );
}
