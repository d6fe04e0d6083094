//! The hashes of a range of ledgers below a known one.

use std::ops::RangeInclusive;

use tokio::sync::{mpsc, watch};
use tokio::task::AbortHandle;

use super::naming::Naming;
use super::stations::{FLAG, stations};
use super::walk::Walk;
use super::{ChainError, Progress};
use crate::{LedgerId, Pool};
use xrpl_codec::Hash256;

/// Links that wait for a slow reader; then the walk waits too.
const LINKS_WAITING_MAX: usize = 1024;
/// How many stations are compared with each other before their names are given out: 65,536 ledgers, 2 MB.
const STATIONS_HELD_MAX: usize = 256;

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
    let mut giver =
        Giver { naming: Naming::new(walk, anchor), anchor, links: sender, before: None };
    let task = tokio::spawn(async move {
        if let Err(error) = giver.run(range).await {
            let _ = giver.links.send(Err(error)).await;
        }
    });
    ChainHashes { links, progress: watched, task: task.abort_handle() }
}

/// The task behind the links.
struct Giver {
    naming: Naming,
    anchor: LedgerId,
    links: mpsc::Sender<Result<ChainLink, ChainError>>,
    /// The hash of the ledger given out last.
    before: Option<Hash256>,
}

impl Giver {
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
            for named in self.naming.agreeing(held).await?.iter().take(STATIONS_HELD_MAX) {
                for ledger in self.naming.ledgers(named).await? {
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

    /// Gives a link out; whether anybody still listens.
    async fn give(&mut self, ledger: LedgerId) -> Result<bool, ChainError> {
        let parent_hash = match self.before.replace(ledger.hash) {
            Some(before) => before,
            None => self.naming.walk.header(ledger).await?.parent_hash,
        };
        Ok(self.links.send(Ok(ChainLink { ledger, parent_hash })).await.is_ok())
    }
}
