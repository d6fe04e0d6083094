//! Which of the announced ledgers enough servers agree about.

use std::collections::{BTreeMap, BTreeSet};
use std::time::SystemTime;

use xrpl_client::{Announcement, EndpointId, LedgerId};
use xrpl_codec::Hash256;

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
    /// Those that are followed, and those that may be soon.
    up: BTreeSet<EndpointId>,
    connected: BTreeSet<EndpointId>,
    announced: BTreeMap<u32, Announced>,
    agreed: Option<LedgerId>,
}

#[derive(Debug)]
struct Announced {
    /// Who announced which hash.
    hashes: BTreeMap<Hash256, Announcers>,
    /// When the first of them came.
    first: SystemTime,
    /// The hash that enough agree about.
    agreed: Option<Hash256>,
}

#[derive(Debug, Default)]
struct Announcers {
    servers: BTreeSet<EndpointId>,
    /// How many transactions it has, by the first of them who said.
    transaction_count: Option<u32>,
}

/// What an announcement contradicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Disagreement {
    /// Another hash was announced for the same ledger.
    Hash(Hash256),
    /// Another number of transactions was announced for the same hash.
    TransactionCount(u32),
}

/// A ledger that enough servers agree about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Agreed {
    pub(crate) ledger: LedgerId,
    /// How many announced it so far.
    pub(crate) servers: usize,
    /// Who announced what else, if they are fewer.
    pub(crate) outvoted: Vec<(EndpointId, Hash256)>,
}

impl Agreement {
    /// No server is taken for down before it was tried: the first one that answers is not to agree with itself.
    pub(crate) fn new(quorum: Quorum, servers: impl IntoIterator<Item = EndpointId>) -> Self {
        let up = servers.into_iter().collect();
        let (connected, announced) = (BTreeSet::new(), BTreeMap::new());
        Self { quorum, up, connected, announced, agreed: None }
    }

    pub(crate) fn connected(&mut self, endpoint: EndpointId) {
        self.up.insert(endpoint);
        self.connected.insert(endpoint);
    }

    pub(crate) fn lost(&mut self, endpoint: EndpointId) {
        self.up.remove(&endpoint);
        self.connected.remove(&endpoint);
    }

    /// Those that did not connect so far are waited for no longer.
    pub(crate) fn take_those_connected(&mut self) {
        self.up.clone_from(&self.connected);
    }

    /// Takes an announcement up. Says what it contradicts.
    pub(crate) fn announced(
        &mut self,
        endpoint: EndpointId,
        announcement: &Announcement,
    ) -> Option<Disagreement> {
        let Announcement { index, hash, transaction_count, received_at, .. } = *announcement;
        let announced = self.announced.entry(index).or_insert_with(|| Announced {
            hashes: BTreeMap::new(),
            first: received_at,
            agreed: None,
        });
        let announcers = announced.hashes.entry(hash).or_default();
        announcers.servers.insert(endpoint);
        let counts = announcers.transaction_count.zip(transaction_count);
        announcers.transaction_count = announcers.transaction_count.or(transaction_count);
        let mut others = announced.hashes.keys().filter(|other| **other != hash);
        let other = announced.agreed.filter(|agreed| *agreed != hash);
        let other = other.or_else(|| others.next().copied()).map(Disagreement::Hash);
        while self.announced.len() > LEDGERS_MAX {
            self.announced.pop_first();
        }
        let differing = counts.filter(|(first, second)| first != second);
        other.or(differing.map(|(first, _)| Disagreement::TransactionCount(first)))
    }

    /// The newest ledger that enough servers agree about, if it is newer than the one that was agreed about before.
    pub(crate) fn newest(&mut self) -> Option<Agreed> {
        let needed = self.needed();
        let after = self.agreed.map_or(0, |agreed| agreed.index.saturating_add(1));
        // Of a majority of those that are up only those count: the word of one that left is no vote.
        let (quorum, up) = (self.quorum, &self.up);
        let votes = |it: &Announcers| match quorum {
            Quorum::Majority => it.servers.intersection(up).count(),
            Quorum::Servers(_) => it.servers.len(),
        };
        let newest = self.announced.range_mut(after..).rev().find_map(|(index, announced)| {
            let most = announced.hashes.iter().max_by_key(|(_, announcers)| votes(announcers));
            let (hash, announcers) = most.filter(|(_, it)| votes(it) >= needed)?;
            announced.agreed = Some(*hash);
            let ledger = LedgerId { index: *index, hash: *hash };
            let servers = announcers.servers.len();
            Some(Agreed { ledger, servers, outvoted: announced.outvoted() })
        })?;
        self.agreed = Some(newest.ledger);
        Some(newest)
    }

