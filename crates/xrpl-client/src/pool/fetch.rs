//! What flows fetch from a pool.

use std::fmt;
use std::sync::Arc;

use futures_util::future::join_all;
use tokio::time::timeout;

use super::endpoint::Endpoint;
use super::question::Question;
use super::{EndpointId, Pool, PoolError};
use crate::{
    BookOffers, BookOffersCall, Call, LedgerCall, LedgerEntry, LedgerEntryCall, LedgerHeaderCall,
    LedgerSpec, Lie, Loss, ServerError, StatedHeader, TransactionHashesCall, UnverifiedLedger,
};
use xrpl_codec::{
    Book, Expected, Hash256, Ledger, LedgerHashes, LedgerHeader, Unverified, flag_ledgers_key,
    recent_ledgers_key,
};

/// A ledger by index and hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LedgerId {
    /// Its index; who is asked depends on it.
    pub index: u32,
    /// Its hash; what is answered depends on it alone.
    pub hash: Hash256,
}

impl fmt::Display for LedgerId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} ({})", self.index, self.hash)
    }
}

impl Pool {
    /// A whole ledger, verified. A server whose bytes break a rule is set aside, and the ledger is fetched elsewhere.
    pub async fn fetch_ledger(&self, expected: &Expected) -> Result<Ledger, PoolError> {
        let ledger = LedgerId { index: expected.index, hash: expected.hash };
        let judge = |_, ledger: UnverifiedLedger| match ledger.verify(expected) {
            Ok(ledger) => Ok(Ok(ledger)),
            Err(fact) if is_about_expectation(&fact) => Ok(Err(fact)),
            Err(lie) => Err(ServerError::Lying(Lie::Ledger(lie))),
        };
        let proven = self
            .ask(&LedgerCall::new(expected.hash), &Question::about("ledger", ledger), judge)
            .await?;
        proven.map_err(PoolError::Contradiction)
    }

    /// The header of a ledger, proven by its hash.
    pub async fn fetch_header(&self, ledger: LedgerId) -> Result<LedgerHeader, PoolError> {
        let call = LedgerHeaderCall::new(LedgerSpec::Hash(ledger.hash));
        let question = Question::about("header of ledger", ledger);
        let header = self.ask(&call, &question, |_, stated| Ok(stated.header)).await?;
        if header.index != ledger.index {
            let fact = Unverified::LedgerIndex { expected: ledger.index, found: header.index };
            return Err(PoolError::Contradiction(fact));
        }
        Ok(header)
    }

    /// How many transactions a ledger has, and who says so. Only the whole ledger proves it.
    pub async fn transaction_count(
        &self,
        ledger: LedgerId,
    ) -> Result<(EndpointId, usize), PoolError> {
        let call = TransactionHashesCall::new(ledger.hash);
        let question = Question::about("transaction hashes of ledger", ledger);
        self.ask(&call, &question, |endpoint, count| Ok((endpoint, count))).await
    }

    /// The hashes of the ledgers before `ledger`, up to 256, and who named them. Only headers prove them.
    pub async fn ledger_hashes_before(
        &self,
        ledger: LedgerId,
    ) -> Result<(EndpointId, LedgerHashes), PoolError> {
        let is_sound =
            move |hashes: &LedgerHashes| Some(hashes.last) == ledger.index.checked_sub(1);
        self.hashes(recent_ledgers_key(), ledger, None, is_sound).await
    }

    /// The hashes of the flag ledgers among the 65,536 around `index`, as far as they come before `ledger`, and who named
    /// them. Only headers prove them. `doubted` is asked last.
    pub async fn flag_hashes_before(
        &self,
        ledger: LedgerId,
        index: u32,
        doubted: Option<EndpointId>,
    ) -> Result<(EndpointId, LedgerHashes), PoolError> {
        let is_sound = move |hashes: &LedgerHashes| hashes.last < ledger.index;
        self.hashes(flag_ledgers_key(index), ledger, doubted, is_sound).await
    }

    /// The offers of a book at a ledger, from a server that did not lie lately; `limit` offers at most. That the ledger is not
    /// there is said only when each server of our network has said so.
    pub async fn book_offers(
        &self,
        book: &Book,
        ledger: LedgerId,
        limit: Option<u32>,
    ) -> Result<BookOffers, PoolError> {
        let question = Question {
            proves_itself: false,
            is_final: true,
            ..Question::about("book at ledger", ledger)
        };
        self.ask(&BookOffersCall::new(book, ledger.hash, limit), &question, |_, offers| Ok(offers))
            .await
    }

    /// What each server of our network says is its validated ledger at `index`. One that can't be asked in time has no word.
    pub async fn each_header(
        &self,
        index: u32,
    ) -> Vec<(EndpointId, Result<StatedHeader, ServerError>)> {
        let call = &LedgerHeaderCall::new(LedgerSpec::Index(index));
        let question = &Question::general(format!("validated ledger {index}"));
        let patience = self.shared.limits.patience;
        let ask = |endpoint: &Arc<Endpoint>| {
            let endpoint = endpoint.clone();
            async move {
                let asked = async {
                    let permit = endpoint.enter(LedgerHeaderCall::COST).await;
                    let word = endpoint.ask(call, question, Ok).await;
                    drop(permit);
                    word
                };
                let word = timeout(patience, asked).await;
                (endpoint.id, word.unwrap_or_else(|_| Err(Loss::TimedOut(patience).into())))
            }
        };
        let ours = self.shared.endpoints.iter().filter(|it| it.foreign().is_none());
        join_all(ours.map(ask)).await
    }

    /// Sets a server aside for a lie that came to light after its answer to `asked` was taken.
    pub fn accuse(&self, endpoint: EndpointId, asked: String, lie: Lie) {
        if let Some(accused) = self.shared.endpoints.get(endpoint.0) {
            accused.accuse(lie, &Question::general(asked));
        }
    }

    async fn hashes(
        &self,
        key: Hash256,
        ledger: LedgerId,
        doubted: Option<EndpointId>,
        is_sound: impl Fn(&LedgerHashes) -> bool + Sync,
    ) -> Result<(EndpointId, LedgerHashes), PoolError> {
        let question = Question { doubted, ..Question::about("hashes before ledger", ledger) };
        let judge = |endpoint, entry: LedgerEntry| {
            let malformed =
                |what: String| ServerError::Malformed { what, excerpt: question.what.clone() };
            let hashes =
                LedgerHashes::parse(&entry.data).map_err(|error| malformed(error.to_string()))?;
            match is_sound(&hashes) {
                true => Ok((endpoint, hashes)),
                false => Err(malformed(format!("hashes up to ledger {}", hashes.last))),
            }
        };
        self.ask(&LedgerEntryCall::new(key, ledger.hash), &question, judge).await
    }
}

/// Whether a broken rule speaks of what was expected, or of the ledger itself, and not of the server: the header is
/// already proven by its hash, and the transactions by the header's root.
fn is_about_expectation(broken: &Unverified) -> bool {
    matches!(
        broken,
        Unverified::LedgerIndex { .. }
            | Unverified::ParentHash { .. }
            | Unverified::TransactionIndex { .. }
            | Unverified::Metadata { .. }
    )
}
