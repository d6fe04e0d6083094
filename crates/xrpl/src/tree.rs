//! Roots of the ledger's hash trees (SHAMap).

use crate::Hash256;

/// The root of the tree of transactions with metadata (`transaction_hash` of a header), from `(tx_blob, meta_blob)` in
/// any order. No transactions give [`Hash256::ZERO`].
pub fn transaction_tree_root<'a>(
    transactions: impl IntoIterator<Item = (&'a [u8], &'a [u8])>,
) -> Hash256 {
    let _ = transactions.into_iter();
    unimplemented!()
}

/// The root of the tree of ledger entries (`account_hash` of a header), from `(index, data)` in any order.
pub fn state_tree_root<'a>(entries: impl IntoIterator<Item = (Hash256, &'a [u8])>) -> Hash256 {
    let _ = entries.into_iter();
    unimplemented!()
}