    /// Who contradicts what is agreed about this ledger, if they are fewer.
    pub(crate) fn outvoted(&self, index: u32) -> Vec<(EndpointId, Hash256)> {
        self.announced.get(&index).map_or_else(Vec::new, Announced::outvoted)
    }

    /// The newest ledger that was agreed about so far.
    pub(crate) fn latest(&self) -> Option<LedgerId> {
        self.agreed
    }

    /// What is agreed about this ledger.
    pub(crate) fn agreed(&self, index: u32) -> Option<LedgerId> {
        let hash = self.announced.get(&index)?.agreed?;
        Some(LedgerId { index, hash })
    }

    /// What keeps servers from agreeing, in words.
    pub(crate) fn pending(&self) -> Option<String> {
        let (index, announced) = self.announced.last_key_value()?;
        if self.agreed.is_some_and(|agreed| agreed.index >= *index) {
            return None;
        }
        let said = announced.hashes.iter();
        let said: Vec<_> =
            said.map(|(hash, it)| format!("{} announced it as {hash}", it.servers.len())).collect();
        let (said, needed, up) = (said.join(", "), self.needed(), self.up.len());
        Some(format!("ledger {index}: {said}; {needed} have to agree, {up} are followed"))
    }

    /// Whether no server is followed.
    pub(crate) fn is_alone(&self) -> bool {
        self.up.is_empty()
    }

    /// When the ledger was first announced, in milliseconds since the epoch; `None` for history.
    pub(crate) fn announced_ms(&self, index: u32) -> Option<u64> {
        let first = self.announced.get(&index)?.first;
        u64::try_from(first.duration_since(SystemTime::UNIX_EPOCH).ok()?.as_millis()).ok()
    }

    /// How many transactions a ledger was first announced with.
    pub(crate) fn transaction_count(&self, ledger: LedgerId) -> Option<u32> {
        self.announced.get(&ledger.index)?.hashes.get(&ledger.hash)?.transaction_count
    }

    fn needed(&self) -> usize {
        match self.quorum {
            Quorum::Majority => self.up.len() / 2 + 1,
            Quorum::Servers(n) => n,
        }
    }
}

