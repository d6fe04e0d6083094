//! The hashes of a range of ledgers below a known one.

use std::collections::HashMap;
use std::ops::RangeInclusive;

use futures_util::{StreamExt, TryStreamExt, stream};
use tokio::sync::{mpsc, watch};
use tokio::task::AbortHandle;

use super::stations::{FLAG, Station, stations};
use super::walk::Walk;
use super::{ChainError, Progress};
use crate::servers::{EndpointId, LedgerId, Lie, Pool};
use crate::{Hash256, LedgerHashes};

/// Links that wait for a slow reader; then the walk waits too.
const LINKS_WAITING_MAX: usize = 1024;
/// How many stations are compared with each other before their names are given out: 65,536 ledgers, 2 MB.
const STATIONS_HELD_MAX: usize = 256;
const STATIONS_PARALLEL: usize = 8;

/// A ledger and the one before it, by hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChainLink {
    /// The ledger.
    pub ledger: LedgerId,
    /// The hash of the ledger before it.
    pub parent_hash: Hash256,
}

/// The links of a range, ascending. Dropping it ends the work.
#[derive(Debug)]
pub struct ChainHashes {
    links: mpsc::Receiver<Result<ChainLink, ChainError>>,
    progress: watch::Receiver<Progress>,
    task: AbortHandle,
}

impl Drop for ChainHashes {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl ChainHashes {
    /// The next link, the first error, or `None` after the range. Safe to cancel.
    ///
    /// The links agree with each other and lead towards the anchor; each is proven when its ledger is fetched and
    /// its header names the parent that the link names.
    pub async fn next(&mut self) -> Option<Result<ChainLink, ChainError>> {
        self.links.recv().await
    }

    /// What it waits for.
    pub fn progress(&self) -> Progress {
        self.progress.borrow().clone()
    }
}

/// Names the ledgers of `range` by the `LedgerHashes` of later ones, the last of which is `anchor`.
pub fn hashes(pool: &Pool, anchor: LedgerId, range: RangeInclusive<u32>) -> ChainHashes {
    let (sender, links) = mpsc::channel(LINKS_WAITING_MAX);
    let (progress, watched) =
        watch::channel(Progress { known_down_to: anchor.index, waiting: None });
    let walk = Walk { pool: pool.clone(), progress };
    let mut namer = Namer { walk, anchor, links: sender, before: None, flags: HashMap::new() };
    let task = tokio::spawn(async move {
        if let Err(error) = namer.run(range).await {
            let _ = namer.links.send(Err(error)).await;
        }
    });
    ChainHashes { links, progress: watched, task: task.abort_handle() }
}

struct Namer {
    walk: Walk,
    anchor: LedgerId,
    links: mpsc::Sender<Result<ChainLink, ChainError>>,
    /// The hash of the ledger given out last.
    before: Option<Hash256>,
    /// The hashes of flag ledgers by their 65,536, and who named them.
    flags: HashMap<u32, (EndpointId, LedgerHashes)>,
}

/// A station with what it names.
struct Named {
    station: Station,
    id: LedgerId,
    /// Who named the station itself; `None` for the anchor.
    flagger: Option<EndpointId>,
    namer: EndpointId,
    names: LedgerHashes,
}

impl Namer {
    async fn run(&mut self, range: RangeInclusive<u32>) -> Result<(), ChainError> {
        let (from, to) = range.into_inner();
        if to > self.anchor.index {
            return Err(ChainError::AboveAnchor { end: to, anchor: self.anchor });
        }
        let below = self.anchor.index.saturating_sub(1);
        // One station above the range is a witness of the highest in it.
        let stations: Vec<_> =
            stations(from, to.saturating_add(FLAG).min(below), self.anchor.index).collect();
        for start in (0..stations.len()).step_by(STATIONS_HELD_MAX) {
            let held = &stations[start..stations.len().min(start + STATIONS_HELD_MAX + 1)];
            for named in self.agreeing(held).await?.iter().take(STATIONS_HELD_MAX) {
                for ledger in self.ledgers(named).await? {
                    if ledger.index <= to && !self.give(ledger).await? {
                        return Ok(());
                    }
                }
            }
        }
        if to == self.anchor.index {
            self.give(self.anchor).await?;
        }
        Ok(())
    }

