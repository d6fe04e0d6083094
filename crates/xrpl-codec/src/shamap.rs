//! Roots of the ledger's hash trees (SHAMap).

use crate::Hash256;
use crate::hash_batch::HashBatch;
use crate::sha512_half::{TRANSACTION_PREFIX, length_prefix};

/// The prefix of a leaf that is a transaction with metadata.
const TRANSACTION_LEAF_PREFIX: &[u8] = b"SND\0";
/// The prefix of a leaf that is a ledger entry.
const STATE_LEAF_PREFIX: &[u8] = b"MLN\0";
/// The prefix of an inner node, before its 16 hashes.
const INNER_PREFIX: &[u8] = b"MIN\0";

/// A leaf: where it hangs, and its hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Leaf {
    pub(crate) key: Hash256,
    pub(crate) hash: Hash256,
}

/// The root of the tree of transactions with metadata (`transaction_hash` of a header), from `(tx_blob, meta_blob)` in
/// any order. No transactions give [`Hash256::ZERO`].
pub fn transaction_tree_root<'a>(
    transactions: impl IntoIterator<Item = (&'a [u8], &'a [u8])>,
) -> Hash256 {
    let transactions: Vec<(&[u8], &[u8])> = transactions.into_iter().collect();
    root(transaction_leaves(&transactions))
}

/// The root of the tree of ledger entries (`account_hash` of a header), from `(index, data)` in any order.
pub fn state_tree_root<'a>(entries: impl IntoIterator<Item = (Hash256, &'a [u8])>) -> Hash256 {
    let mut batch = HashBatch::default();
    let mut keys = Vec::new();
    for (index, data) in entries {
        keys.push(index);
        batch.push(&[STATE_LEAF_PREFIX, data, &index.0]);
    }
    root(leaves(keys, batch))
}

/// Transactions with metadata as leaves, each with the transaction's id as its key.
pub(crate) fn transaction_leaves<B: AsRef<[u8]>>(transactions: &[(B, B)]) -> Vec<Leaf> {
    let mut batch = HashBatch::default();
    for (tx_blob, _) in transactions {
        batch.push(&[TRANSACTION_PREFIX, tx_blob.as_ref()]);
    }
    let ids = batch.finish();
    let mut batch = HashBatch::default();
    for ((tx_blob, meta_blob), id) in transactions.iter().zip(&ids) {
        let (tx_blob, meta_blob) = (tx_blob.as_ref(), meta_blob.as_ref());
        let (tx_prefix, tx_length) = length_prefix(tx_blob.len());
        let (meta_prefix, meta_length) = length_prefix(meta_blob.len());
        let (tx_prefix, meta_prefix) = (&tx_prefix[..tx_length], &meta_prefix[..meta_length]);
        batch.push(&[TRANSACTION_LEAF_PREFIX, tx_prefix, tx_blob, meta_prefix, meta_blob, &id.0]);
    }
    leaves(ids, batch)
}

fn leaves(keys: Vec<Hash256>, batch: HashBatch) -> Vec<Leaf> {
    keys.into_iter().zip(batch.finish()).map(|(key, hash)| Leaf { key, hash }).collect()
}

/// The root over leaves in any order; of leaves with the same key one counts.
pub(crate) fn root(mut leaves: Vec<Leaf>) -> Hash256 {
    leaves.sort_unstable();
    leaves.dedup_by_key(|leaf| leaf.key);
    // Inner nodes by depth, each as the leaves below it.
    let mut levels: Vec<Vec<&[Leaf]>> = vec![vec![&leaves]];
    while let Some(level) = levels.last().filter(|level| !level.is_empty()) {
        let depth = levels.len() - 1;
        let children = level.iter().flat_map(|node| branches(node, depth));
        let below = children.filter(|child| child.len() > 1).collect();
        levels.push(below);
    }
    // From the deepest up, each level at once, since its nodes don't depend on each other.
    let mut below = Vec::new();
    for (depth, level) in levels.iter().enumerate().rev() {
        let mut hashes = below.into_iter();
        let mut batch = HashBatch::default();
        for node in level {
            let mut children = [[0; 32]; 16];
            for child in branches(node, depth) {
                let hash = if let [leaf] = child { Some(leaf.hash) } else { hashes.next() };
                children[nibble(&child[0].key, depth)] =
                    hash.expect("the level below has a hash of each inner node").0;
            }
            batch.push(&[INNER_PREFIX, children.as_flattened()]);
        }
        below = batch.finish();
    }
    if leaves.is_empty() { Hash256::ZERO } else { below[0] }
}

/// The leaves of a node at this depth, branch by branch.
fn branches(node: &[Leaf], depth: usize) -> impl Iterator<Item = &[Leaf]> {
    node.chunk_by(move |a, b| nibble(&a.key, depth) == nibble(&b.key, depth))
}

fn nibble(key: &Hash256, depth: usize) -> usize {
    let byte = key.0[depth / 2];
    usize::from(if depth.is_multiple_of(2) { byte >> 4 } else { byte & 0x0F })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sha512_half;

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
        let mut expected = [0; 516];
        expected[..4].copy_from_slice(INNER_PREFIX);
        expected[4..36].fill(1);
        expected[36..68].fill(2);
        let mut hash = sha512_half(&[&expected]);
        for _ in 0..63 {
            expected[4..].fill(0);
            expected[4..36].copy_from_slice(&hash.0);
            hash = sha512_half(&[&expected]);
        }
        assert_eq!(root(leaves.to_vec()), hash);
    }

    #[test]
    fn the_same_key_twice_counts_once() {
        let entry = (Hash256([5; 32]), &b"data"[..]);
        assert_eq!(state_tree_root([entry, entry]), state_tree_root([entry]));
    }
}
