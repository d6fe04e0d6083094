//! Which ledgers name the ledgers of a range.

use std::ops::RangeInclusive;

/// A ledger whose `LedgerHashes` names the ledgers of `names`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Station {
    /// A flag ledger, or the anchor.
    pub(super) index: u32,
    /// The wanted ledgers that it names.
    pub(super) names: RangeInclusive<u32>,
}

/// The distance of flag ledgers.
pub(super) const FLAG: u32 = 256;

/// The stations for the ledgers `from..=to` below the ledger `anchor`, ascending: the next flag ledger above each, or the
/// anchor where that comes first.
pub(super) fn stations(from: u32, to: u32, anchor: u32) -> impl Iterator<Item = Station> {
    let mut from = from;
    std::iter::from_fn(move || {
        if from > to {
            return None;
        }
        let index = (from / FLAG + 1).saturating_mul(FLAG).min(anchor);
        let last = to.min(index.checked_sub(1)?);
        let names = from..=last;
        from = last.checked_add(1)?;
        Some(Station { index, names })
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_ledger_is_named_once_by_a_station_that_can(from in 1..3000_u32, length in 0..2000_u32, above in 1..900_u32) {
            let to = from + length;
            let anchor = to + above;
            let mut next = from;
            for station in stations(from, to, anchor) {
                prop_assert_eq!(*station.names.start(), next);
                prop_assert!(station.index > *station.names.end());
                prop_assert!(station.index - station.names.start() <= FLAG);
                prop_assert!(station.index == anchor || station.index.is_multiple_of(FLAG));
                next = station.names.end() + 1;
            }
            prop_assert_eq!(next, to + 1);
        }
    }

    #[test]
    fn the_highest_indexes_end() {
        assert_eq!(stations(u32::MAX - 3, u32::MAX - 1, u32::MAX).count(), 1);
        assert_eq!(stations(5, 4, 9).count(), 0);
    }
}
