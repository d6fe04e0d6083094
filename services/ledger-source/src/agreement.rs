//! Which of the announced ledgers enough servers agree about.

use std::collections::{BTreeMap, BTreeSet};
use std::time::SystemTime;

use xrpl::Hash256;
use xrpl::servers::{EndpointId, LedgerId};

/// Announcements of so many ledgers are remembered; older ones no longer matter.
const LEDGERS_MAX: usize = 1_024;

/// How many servers have to announce the same hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Quorum {
    /// More than half of those that are up.
    Majority,
    /// So many.
    Servers(usize),
}

/// What servers have announced.
#[derive(Debug)]
pub(crate) struct Agreement {
    quorum: Quorum,
    up: BTreeSet<EndpointId>,
    announced: BTreeMap<u32, Announced>,
    agreed: Option<LedgerId>,
}

#[derive(Debug)]
struct Announced {
    /// Who announced which hash.
    hashes: BTreeMap<Hash256, BTreeSet<EndpointId>>,
    /// When the first of them came.
    first: SystemTime,
}

impl Agreement {
    pub(crate) const fn new(quorum: Quorum) -> Self {
        Self { quorum, up: BTreeSet::new(), announced: BTreeMap::new(), agreed: None }
    }

    pub(crate) fn connected(&mut self, endpoint: EndpointId) {
        self.up.insert(endpoint);
    }

    pub(crate) fn lost(&mut self, endpoint: EndpointId) {
        self.up.remove(&endpoint);
    }

    /// Takes an announcement up. Says what it contradicts, if another hash was announced for the same ledger.
    pub(crate) fn announced(
        &mut self,
        endpoint: EndpointId,
        ledger: LedgerId,
        at: SystemTime,
    ) -> Option<Hash256> {
        let announced = self
            .announced
            .entry(ledger.index)
            .or_insert_with(|| Announced { hashes: BTreeMap::new(), first: at });
        announced.hashes.entry(ledger.hash).or_default().insert(endpoint);
        let other = announced.hashes.keys().find(|hash| **hash != ledger.hash).copied();
        while self.announced.len() > LEDGERS_MAX {
            self.announced.pop_first();
        }
        other
    }

    /// The newest ledger that enough servers agree about, if it is newer than the one that was agreed about before.
    pub(crate) fn newest(&mut self) -> Option<LedgerId> {
        let needed = match self.quorum {
            Quorum::Majority => self.up.len() / 2 + 1,
            Quorum::Servers(n) => n,
        };
        let after = self.agreed.map_or(0, |agreed| agreed.index + 1);
        let newest = self.announced.range(after..).rev().find_map(|(index, announced)| {
            let agreed = announced.hashes.iter().find(|(_, servers)| servers.len() >= needed);
            agreed.map(|(hash, _)| LedgerId { index: *index, hash: *hash })
        })?;
        self.agreed = Some(newest);
        self.agreed
    }

    /// When the ledger was first announced, in milliseconds since the epoch; `None` for history.
    pub(crate) fn announced_ms(&self, index: u32) -> Option<u64> {
        let first = self.announced.get(&index)?.first;
        u64::try_from(first.duration_since(SystemTime::UNIX_EPOCH).ok()?.as_millis()).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ledger(index: u32, hash: u8) -> LedgerId {
        LedgerId { index, hash: Hash256([hash; 32]) }
    }

    fn agreement(quorum: Quorum, servers: usize) -> Agreement {
        let mut agreement = Agreement::new(quorum);
        (0..servers).for_each(|server| agreement.connected(EndpointId(server)));
        agreement
    }

    fn announce(agreement: &mut Agreement, server: usize, ledger: LedgerId) -> Option<LedgerId> {
        agreement.announced(EndpointId(server), ledger, SystemTime::now());
        agreement.newest()
    }

    #[test]
    fn one_server_agrees_with_itself() {
        let mut agreement = agreement(Quorum::Majority, 1);
        assert_eq!(announce(&mut agreement, 0, ledger(5, 1)), Some(ledger(5, 1)));
        assert_eq!(announce(&mut agreement, 0, ledger(5, 1)), None, "a repeat is no news");
        assert_eq!(announce(&mut agreement, 0, ledger(4, 1)), None, "what is late is no news");
    }

    #[test]
    fn a_majority_is_more_than_half_of_those_that_are_up() {
        let mut agreement = agreement(Quorum::Majority, 3);
        assert_eq!(announce(&mut agreement, 0, ledger(5, 1)), None);
        assert_eq!(announce(&mut agreement, 0, ledger(5, 1)), None, "one server counts once");
        assert_eq!(announce(&mut agreement, 1, ledger(5, 1)), Some(ledger(5, 1)));
        agreement.lost(EndpointId(1));
        agreement.lost(EndpointId(2));
        assert_eq!(announce(&mut agreement, 0, ledger(6, 1)), Some(ledger(6, 1)));
    }

    #[test]
    fn one_liar_among_three_changes_nothing() {
        let mut agreement = agreement(Quorum::Majority, 3);
        assert_eq!(announce(&mut agreement, 2, ledger(5, 9)), None);
        assert_eq!(announce(&mut agreement, 0, ledger(5, 1)), None);
        assert_eq!(
            agreement.announced(EndpointId(1), ledger(5, 1), SystemTime::now()),
            Some(Hash256([9; 32])),
            "the disagreement is seen"
        );
        assert_eq!(agreement.newest(), Some(ledger(5, 1)));
    }

    #[test]
    fn so_many_as_asked_for_have_to_agree() {
        let mut agreement = agreement(Quorum::Servers(3), 1);
        for server in 0..2 {
            assert_eq!(announce(&mut agreement, server, ledger(5, 1)), None);
        }
        assert_eq!(announce(&mut agreement, 2, ledger(5, 1)), Some(ledger(5, 1)));
    }

    #[test]
    fn the_first_announcement_gives_the_time() {
        let mut agreement = agreement(Quorum::Majority, 2);
        let at = SystemTime::UNIX_EPOCH + std::time::Duration::from_millis(1_234);
        agreement.announced(EndpointId(0), ledger(5, 1), at);
        agreement.announced(EndpointId(1), ledger(5, 1), SystemTime::now());
        assert_eq!((agreement.announced_ms(5), agreement.announced_ms(4)), (Some(1_234), None));
    }
}
