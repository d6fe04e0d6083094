//! The ledgers whose skip lists hold the hashes of a range.

use std::ops::RangeInclusive;

/// A ledger whose skip list (`LedgerHashes`) holds the ledgers of `lists`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SkipListAnchor {
    /// A flag ledger, or the head.
    pub(super) index: u32,
    /// The wanted ledgers that it lists.
    pub(super) lists: RangeInclusive<u32>,
}

/// The distance of flag ledgers.
pub(super) const FLAG: u32 = 256;

/// The anchors for the ledgers `from..=to` below the ledger `head`, ascending: the next flag ledger above each, or the head
/// where that comes first.
pub(super) fn skip_list_anchors(
    from: u32,
    to: u32,
    head: u32,
) -> impl Iterator<Item = SkipListAnchor> {
    let mut from = from;
    std::iter::from_fn(move || {
        if from > to {
            return None;
        }
        let index = (from / FLAG + 1).saturating_mul(FLAG).min(head);
        let last = to.min(index.checked_sub(1)?);
        let lists = from..=last;
        from = last.checked_add(1)?;
        Some(SkipListAnchor { index, lists })
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_ledger_is_listed_once_by_an_anchor_that_can(from in 1..3000_u32, length in 0..2000_u32, above in 1..900_u32) {
            let to = from + length;
            let head = to + above;
            let mut next = from;
            for anchor in skip_list_anchors(from, to, head) {
                prop_assert_eq!(*anchor.lists.start(), next);
                prop_assert!(anchor.index > *anchor.lists.end());
                prop_assert!(anchor.index - anchor.lists.start() <= FLAG);
                prop_assert!(anchor.index == head || anchor.index.is_multiple_of(FLAG));
                next = anchor.lists.end() + 1;
            }
            prop_assert_eq!(next, to + 1);
        }
    }

    #[test]
    fn the_highest_indexes_end() {
        assert_eq!(skip_list_anchors(u32::MAX - 3, u32::MAX - 1, u32::MAX).count(), 1);
        assert_eq!(skip_list_anchors(5, 4, 9).count(), 0);
    }
}
