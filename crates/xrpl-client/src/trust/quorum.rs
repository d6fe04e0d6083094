//! Which of the announced ledgers is taken for validated: the one that a quorum of servers agrees on.

use std::collections::{BTreeMap, BTreeSet};
use std::time::SystemTime;

use xrpl_codec::Hash256;

use crate::call::ValidatedLedger;
use crate::endpoint_id::EndpointId;
use crate::ledger_id::LedgerId;

/// The number of announcements that are kept of each server. Older ones no longer matter, and a server that announces many
/// ledgers displaces its own announcements only.
const KEPT_PER_SERVER: usize = 1_024;
/// No sound server goes back by more ledgers: one that does has followed another chain before, or the network was reset.
const BACK_MAX: u32 = 256;

/// The number of servers that have to announce the same hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quorum {
    /// More than half of those that are up.
    Majority,
    /// A fixed number.
    Servers(usize),
}

/// The announcements of all servers, and the newest ledger that a quorum of them agrees on.
#[derive(Debug)]
pub struct LedgerQuorum {
    quorum: Quorum,
    /// The connected servers, and those that may be soon.
    up: BTreeSet<EndpointId>,
    connected: BTreeSet<EndpointId>,
    announced: BTreeMap<u32, Announced>,
    /// What each server announced, in order.
    by_server: BTreeMap<EndpointId, Vec<LedgerId>>,
    agreed: Option<LedgerId>,
}

/// The announcements of one ledger index.
#[derive(Debug)]
struct Announced {
    hashes: BTreeMap<Hash256, Announcers>,
    /// When the first of them was received.
    first: SystemTime,
    /// The hash that a quorum agreed on.
    agreed: Option<Hash256>,
}

#[derive(Debug, Default)]
struct Announcers {
    servers: BTreeSet<EndpointId>,
    /// The number of transactions, by the first server that says it.
    transaction_count: Option<u32>,
}

/// What an announcement contradicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disagreement {
    /// Another hash was announced for the same ledger.
    Hash(Hash256),
    /// Another number of transactions was announced for the same hash.
    TransactionCount(u32),
}

/// A ledger that a quorum of servers agrees on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgreedLedger {
    /// The ledger.
    pub ledger: LedgerId,
    /// The number of servers that announced it so far.
    pub servers: usize,
    /// The servers that announced another hash, if they are fewer.
    pub outvoted: Vec<(EndpointId, Hash256)>,
}

impl LedgerQuorum {
    /// No server counts as down before a connection was tried: the first one that answers is not to agree with itself.
    pub fn new(quorum: Quorum, servers: impl IntoIterator<Item = EndpointId>) -> Self {
        Self {
            quorum,
            up: servers.into_iter().collect(),
            connected: BTreeSet::new(),
            announced: BTreeMap::new(),
            by_server: BTreeMap::new(),
            agreed: None,
        }
    }

    /// A server is connected.
    pub fn connected(&mut self, endpoint: EndpointId) {
        self.up.insert(endpoint);
        self.connected.insert(endpoint);
    }

    /// A server is disconnected.
    pub fn disconnected(&mut self, endpoint: EndpointId) {
        self.up.remove(&endpoint);
        self.connected.remove(&endpoint);
    }

    /// From now on only connected servers count as up.
    pub fn count_connected_only(&mut self) {
        self.up.clone_from(&self.connected);
    }

    /// Takes an announcement; returns what it contradicts.
    pub fn announced(
        &mut self,
        endpoint: EndpointId,
        announcement: &ValidatedLedger,
    ) -> Option<Disagreement> {
        let ValidatedLedger { index, hash, transaction_count, received_at, .. } = *announcement;
        self.keep(endpoint, LedgerId { index, hash });
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
        let differing = counts.filter(|(first, second)| first != second);
        other.or(differing.map(|(first, _)| Disagreement::TransactionCount(first)))
    }