    /// The names of neighbouring stations, once they agree.
    async fn agreeing(&mut self, stations: &[Station]) -> Result<Vec<Named>, ChainError> {
        let mut backoff = Walk::backoff();
        loop {
            let named = self.fetch(stations).await?;
            let Some(pair) = named
                .windows(2)
                .find(|pair| pair[1].names.recent(pair[0].id.index) != Some(pair[0].id.hash))
            else {
                return Ok(named);
            };
            self.settle(&pair[0], &pair[1]).await?;
            self.flags.clear();
            let why = format!("servers name ledger {} differently", pair[0].id.index);
            self.walk.wait(why, &mut backoff).await;
        }
    }

    async fn fetch(&mut self, stations: &[Station]) -> Result<Vec<Named>, ChainError> {
        let mut ids = Vec::new();
        for station in stations {
            ids.push(if station.index == self.anchor.index {
                (None, self.anchor)
            } else {
                self.flag(station.index).await?
            });
        }
        let walk = &self.walk;
        let name = |(station, (flagger, id)): (&Station, (Option<EndpointId>, LedgerId))| {
            let station = station.clone();
            async move {
                let (namer, names) = walk.names(id).await?;
                Ok(Named { station, id, flagger, namer, names })
            }
        };
        stream::iter(stations.iter().zip(ids))
            .map(name)
            .buffered(STATIONS_PARALLEL)
            .try_collect()
            .await
    }

    /// The hash of a flag ledger, as the anchor's state names it.
    async fn flag(&mut self, index: u32) -> Result<(Option<EndpointId>, LedgerId), ChainError> {
        let mut backoff = Walk::backoff();
        loop {
            let part = index >> 16;
            if !self.flags.contains_key(&part) {
                // Ranges ascend: what was before is not needed again.
                self.flags.clear();
                let flags = self.walk.flags(self.anchor, index).await?;
                self.flags.insert(part, flags);
            }
            if let Some((endpoint, hash)) =
                self.flags.get(&part).and_then(|(id, flags)| Some((*id, flags.flag(index)?)))
            {
                return Ok((Some(endpoint), LedgerId { index, hash }));
            }
            self.flags.clear();
            self.walk.wait(format!("no server names flag ledger {index}"), &mut backoff).await;
        }
    }

    /// Two answers name one ledger differently: the headers between them tell who was wrong.
    async fn settle(&self, lower: &Named, upper: &Named) -> Result<(), ChainError> {
        let index = lower.id.index;
        let headers = self.walk.headers(upper.id, index + 1).await?;
        let Some(proven) = headers.first().map(|header| header.parent_hash) else { return Ok(()) };
        let words =
            [(lower.flagger, Some(lower.id.hash)), (Some(upper.namer), upper.names.recent(index))];
        for (endpoint, named) in words {
            if let (Some(endpoint), Some(named)) =
                (endpoint, named.filter(|named| *named != proven))
            {
                let lie = Lie::FalseName { index, named, proven };
                self.walk.pool.accuse(endpoint, format!("hashes before ledger {}", upper.id), lie);
            }
        }
        Ok(())
    }

    /// The wanted ledgers that a station names; from headers where its list is too short, as in the first ledgers.
    async fn ledgers(&self, named: &Named) -> Result<Vec<LedgerId>, ChainError> {
        let wanted = named.station.names.clone();
        let listed =
            wanted.clone().map(|index| Some(LedgerId { index, hash: named.names.recent(index)? }));
        if let Some(ledgers) = listed.collect() {
            return Ok(ledgers);
        }
        let headers = self.walk.headers(named.id, *wanted.start()).await?;
        let ids =
            headers.iter().map(|header| LedgerId { index: header.index, hash: header.hash() });
        Ok(ids.filter(|ledger| wanted.contains(&ledger.index)).collect())
    }

    /// Gives a link out; whether anybody still listens.
    async fn give(&mut self, ledger: LedgerId) -> Result<bool, ChainError> {
        let parent_hash = match self.before.replace(ledger.hash) {
            Some(before) => before,
            None => self.walk.header(ledger).await?.parent_hash,
        };
        Ok(self.links.send(Ok(ChainLink { ledger, parent_hash })).await.is_ok())
    }
}
