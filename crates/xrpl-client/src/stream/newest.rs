//! Which announcements are new.

use xrpl_codec::Hash256;

/// The newest ledger that a server announced.
#[derive(Debug, Default)]
pub(super) struct Newest {
    ledger: Option<(u32, Hash256)>,
}

/// What an announcement adds to those before it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Novelty {
    /// A ledger above all others.
    New,
    /// The newest one again, or one below it.
    Old,
    /// The newest index with another hash.
    Contradiction {
        /// The hash announced first.
        first: Hash256,
    },
}

impl Newest {
    /// Judges the next announcement.
    pub(super) fn judge(&mut self, index: u32, hash: Hash256) -> Novelty {
        match self.ledger {
            Some((newest, first)) if newest == index && first != hash => {
                Novelty::Contradiction { first }
            }
            Some((newest, _)) if newest >= index => Novelty::Old,
            _ => {
                self.ledger = Some((index, hash));
                Novelty::New
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn hash(index: u32) -> Hash256 {
        Hash256([index as u8; 32])
    }

    #[test]
    fn another_hash_of_the_newest_ledger_is_a_contradiction() {
        let mut newest = Newest::default();
        assert_eq!(newest.judge(7, hash(7)), Novelty::New);
        assert_eq!(newest.judge(7, hash(7)), Novelty::Old);
        assert_eq!(newest.judge(7, hash(8)), Novelty::Contradiction { first: hash(7) });
        assert_eq!(newest.judge(6, hash(1)), Novelty::Old);
        assert_eq!(newest.judge(9, hash(9)), Novelty::New);
    }

    proptest! {
        /// Whatever is repeated or comes late, what passes is the running maximum, each once.
        #[test]
        fn what_is_new_ascends_and_ends_at_the_highest(indexes in prop::collection::vec(0..40_u32, 0..120)) {
            let mut newest = Newest::default();
            let passed: Vec<u32> =
                indexes.iter().copied().filter(|&index| newest.judge(index, hash(index)) == Novelty::New).collect();
            prop_assert!(passed.is_sorted_by(|before, after| before < after));
            prop_assert_eq!(passed.first(), indexes.first());
            prop_assert_eq!(passed.last(), indexes.iter().max());
        }
    }
}