impl Announced {
    fn outvoted(&self) -> Vec<(EndpointId, Hash256)> {
        let Some(agreed) = self.agreed else { return Vec::new() };
        let (with, against): (Vec<_>, Vec<_>) =
            self.hashes.iter().partition(|(hash, _)| **hash == agreed);
        let count = |side: &[(&Hash256, &Announcers)]| -> usize {
            side.iter().map(|(_, announcers)| announcers.servers.len()).sum()
        };
        if count(&against) >= count(&with) {
            return Vec::new();
        }
        let each = against.into_iter();
        each.flat_map(|(hash, it)| it.servers.iter().map(move |server| (*server, *hash))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ledger(index: u32, hash: u8) -> LedgerId {
        LedgerId { index, hash: Hash256([hash; 32]) }
    }

    fn agreement(quorum: Quorum, servers: usize) -> Agreement {
        Agreement::new(quorum, (0..servers).map(EndpointId))
    }

    fn announcement(ledger: LedgerId, received_at: SystemTime) -> Announcement {
        Announcement {
            index: ledger.index,
            hash: ledger.hash,
            transaction_count: None,
            validated_ledgers: None,
            ledger_time: None,
            network_id: None,
            received: std::time::Instant::now(),
            received_at,
        }
    }

    fn say(agreement: &mut Agreement, server: usize, ledger: LedgerId) -> Option<Disagreement> {
        agreement.announced(EndpointId(server), &announcement(ledger, SystemTime::now()))
    }

    fn announce(agreement: &mut Agreement, server: usize, ledger: LedgerId) -> Option<LedgerId> {
        say(agreement, server, ledger);
        agreement.newest().map(|agreed| agreed.ledger)
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
        let seen = say(&mut agreement, 1, ledger(5, 1));
        assert_eq!(seen, Some(Disagreement::Hash(Hash256([9; 32]))), "the disagreement is seen");
        let outvoted = vec![(EndpointId(2), Hash256([9; 32]))];
        let agreed = Agreed { ledger: ledger(5, 1), servers: 2, outvoted: outvoted.clone() };
        assert_eq!(agreement.newest(), Some(agreed));
        // The same if it speaks last.
        for server in [0, 1] {
            announce(&mut agreement, server, ledger(6, 1));
        }
        assert_eq!(agreement.outvoted(6), []);
        let seen = say(&mut agreement, 2, ledger(6, 9));
        assert_eq!(seen, Some(Disagreement::Hash(Hash256([1; 32]))));
        assert_eq!(agreement.outvoted(6), outvoted);
    }

    #[test]
    fn a_liar_that_connects_first_does_not_agree_with_itself() {
        let mut agreement = agreement(Quorum::Majority, 3);
        agreement.connected(EndpointId(2));
        assert_eq!(announce(&mut agreement, 2, ledger(9, 9)), None);
        agreement.lost(EndpointId(0));
        assert_eq!(announce(&mut agreement, 2, ledger(10, 9)), None);
        agreement.take_those_connected();
        assert_eq!(agreement.newest().unwrap().ledger, ledger(10, 9), "nobody else is there");
    }

    #[test]
    fn halves_that_contradict_each_other_are_waited_for_in_words() {
        let mut agreement = agreement(Quorum::Majority, 2);
        assert_eq!(agreement.pending(), None);
        announce(&mut agreement, 0, ledger(5, 1));
        announce(&mut agreement, 1, ledger(5, 9));
        let pending = agreement.pending().unwrap();
        assert!(pending.starts_with("ledger 5: 1 announced it as 0101"), "{pending}");
        assert!(pending.ends_with("; 2 have to agree, 2 are followed"), "{pending}");
        assert_eq!(agreement.outvoted(5), [], "nobody knows who is wrong");
        for (left, stays, hash) in [(0, 1, 9), (1, 0, 1)] {
            let mut one_left = self::agreement(Quorum::Majority, 2);
            announce(&mut one_left, 0, ledger(5, 1));
            announce(&mut one_left, 1, ledger(5, 9));
            one_left.lost(EndpointId(left));
            let agreed = one_left.newest().unwrap();
            assert_eq!(agreed.ledger, ledger(5, hash), "{stays} is what there is");
        }
        for server in 0..2 {
            announce(&mut agreement, server, ledger(6, 1));
        }
        assert_eq!(agreement.pending(), None);
    }

    #[test]
    fn another_number_of_transactions_of_the_same_ledger_is_a_disagreement() {
        let mut agreement = agreement(Quorum::Majority, 2);
        let counted = |count| Announcement {
            transaction_count: Some(count),
            ..announcement(ledger(5, 1), SystemTime::now())
        };
        assert_eq!(agreement.announced(EndpointId(0), &counted(7)), None);
        let seen = agreement.announced(EndpointId(1), &counted(8));
        assert_eq!(seen, Some(Disagreement::TransactionCount(7)));
        assert_eq!(agreement.announced(EndpointId(1), &counted(7)), None);
    }

    #[test]
    fn so_many_as_asked_for_have_to_agree() {
        let mut agreement = agreement(Quorum::Servers(3), 3);
        for server in 0..2 {
            assert_eq!(announce(&mut agreement, server, ledger(5, 1)), None);
        }
        assert_eq!(announce(&mut agreement, 2, ledger(5, 1)), Some(ledger(5, 1)));
    }

    #[test]
    fn the_first_announcement_gives_the_time() {
        let mut agreement = agreement(Quorum::Majority, 2);
        let at = SystemTime::UNIX_EPOCH + std::time::Duration::from_millis(1_234);
        agreement.announced(EndpointId(0), &announcement(ledger(5, 1), at));
        say(&mut agreement, 1, ledger(5, 1));
        assert_eq!((agreement.announced_ms(5), agreement.announced_ms(4)), (Some(1_234), None));
    }
}
