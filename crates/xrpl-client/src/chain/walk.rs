//! Steps along the chain that are retried until they succeed.

use std::time::Duration;

use futures_util::{StreamExt, stream};
use tokio::sync::watch;
use tokio::time::sleep;

use super::{ChainError, Progress};
use crate::backoff::Backoff;
use crate::{EndpointId, LedgerId, Lie, Pool, PoolError};
use xrpl_codec::{LedgerHashes, LedgerHeader, Unverified};

/// One walk: it reports what it waits for, and ends when nobody listens any more.
pub(super) struct Walk {
    pub(super) pool: Pool,
    pub(super) progress: watch::Sender<Progress>,
}

impl Walk {
    /// The longest stretch that [`Walk::headers`] is made for: what one `LedgerHashes` names, and the ledger with it.
    pub(super) const WINDOW: u32 = 256;
    const HEADERS_PARALLEL: usize = 32;
    /// How many headers are fetched one by one before names are asked for again.
    const UNNAMED: u32 = 32;
    const RETRY_FIRST: Duration = Duration::from_millis(500);
    const RETRY_MAX: Duration = Duration::from_secs(15);

    /// The headers from `top` down to the index `low`, ascending. The hash of `top` proves every one of them: names
    /// from `LedgerHashes` only tell early what to fetch, the parent hashes tell what is right.
    pub(super) async fn headers(
        &self,
        top: LedgerId,
        low: u32,
    ) -> Result<Vec<LedgerHeader>, ChainError> {
        let mut headers = Vec::new();
        let mut next = top;
        while next.index >= low {
            let names = match next.index > low {
                true => self.pool.ledger_hashes_before(next).await.ok(),
                false => None,
            };
            let Some((namer, names)) = names else {
                next = self.unnamed(next, low, &mut headers).await?;
                continue;
            };
            if let Some(missing) = self.named(&mut next, low, namer, &names, &mut headers).await {
                let header = self.header(missing).await?;
                next = parent(&header);
                headers.push(header);
            }
        }
        headers.reverse();
        Ok(headers)
    }

    /// Fetches what `names` names, many at once, as far as it proves to be right. Returns the next ledger if it is right
    /// and could not be fetched.
    ///
    /// Nothing is awaited here beside the fetches: those that nobody polls would keep their places in the pool.
    async fn named(
        &self,
        next: &mut LedgerId,
        low: u32,
        namer: EndpointId,
        names: &LedgerHashes,
        headers: &mut Vec<LedgerHeader>,
    ) -> Option<LedgerId> {
        let below = (low..next.index)
            .rev()
            .map_while(|index| Some(LedgerId { index, hash: names.recent(index)? }));
        let wanted: Vec<LedgerId> = std::iter::once(*next).chain(below).collect();
        let fetch =
            |ledger: LedgerId| async move { (ledger, self.pool.fetch_header(ledger).await) };
        let mut fetched = stream::iter(wanted).map(fetch).buffered(Self::HEADERS_PARALLEL);
        while let Some((ledger, outcome)) = fetched.next().await {
            if ledger.hash != next.hash {
                let lie =
                    Lie::FalseName { index: ledger.index, named: ledger.hash, proven: next.hash };
                self.pool.accuse(
                    namer,
                    format!("hashes before ledger {}", names.last.saturating_add(1)),
                    lie,
                );
                return None;
            }
            let Ok(header) = outcome else { return Some(*next) };
            self.report(header.index, None);
            *next = parent(&header);
            headers.push(header);
        }
        None
    }

    /// Goes some ledgers back one by one, each named by the header after it.
    async fn unnamed(
        &self,
        mut next: LedgerId,
        low: u32,
        headers: &mut Vec<LedgerHeader>,
    ) -> Result<LedgerId, ChainError> {
        let last = low.max(next.index.saturating_sub(Self::UNNAMED));
        while next.index >= last {
            let header = self.header(next).await?;
            self.report(header.index, None);
            next = parent(&header);
            headers.push(header);
        }
        Ok(next)
    }

    /// A header, waited for until a server has it.
    pub(super) async fn header(&self, ledger: LedgerId) -> Result<LedgerHeader, ChainError> {
        let header = self.persist(|| self.pool.fetch_header(ledger)).await;
        header.map_err(|found| ChainError::FalseIndex { ledger, found })
    }

    /// The hashes of flag ledgers around `index` and before a ledger, waited for until a server has them; `doubted` is
    /// asked last.
    pub(super) async fn flags(
        &self,
        ledger: LedgerId,
        index: u32,
        doubted: Option<EndpointId>,
    ) -> Result<(EndpointId, LedgerHashes), ChainError> {
        let flags = self.persist(|| self.pool.flag_hashes_before(ledger, index, doubted)).await;
        flags.map_err(|found| ChainError::FalseIndex { ledger, found })
    }

    /// Repeats a request until it succeeds; the error is the index that the ledger has instead of the one named.
    async fn persist<T, F>(&self, request: impl Fn() -> F) -> Result<T, u32>
    where
        F: Future<Output = Result<T, PoolError>>,
    {
        let mut backoff = Backoff::new(Self::RETRY_FIRST, Self::RETRY_MAX);
        loop {
            match request().await {
                Ok(answer) => {
                    self.calm();
                    return Ok(answer);
                }
                Err(PoolError::Contradiction(Unverified::LedgerIndex { found, .. })) => {
                    return Err(found);
                }
                Err(error) => self.wait(error.to_string(), &mut backoff).await,
            }
        }
    }

    /// Says that nothing is waited for any more.
    pub(super) fn calm(&self) {
        self.progress.send_if_modified(|progress| progress.waiting.take().is_some());
    }

    /// Waits before the next try, and says why.
    pub(super) async fn wait(&self, why: String, backoff: &mut Backoff) {
        self.progress.send_modify(|progress| progress.waiting = Some(why));
        sleep(backoff.next()).await;
    }

    /// Says how far it has come.
    pub(super) fn report(&self, known_down_to: u32, waiting: Option<String>) {
        self.progress.send_replace(Progress { known_down_to, waiting });
    }

    pub(super) fn backoff() -> Backoff {
        Backoff::new(Self::RETRY_FIRST, Self::RETRY_MAX)
    }
}

/// The ledger before the one with this header.
fn parent(header: &LedgerHeader) -> LedgerId {
    LedgerId { index: header.index.saturating_sub(1), hash: header.parent_hash }
}
