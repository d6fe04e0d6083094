//! The names that stations give, once they agree with each other.

use std::collections::HashMap;

use futures_util::{StreamExt, stream};

use super::ChainError;
use super::stations::Station;
use super::walk::Walk;
use crate::{EndpointId, LedgerId, Lie};
use xrpl_codec::LedgerHashes;

/// Entries asked for at the same time.
const STATIONS_PARALLEL: usize = 8;

/// Reads the names of stations, and finds out who is wrong where they differ.
pub(super) struct Naming {
    pub(super) walk: Walk,
    anchor: LedgerId,
    /// The hashes of flag ledgers by their 65,536, and who named them.
    flags: HashMap<u32, (EndpointId, LedgerHashes)>,
    /// Who named flag ledgers that nobody knows; another is asked next.
    doubted: Option<EndpointId>,
}

/// A station with what it names.
pub(super) struct Named {
    station: Station,
    id: LedgerId,
    /// Who named the station itself; `None` for the anchor.
    flagger: Option<EndpointId>,
    /// What it names by whose word; `None` while no server has it.
    names: Option<(EndpointId, LedgerHashes)>,
}

impl Named {
    /// What the station says the ledger at `index` is called.
    fn recent(&self, index: u32) -> Option<LedgerId> {
        let (_, names) = self.names.as_ref()?;
        Some(LedgerId { index, hash: names.recent(index)? })
    }
}

impl Naming {
    /// Names below `anchor`.
    pub(super) fn new(walk: Walk, anchor: LedgerId) -> Self {
        Self { walk, anchor, flags: HashMap::new(), doubted: None }
    }

    /// The names of neighbouring stations, once all have some and each station is what the one above it says.
    pub(super) async fn agreeing(
        &mut self,
        stations: &[Station],
    ) -> Result<Vec<Named>, ChainError> {
        let mut backoff = Walk::backoff();
        loop {
            let named = self.fetch(stations).await?;
            let Some(at) = doubtful(&named) else {
                self.walk.calm();
                return Ok(named);
            };
            let lower = &named[at];
            if let Some(upper) = named[at + 1..].iter().find(|station| station.names.is_some()) {
                self.settle(lower, upper).await?;
            }
            self.doubted = lower.flagger;
            self.flags.clear();
            let why =
                format!("servers do not agree on ledger {} or do not have it", lower.id.index);
            self.walk.wait(why, &mut backoff).await;
        }
    }

    /// The wanted ledgers that a station names; from headers where its list is too short, as in the first ledgers.
    pub(super) async fn ledgers(&self, named: &Named) -> Result<Vec<LedgerId>, ChainError> {
        let wanted = named.station.names.clone();
        if let Some(ledgers) = wanted.clone().map(|index| named.recent(index)).collect() {
            return Ok(ledgers);
        }
        let headers = self.walk.headers(named.id, *wanted.start()).await?;
        let ids =
            headers.iter().map(|header| LedgerId { index: header.index, hash: header.hash() });
        Ok(ids.filter(|ledger| wanted.contains(&ledger.index)).collect())
    }

    async fn fetch(&mut self, stations: &[Station]) -> Result<Vec<Named>, ChainError> {
        let mut ids = Vec::new();
        for station in stations {
            ids.push(match station.index == self.anchor.index {
                true => (None, self.anchor),
                false => self.flag(station.index).await?,
            });
        }
        let pool = &self.walk.pool;
        let name = |(station, (flagger, id)): (&Station, (Option<EndpointId>, LedgerId))| {
            let station = station.clone();
            async move {
                Named { station, id, flagger, names: pool.ledger_hashes_before(id).await.ok() }
            }
        };
        let named = stream::iter(stations.iter().zip(ids)).map(name);
        Ok(named.buffered(STATIONS_PARALLEL).collect().await)
    }

    /// The hash of a flag ledger, as the anchor's state names it.
    async fn flag(&mut self, index: u32) -> Result<(Option<EndpointId>, LedgerId), ChainError> {
        let mut backoff = Walk::backoff();
        let part = index >> 16;
        loop {
            if !self.flags.contains_key(&part) {
                // Ranges ascend: what was before is not needed again.
                self.flags.clear();
                let flags = self.walk.flags(self.anchor, index, self.doubted).await?;
                self.flags.insert(part, flags);
            }
            if let Some((endpoint, flags)) = self.flags.get(&part)
                && let Some(hash) = flags.flag(index)
            {
                return Ok((Some(*endpoint), LedgerId { index, hash }));
            }
            self.doubted = self.flags.remove(&part).map(|(endpoint, _)| endpoint);
            self.walk.wait(format!("no server names flag ledger {index}"), &mut backoff).await;
        }
    }

    /// What a station is called by two answers, or by one that nobody knows: the headers from the station above it tell
    /// who was wrong.
    async fn settle(&self, lower: &Named, upper: &Named) -> Result<(), ChainError> {
        let index = lower.id.index;
        let headers = self.walk.headers(upper.id, index + 1).await?;
        let Some(proven) = headers.first().map(|header| header.parent_hash) else { return Ok(()) };
        let namer = upper.names.as_ref().map(|(endpoint, _)| *endpoint);
        for (endpoint, named) in [(lower.flagger, Some(lower.id)), (namer, upper.recent(index))] {
            if let (Some(endpoint), Some(named)) = (endpoint, named)
                && named.hash != proven
            {
                let lie = Lie::FalseName { index, named: named.hash, proven };
                self.walk.pool.accuse(endpoint, format!("hashes before ledger {}", upper.id), lie);
            }
        }
        Ok(())
    }
}

/// The first station without names, or that the one above it calls otherwise.
fn doubtful(named: &[Named]) -> Option<usize> {
    let differs = |at: usize| {
        let upper = named.get(at + 1)?;
        upper.names.as_ref()?;
        Some(upper.recent(named[at].id.index) != Some(named[at].id))
    };
    (0..named.len()).find(|&at| named[at].names.is_none() || differs(at) == Some(true))
}
