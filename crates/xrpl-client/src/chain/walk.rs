//! Steps along the chain that are retried until they succeed.

use std::time::Duration;

use backon::ExponentialBackoff;
use futures_util::{StreamExt, stream};
use tokio::sync::watch;
use tokio::time::sleep;
use xrpl_codec::{LedgerHashes, LedgerHeader, Unverified};

use super::{ChainError, WalkProgress};
use crate::endpoint_id::EndpointId;
use crate::error::{Error, InvalidResponse};
use crate::ledger_id::LedgerId;
use crate::pool::Pool;
use crate::retry_waits::{next_wait, retry_waits};

/// A walk along the chain, which reports what it waits for.
pub(super) struct Walk {
    pub(super) pool: Pool,
    pub(super) progress: watch::Sender<WalkProgress>,
}

impl Walk {
    /// The longest stretch that [`Walk::headers`] is made for: what one skip list holds, and the ledger with it.
    pub(super) const WINDOW: u32 = 256;
    const HEADERS_PARALLEL: usize = 32;
    /// The number of headers that are fetched one by one before a skip list is requested again.
    const UNLISTED: u32 = 32;
    const RETRY_FIRST: Duration = Duration::from_millis(500);
    /// About one ledger, so that a server that is back is asked soon.
    const RETRY_MAX: Duration = Duration::from_secs(4);

    /// The headers from `top` down to the index `low`, ascending. The hash of `top` proves every one of them: skip lists only
    /// say early what to fetch, the parent hashes say what is right.
    pub(super) async fn headers(
        &self,
        top: LedgerId,
        low: u32,
    ) -> Result<Vec<LedgerHeader>, ChainError> {
        let mut headers = Vec::new();
        let mut next = top;
        while next.index >= low {
            let listed = match next.index > low {
                true => self.pool.ledger_hashes_before(next).await.ok(),
                false => None,
            };
            let Some((listed_by, skip_list)) = listed else {
                next = self.walk_by_headers(next, low, &mut headers).await?;
                continue;
            };
            let fetched = self.fetch_listed(&mut next, low, listed_by, &skip_list, &mut headers);
            if let Some(missing) = fetched.await {
                let header = self.header(missing).await?;
                next = parent(&header);
                headers.push(header);
            }
        }
        headers.reverse();
        Ok(headers)
    }

    /// Fetches what a skip list holds, many at once, as far as it proves to be right. Returns the next ledger if it is right
    /// and could not be fetched.
    ///
    /// Nothing is awaited here beside the fetches: a fetch that is not polled would keep its place in the pool.
    async fn fetch_listed(
        &self,
        next: &mut LedgerId,
        low: u32,
        listed_by: EndpointId,
        skip_list: &LedgerHashes,
        headers: &mut Vec<LedgerHeader>,
    ) -> Option<LedgerId> {
        let below = (low..next.index)
            .rev()
            .map_while(|index| Some(LedgerId { index, hash: skip_list.recent(index)? }));
        let wanted: Vec<LedgerId> = std::iter::once(*next).chain(below).collect();
        let fetch =
            |ledger: LedgerId| async move { (ledger, self.pool.fetch_header(ledger).await) };
        let mut fetched = stream::iter(wanted).map(fetch).buffered(Self::HEADERS_PARALLEL);
        while let Some((ledger, outcome)) = fetched.next().await {
            if ledger.hash != next.hash {
                let LedgerId { index, hash: listed } = ledger;
                let response = InvalidResponse::SkipList { index, listed, proven: next.hash };
                let request = format!("hashes before ledger {}", skip_list.last.saturating_add(1));
                self.pool.report(listed_by, request, response);
                return None;
            }
            let Ok(header) = outcome else { return Some(*next) };
            self.advance(header.index);
            *next = parent(&header);
            headers.push(header);
        }
        None
    }

    /// Goes some ledgers back one by one, each by the parent hash of the header after it.
    async fn walk_by_headers(
        &self,
        mut next: LedgerId,
        low: u32,
        headers: &mut Vec<LedgerHeader>,
    ) -> Result<LedgerId, ChainError> {
        let last = low.max(next.index.saturating_sub(Self::UNLISTED));
        while next.index >= last {
            let header = self.header(next).await?;
            self.advance(header.index);
            next = parent(&header);
            headers.push(header);
        }
        Ok(next)
    }

    /// A header, waited for until a server has it.
    pub(super) async fn header(&self, ledger: LedgerId) -> Result<LedgerHeader, ChainError> {
        let header = self.retry_forever(|| self.pool.fetch_header(ledger)).await;
        header.map_err(|found| ChainError::FalseIndex { ledger, found })
    }

    /// The hashes of flag ledgers around `index` and before a ledger, waited for until a server has them. `doubted` is asked
    /// last.
    pub(super) async fn flags(
        &self,
        ledger: LedgerId,
        index: u32,
        doubted: Option<EndpointId>,
    ) -> Result<(EndpointId, LedgerHashes), ChainError> {
        let flags =
            self.retry_forever(|| self.pool.flag_hashes_before(ledger, index, doubted)).await;
        flags.map_err(|found| ChainError::FalseIndex { ledger, found })
    }

    /// Retries a request until it succeeds; the error is the index that the ledger has instead of the expected one.
    async fn retry_forever<T, F>(&self, request: impl Fn() -> F) -> Result<T, u32>
    where
        F: Future<Output = Result<T, Error>>,
    {
        let mut waits = Self::retry_waits();
        loop {
            match request().await {
                Ok(answer) => {
                    self.clear_waiting();
                    return Ok(answer);
                }
                Err(Error::Contradiction(Unverified::LedgerIndex { found, .. })) => {
                    return Err(found);
                }
                Err(error) => self.wait(error.to_string(), &mut waits).await,
            }
        }
    }

    /// Reports that nothing is waited for any more.
    pub(super) fn clear_waiting(&self) {
        self.progress.send_if_modified(|progress| progress.waiting.take().is_some());
    }

    /// Waits before the next attempt, and reports why.
    pub(super) async fn wait(&self, why: String, waits: &mut ExponentialBackoff) {
        self.progress.send_modify(|progress| progress.waiting = Some(why));
        sleep(next_wait(waits)).await;
    }

    /// Reports that every ledger down to this one is known.
    fn advance(&self, known_down_to: u32) {
        self.progress.send_replace(WalkProgress { known_down_to, waiting: None });
    }

    pub(super) fn retry_waits() -> ExponentialBackoff {
        retry_waits(Self::RETRY_FIRST, Self::RETRY_MAX)
    }
}

/// The ledger before the one with this header.
fn parent(header: &LedgerHeader) -> LedgerId {
    LedgerId { index: header.index.saturating_sub(1), hash: header.parent_hash }
}