    /// The newest ledger that a quorum agrees on, if it is newer than the one before. It is older only where a quorum has
    /// gone back: one server alone can't hold the others to an index that it made up.
    pub fn newest(&mut self) -> Option<AgreedLedger> {
        let needed = self.needed();
        self.agreed = self.agreed.filter(|agreed| !self.is_abandoned(*agreed, needed));
        let after = self.agreed.map_or(0, |agreed| agreed.index.saturating_add(1));
        // Of a majority of those that are up, the vote of a server that is disconnected does not count.
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
            Some(AgreedLedger { ledger, servers, outvoted: announced.outvoted() })
        })?;
        self.agreed = Some(newest.ledger);
        Some(newest)
    }

    /// The servers that contradict the agreed hash of this ledger, if they are fewer.
    pub fn outvoted(&self, index: u32) -> Vec<(EndpointId, Hash256)> {
        self.announced.get(&index).map_or_else(Vec::new, Announced::outvoted)
    }

    /// The newest ledger that a quorum agreed on so far.
    pub fn latest(&self) -> Option<LedgerId> {
        self.agreed
    }

    /// The agreed hash of this ledger.
    pub fn agreed(&self, index: u32) -> Option<LedgerId> {
        let hash = self.announced.get(&index)?.agreed?;
        Some(LedgerId { index, hash })
    }

    /// What keeps servers from agreeing on the newest ledger that enough of them have reached, in words.
    pub fn pending(&self) -> Option<String> {
        let needed = self.needed();
        let mut reached: Vec<u32> = self.up.iter().filter_map(|it| self.last_of(*it)).collect();
        reached.sort_unstable();
        let by_quorum = reached.iter().rev().nth(needed.saturating_sub(1)).copied();
        let index = by_quorum.or_else(|| self.announced.keys().next_back().copied())?;
        if self.agreed.is_some_and(|agreed| agreed.index >= index) {
            return None;
        }
        let hashes = self.announced.get(&index).into_iter().flat_map(|it| &it.hashes);
        let announced: Vec<_> = hashes
            .map(|(hash, it)| format!("{} announced it as {hash}", it.servers.len()))
            .collect();
        let (announced, up) = (announced.join(", "), self.up.len());
        Some(format!("ledger {index}: {announced}; {needed} have to agree, {up} are followed"))
    }

    /// Whether no server is up.
    pub fn is_alone(&self) -> bool {
        self.up.is_empty()
    }

    /// When the ledger was first announced, in milliseconds since the epoch; `None` for history.
    pub fn announced_ms(&self, index: u32) -> Option<u64> {
        let first = self.announced.get(&index)?.first;
        u64::try_from(first.duration_since(SystemTime::UNIX_EPOCH).ok()?.as_millis()).ok()
    }

    /// The number of transactions with which a ledger was first announced.
    pub fn transaction_count(&self, ledger: LedgerId) -> Option<u32> {
        self.announced.get(&ledger.index)?.hashes.get(&ledger.hash)?.transaction_count
    }

    fn needed(&self) -> usize {
        match self.quorum {
            Quorum::Majority => self.up.len() / 2 + 1,
            Quorum::Servers(n) => n,
        }
    }

    fn last_of(&self, endpoint: EndpointId) -> Option<u32> {
        Some(self.by_server.get(&endpoint)?.last()?.index)
    }

    /// Whether enough servers have announced ledgers far below this one last.
    fn is_abandoned(&self, agreed: LedgerId, needed: usize) -> bool {
        let is_below = |it: &&EndpointId| {
            self.last_of(**it).is_some_and(|last| last.saturating_add(BACK_MAX) < agreed.index)
        };
        self.up.iter().filter(is_below).count() >= needed
    }

    /// Keeps the latest announcements of a server; what it announced on another chain before is taken back.
    fn keep(&mut self, endpoint: EndpointId, ledger: LedgerId) {
        let kept = self.by_server.entry(endpoint).or_default();
        let mut dropped = Vec::new();
        if kept.last().is_some_and(|last| ledger.index.saturating_add(BACK_MAX) < last.index) {
            dropped.extend(kept.extract_if(.., |it| it.index > ledger.index));
        }
        if !kept.contains(&ledger) {
            kept.push(ledger);
        }
        dropped.extend(kept.drain(..kept.len().saturating_sub(KEPT_PER_SERVER)));
        for LedgerId { index, hash } in dropped {
            let Some(announced) = self.announced.get_mut(&index) else { continue };
            if let Some(announcers) = announced.hashes.get_mut(&hash) {
                announcers.servers.remove(&endpoint);
            }
            announced.hashes.retain(|_, announcers| !announcers.servers.is_empty());
            if announced.hashes.is_empty() {
                self.announced.remove(&index);
            }
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
mod tests;
