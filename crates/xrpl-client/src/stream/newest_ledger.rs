//! Which announcements are new.

use xrpl_codec::Hash256;

/// The newest ledger that a server announced.
#[derive(Debug, Default)]
pub(super) struct NewestLedger {
    ledger: Option<(u32, Hash256)>,
    /// Whether nothing was announced on this connection yet.
    is_reconnected: bool,
}

/// What an announcement adds to those before it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Novelty {
    /// A ledger above all others, or the first one of a network that was reset.
    New,
    /// The newest one again, or one below it.
    Old,
    /// The newest index with another hash.
    Contradiction {
        /// The hash announced first.
        first: Hash256,
    },
}

impl NewestLedger {
    /// No sound server goes back by more ledgers between two connections, unless its network was reset.
    const BACK_MAX: u32 = 256;

    /// A new connection, perhaps to a server that was reset.
    pub(super) fn reconnected(&mut self) {
        self.is_reconnected = true;
    }

    /// Judges the next announcement.
    pub(super) fn judge(&mut self, index: u32, hash: Hash256) -> Novelty {
        let is_first = std::mem::take(&mut self.is_reconnected);
        if is_first {
            self.ledger.take_if(|(newest, _)| index.saturating_add(Self::BACK_MAX) < *newest);
        }
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
        let mut newest = NewestLedger::default();
        assert_eq!(newest.judge(7, hash(7)), Novelty::New);
        assert_eq!(newest.judge(7, hash(7)), Novelty::Old);
        assert_eq!(newest.judge(7, hash(8)), Novelty::Contradiction { first: hash(7) });
        assert_eq!(newest.judge(6, hash(1)), Novelty::Old);
        assert_eq!(newest.judge(9, hash(9)), Novelty::New);
    }

    #[test]
    fn a_server_that_is_far_behind_after_a_reconnect_was_reset() {
        let mut newest = NewestLedger::default();
        assert_eq!(newest.judge(9_000, hash(1)), Novelty::New);
        assert_eq!(newest.judge(3, hash(3)), Novelty::Old, "on one connection it is late");
        newest.reconnected();
        assert_eq!(newest.judge(8_900, hash(2)), Novelty::Old, "it lags");
        newest.reconnected();
        assert_eq!(newest.judge(3, hash(3)), Novelty::New);
        assert_eq!(newest.judge(4, hash(4)), Novelty::New);
    }

    proptest! {
        /// Whatever is repeated or comes late, what passes is the running maximum, each once.
        #[test]
        fn what_is_new_ascends_and_ends_at_the_highest(indexes in prop::collection::vec(0..40_u32, 0..120)) {
            let mut newest = NewestLedger::default();
            let passed: Vec<u32> =
                indexes.iter().copied().filter(|&index| newest.judge(index, hash(index)) == Novelty::New).collect();
            prop_assert!(passed.is_sorted_by(|before, after| before < after));
            prop_assert_eq!(passed.first(), indexes.first());
            prop_assert_eq!(passed.last(), indexes.iter().max());
        }
    }
}
