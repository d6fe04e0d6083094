//! SHA-512 cut to its first half, the hash of the XRP Ledger.

use ring::digest::{Context, SHA512};

use crate::Hash256;

/// The prefix of a signed transaction.
pub(crate) const TRANSACTION_PREFIX: &[u8] = b"TXN\0";
/// The first 256 bits of SHA-512 over the parts, one after the other.
pub fn sha512_half(parts: &[&[u8]]) -> Hash256 {
    let mut context = Context::new(&SHA512);
    for part in parts {
        context.update(part);
    }
    let digest = context.finish();
    Hash256(*digest.as_ref().first_chunk().expect("SHA-512 has more than 32 bytes"))
}

/// The hash that names a signed transaction.
pub fn transaction_id(tx_blob: &[u8]) -> Hash256 {
    sha512_half(&[TRANSACTION_PREFIX, tx_blob])
}

/// Longest blob that the protocol's length prefix can state.
pub(crate) const BLOB_BYTES_MAX: usize = 918_744;

/// The length prefix of a blob, and how many of its bytes count. A blob too long for any prefix gets the one of the
/// longest: no ledger has such a blob, so no root is rebuilt from it.
pub(crate) fn length_prefix(length: usize) -> ([u8; 3], usize) {
    let byte = |number: usize| (number & 0xFF) as u8;
    match length {
        0..=192 => ([byte(length), 0, 0], 1),
        193..=12_480 => {
            let length = length - 193;
            ([byte(193 + (length >> 8)), byte(length), 0], 2)
        }
        _ => {
            let length = length.min(BLOB_BYTES_MAX) - 12_481;
            ([byte(241 + (length >> 16)), byte(length >> 8), byte(length)], 3)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::serial_reader::SerialReader;

    #[test]
    fn length_prefixes_are_read_back() {
        for length in
            [0, 1, 192, 193, 194, 448, 449, 12_480, 12_481, 78_016, 78_017, BLOB_BYTES_MAX]
        {
            let (prefix, count) = length_prefix(length);
            let bytes = [&prefix[..count], &vec![7; length]].concat();
            let mut reader = SerialReader::new(&bytes);
            assert_eq!(reader.length_prefixed().map(<[u8]>::len), Ok(length));
            assert!(reader.is_at_end());
        }
    }
}
