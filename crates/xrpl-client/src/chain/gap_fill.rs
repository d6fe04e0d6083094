//! Fills a gap: the headers between the committed ledger and an announced one.

use tokio::sync::{mpsc, watch};
use tokio::task::AbortHandle;

use xrpl_codec::{Hash256, LedgerHeader};

use super::walk::Walk;
use super::{ChainError, WalkProgress};
use crate::ledger_id::LedgerId;
use crate::pool::Pool;

/// Headers that wait for a slow reader; then the fill waits too.
const HEADERS_WAITING_MAX: usize = 256;
/// Headers that are kept from the proof for the delivery, about 17 MB; beyond, the highest are fetched a second time.
const HEADERS_HELD_MAX: usize = 131_072;

/// A header that the announced ledger's hash proves and that leads down to the committed ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProvenHeader {
    /// What the header hashes to.
    pub hash: Hash256,
    /// The header.
    pub header: LedgerHeader,
}

/// The headers after the committed ledger up to the announced one, ascending. Dropping it ends the work.
#[derive(Debug)]
pub struct GapFill {
    headers: mpsc::Receiver<Result<ProvenHeader, ChainError>>,
    progress: watch::Receiver<WalkProgress>,
    announced: LedgerId,
    task: AbortHandle,
}

impl Drop for GapFill {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl GapFill {
    /// The next header, the first error, or `None` after the announced ledger. Safe to cancel.
    ///
    /// Nothing comes before the chain was followed from the announced ledger down to the committed one. What a server
    /// may still get is waited for without end: the caller that has a better announcement drops this.
    pub async fn next(&mut self) -> Option<Result<ProvenHeader, ChainError>> {
        self.headers.recv().await
    }

    /// Whether it waits and has nothing yet below the announced ledger.
    pub fn is_stuck_at_the_top(&self) -> bool {
        let progress = self.progress.borrow();
        progress.waiting.is_some() && progress.known_down_to >= self.announced.index
    }

    /// Its progress.
    pub fn progress(&self) -> WalkProgress {
        self.progress.borrow().clone()
    }
}

/// Proves the ledgers between `pointer`, which is committed, and `announced`.
pub fn fill_gap(pool: &Pool, pointer: LedgerId, announced: LedgerId) -> GapFill {
    let (sender, headers) = mpsc::channel(HEADERS_WAITING_MAX);
    let (progress, watched) =
        watch::channel(WalkProgress { known_down_to: announced.index, waiting: None });
    let task = GapFillTask {
        walk: Walk { pool: pool.clone(), progress },
        pointer,
        announced,
        headers: sender,
    };
    let task = tokio::spawn(async move {
        if let Err(error) = task.run().await {
            let _ = task.headers.send(Err(error)).await;
        }
    });
    GapFill { headers, progress: watched, announced, task: task.abort_handle() }
}

struct GapFillTask {
    walk: Walk,
    pointer: LedgerId,
    announced: LedgerId,
    headers: mpsc::Sender<Result<ProvenHeader, ChainError>>,
}

/// A proven stretch of the chain.
struct Stretch {
    top: LedgerId,
    low: u32,
    /// `None` when there were too many to hold.
    headers: Option<Vec<LedgerHeader>>,
}

impl GapFillTask {
    async fn run(&self) -> Result<(), ChainError> {
        let mut proven = self.prove().await?;
        while let Some(Stretch { top, low, headers }) = proven.pop() {
            let headers = match headers {
                Some(headers) => headers,
                None => self.walk.headers(top, low).await?,
            };
            for header in headers {
                if self
                    .headers
                    .send(Ok(ProvenHeader { hash: header.hash(), header }))
                    .await
                    .is_err()
                {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// Follows the chain down to the committed ledger: stretches of it, the highest first.
    async fn prove(&self) -> Result<Vec<Stretch>, ChainError> {
        let Self { walk, pointer, announced, .. } = self;
        if announced.index < pointer.index {
            return Err(ChainError::Behind { pointer: *pointer, announced: *announced });
        }
        // What is on another chain is found out before a long way is walked.
        if announced.index - pointer.index > Walk::WINDOW
            && let Some(forked) = walk.find_fork(*pointer).await
        {
            return Err(forked);
        }
        let (mut proven, mut top) = (Vec::new(), *announced);
        let (mut held, mut let_go) = (0, 0);
        while top.index > pointer.index {
            let low = (pointer.index + 1).max(top.index.saturating_sub(Walk::WINDOW - 1));
            let headers = walk.headers(top, low).await?;
            let hash = headers.first().map_or(top.hash, |lowest| lowest.parent_hash);
            held += headers.len();
            proven.push(Stretch { top, low, headers: Some(headers) });
            while held > HEADERS_HELD_MAX {
                held -= proven[let_go].headers.take().map_or(0, |headers| headers.len());
                let_go += 1;
            }
            top = LedgerId { index: low - 1, hash };
        }
        match top.hash == pointer.hash {
            true => Ok(proven),
            false => Err(walk.resolve_fork(*pointer, *announced).await),
        }
    }
}
