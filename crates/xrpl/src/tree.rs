//! Roots of the ledger's hash trees (SHAMap).

use crate::sha512_half::{state_leaf, transaction_leaf};
use crate::{Hash256, sha512_half, transaction_id};

/// What stands before the 16 hashes of an inner node.
const INNER_PREFIX: [u8; 4] = *b"MIN\0";
/// Length of an inner node with its prefix.
const INNER_BYTES: usize = 4 + 16 * 32;

/// A leaf: where it hangs, and its hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Leaf {
    pub(crate) key: Hash256,
    pub(crate) hash: Hash256,
}

impl Leaf {
    /// A transaction with metadata.
    pub(crate) fn transaction(tx_blob: &[u8], meta_blob: &[u8]) -> Self {
        let key = transaction_id(tx_blob);
        Self { key, hash: transaction_leaf(tx_blob, meta_blob, key) }
    }
}

/// The root of the tree of transactions with metadata (`transaction_hash` of a header), from `(tx_blob, meta_blob)` in
/// any order. No transactions give [`Hash256::ZERO`].
pub fn transaction_tree_root<'a>(
    transactions: impl IntoIterator<Item = (&'a [u8], &'a [u8])>,
) -> Hash256 {
    let leaves =
        transactions.into_iter().map(|(tx_blob, meta_blob)| Leaf::transaction(tx_blob, meta_blob));
    let mut leaves: Vec<Leaf> = leaves.collect();
    leaves.sort_unstable();
    root(&leaves)
}

/// The root of the tree of ledger entries (`account_hash` of a header), from `(index, data)` in any order.
pub fn state_tree_root<'a>(entries: impl IntoIterator<Item = (Hash256, &'a [u8])>) -> Hash256 {
    let leaves =
        entries.into_iter().map(|(index, data)| Leaf { key: index, hash: state_leaf(index, data) });
    let mut leaves: Vec<Leaf> = leaves.collect();
    leaves.sort_unstable();
    root(&leaves)
}

/// The root over sorted leaves; of leaves with the same key the last counts.
pub(crate) fn root(leaves: &[Leaf]) -> Hash256 {
    if leaves.is_empty() { Hash256::ZERO } else { inner(leaves, 0) }
}

/// The hash of the inner node at this depth over leaves whose keys agree up to there.
fn inner(leaves: &[Leaf], depth: usize) -> Hash256 {
    let mut node = [0; INNER_BYTES];
    node[..INNER_PREFIX.len()].copy_from_slice(&INNER_PREFIX);
    let mut rest = leaves;
    while let (Some(first), Some(last)) = (rest.first(), rest.last()) {
        let branch = nibble(&first.key, depth);
        let count = if nibble(&last.key, depth) == branch {
            rest.len()
        } else {
            rest.iter().take_while(|leaf| nibble(&leaf.key, depth) == branch).count()
        };
        let (children, others) = rest.split_at(count);
        let hash = match children {
            [.., last] if first.key == last.key => last.hash,
            children => inner(children, depth + 1),
        };
        let at = INNER_PREFIX.len() + 32 * branch;
        node[at..at + 32].copy_from_slice(&hash.0);
        rest = others;
    }
    sha512_half(&[&node])
}

fn nibble(key: &Hash256, depth: usize) -> usize {
    let byte = key.0[depth / 2];
    usize::from(if depth.is_multiple_of(2) { byte >> 4 } else { byte & 0x0F })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_tree_has_the_zero_root() {
        assert_eq!(transaction_tree_root([]), Hash256::ZERO);
        assert_eq!(state_tree_root([]), Hash256::ZERO);
    }

    #[test]
    fn order_does_not_matter_and_content_does() {
        let entries: Vec<(Hash256, &[u8])> = (0..200_u8)
            .map(|n| (sha512_half(&[&[n]]), if n < 100 { &b"a"[..] } else { &b"b"[..] }))
            .collect();
        let root = state_tree_root(entries.iter().copied());
        assert_eq!(state_tree_root(entries.iter().rev().copied()), root);
        assert_ne!(state_tree_root(entries.iter().skip(1).copied()), root);
    }

    #[test]
    fn keys_that_differ_in_the_last_digit_alone_make_the_deepest_tree() {
        let mut other = Hash256::ZERO;
        other.0[31] = 1;
        let leaves = [
            Leaf { key: Hash256::ZERO, hash: Hash256([1; 32]) },
            Leaf { key: other, hash: Hash256([2; 32]) },
        ];
        let mut expected = [0; INNER_BYTES];
        expected[..4].copy_from_slice(&INNER_PREFIX);
        expected[4..36].fill(1);
        expected[36..68].fill(2);
        let mut hash = sha512_half(&[&expected]);
        for _ in 0..63 {
            expected[4..].fill(0);
            expected[4..36].copy_from_slice(&hash.0);
            hash = sha512_half(&[&expected]);
        }
        assert_eq!(root(&leaves), hash);
    }

    #[test]
    fn the_same_key_twice_counts_once() {
        let entry = (Hash256([5; 32]), &b"data"[..]);
        assert_eq!(state_tree_root([entry, entry]), state_tree_root([entry]));
    }
}
