//! SHA-512 cut to its first half, the hash of the XRP Ledger.

use ring::digest::{Context, SHA512};

use crate::Hash256;

/// The first 256 bits of SHA-512 over the parts, one after the other.
pub fn sha512_half(parts: &[&[u8]]) -> Hash256 {
    let mut context = Context::new(&SHA512);
    for part in parts {
        context.update(part);
    }
    let digest = context.finish();
    Hash256::from_slice(&digest.as_ref()[..32]).expect("half of SHA-512 has 32 bytes")
}

/// The hash that names a signed transaction.
pub fn transaction_id(tx_blob: &[u8]) -> Hash256 {
    sha512_half(&[b"TXN\0", tx_blob])
}
