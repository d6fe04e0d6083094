//! The hashes of a range of ledgers below a known one.

use std::ops::RangeInclusive;

use tokio::sync::{mpsc, watch};
use tokio::task::AbortHandle;

use xrpl_codec::Hash256;

use super::hash_resolver::HashResolver;
use super::skip_list_anchors::{FLAG, skip_list_anchors};
use super::walk::Walk;
use super::{ChainError, WalkProgress};
use crate::ledger_id::LedgerId;
use crate::pool::Pool;

/// Links that wait for a slow reader; then the walk waits too.
const LINKS_WAITING_MAX: usize = 1024;
/// The number of anchors that are compared with each other before their hashes are produced: 65,536 ledgers, 2 MB.
const ANCHORS_HELD_MAX: usize = 256;

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
    progress: watch::Receiver<WalkProgress>,
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
    /// The links agree with each other and lead towards the head; each is proven when its ledger is fetched and its header
    /// names the parent that the link names.
    pub async fn next(&mut self) -> Option<Result<ChainLink, ChainError>> {
        self.links.recv().await
    }

    /// What it waits for.
    pub fn progress(&self) -> WalkProgress {
        self.progress.borrow().clone()
    }
}

/// The hashes of the ledgers of `range` by the skip lists of later ones, the last of which is `head`.
pub fn hashes(pool: &Pool, head: LedgerId, range: RangeInclusive<u32>) -> ChainHashes {
    let (sender, links) = mpsc::channel(LINKS_WAITING_MAX);
    let (progress, watched) =
        watch::channel(WalkProgress { known_down_to: head.index, waiting: None });
    let walk = Walk { pool: pool.clone(), progress };
    let mut producer =
        Producer { resolver: HashResolver::new(walk, head), head, links: sender, before: None };
    let task = tokio::spawn(async move {
        if let Err(error) = producer.run(range).await {
            let _ = producer.links.send(Err(error)).await;
        }
    });
    ChainHashes { links, progress: watched, task: task.abort_handle() }
}

/// The task behind the links.
struct Producer {
    resolver: HashResolver,
    head: LedgerId,
    links: mpsc::Sender<Result<ChainLink, ChainError>>,
    /// The hash of the ledger that was produced last.
    before: Option<Hash256>,
}

impl Producer {
    async fn run(&mut self, range: RangeInclusive<u32>) -> Result<(), ChainError> {
        let (from, to) = range.into_inner();
        if to > self.head.index {
            return Err(ChainError::AboveHead { end: to, head: self.head });
        }
        let below = self.head.index.saturating_sub(1);
        // One anchor above the range is a witness of the highest in it.
        let anchors: Vec<_> =
            skip_list_anchors(from, to.saturating_add(FLAG).min(below), self.head.index).collect();
        for start in (0..anchors.len()).step_by(ANCHORS_HELD_MAX) {
            let held = &anchors[start..anchors.len().min(start + ANCHORS_HELD_MAX + 1)];
            let listed = self.resolver.agreeing(held).await?;
            for (anchor, listed) in held.iter().zip(&listed).take(ANCHORS_HELD_MAX) {
                for ledger in self.resolver.ledgers(anchor, listed).await? {
                    if ledger.index <= to && !self.produce(ledger).await? {
                        return Ok(());
                    }
                }
            }
        }
        if to == self.head.index {
            self.produce(self.head).await?;
        }
        Ok(())
    }

    /// Produces a link; returns whether the receiver is still there.
    async fn produce(&mut self, ledger: LedgerId) -> Result<bool, ChainError> {
        let parent_hash = match self.before.replace(ledger.hash) {
            Some(before) => before,
            None => self.resolver.walk.header(ledger).await?.parent_hash,
        };
        Ok(self.links.send(Ok(ChainLink { ledger, parent_hash })).await.is_ok())
    }
}
