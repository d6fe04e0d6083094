//! The requests of flows.

use std::sync::Arc;

use futures_util::future::join_all;
use tokio::time::timeout;

use super::Pool;
use super::endpoint::Endpoint;
use super::request_context::RequestContext;
use crate::call::{
    BookOffers, BookOffersCall, Call, LedgerCall, LedgerEntry, LedgerEntryCall, LedgerHeaderCall,
    LedgerSpec, StatedHeader, TransactionHashesCall, UnverifiedLedger,
};
use crate::endpoint_id::EndpointId;
use crate::error::{ConnectionError, Error, InvalidResponse};
use crate::ledger_id::LedgerId;
use crate::trust::judge_ledger;
use xrpl_codec::{
    Book, Expected, Hash256, Ledger, LedgerHashes, LedgerHeader, Unverified, flag_ledgers_key,
    recent_ledgers_key,
};

impl Pool {
    /// A whole ledger, verified. A server whose bytes break a rule is quarantined, and another one is asked.
    pub async fn fetch_ledger(&self, expected: &Expected) -> Result<Ledger, Error> {
        let ledger = LedgerId { index: expected.index, hash: expected.hash };
        let judge = |_, ledger: UnverifiedLedger| judge_ledger(ledger, expected);
        let proven = self
            .ask(&LedgerCall::new(expected.hash), &RequestContext::about("ledger", ledger), judge)
            .await?;
        proven.map_err(Error::Contradiction)
    }

    /// The header of a ledger, proven by its hash.
    pub async fn fetch_header(&self, ledger: LedgerId) -> Result<LedgerHeader, Error> {
        let call = LedgerHeaderCall::new(LedgerSpec::Hash(ledger.hash));
        let context = RequestContext::about("header of ledger", ledger);
        let header = self.ask(&call, &context, |_, stated| Ok(stated.header)).await?;
        if header.index != ledger.index {
            let fact = Unverified::LedgerIndex { expected: ledger.index, found: header.index };
            return Err(Error::Contradiction(fact));
        }
        Ok(header)
    }

    /// The number of transactions of a ledger, and the server that says it. Only the whole ledger proves it.
    pub async fn transaction_count(&self, ledger: LedgerId) -> Result<(EndpointId, usize), Error> {
        let call = TransactionHashesCall::new(ledger.hash);
        let context = RequestContext::about("transaction hashes of ledger", ledger);
        self.ask(&call, &context, |endpoint, count| Ok((endpoint, count))).await
    }

    /// The hashes of the ledgers before `ledger`, up to 256, and the server that they came from. Only headers prove them.
    pub async fn ledger_hashes_before(
        &self,
        ledger: LedgerId,
    ) -> Result<(EndpointId, LedgerHashes), Error> {
        let is_sound =
            move |hashes: &LedgerHashes| Some(hashes.last) == ledger.index.checked_sub(1);
        self.hashes(recent_ledgers_key(), ledger, None, is_sound).await
    }

    /// The hashes of the flag ledgers among the 65,536 around `index`, as far as they come before `ledger`, and the
    /// server that they came from. Only headers prove them. `doubted` is asked last.
    pub async fn flag_hashes_before(
        &self,
        ledger: LedgerId,
        index: u32,
        doubted: Option<EndpointId>,
    ) -> Result<(EndpointId, LedgerHashes), Error> {
        let is_sound = move |hashes: &LedgerHashes| hashes.last < ledger.index;
        self.hashes(flag_ledgers_key(index), ledger, doubted, is_sound).await
    }

    /// The offers of a book at a ledger, from a server that is not quarantined; `limit` offers at most. It is not found only
    /// when each server of the network has said so.
    pub async fn book_offers(
        &self,
        book: &Book,
        ledger: LedgerId,
        limit: Option<u32>,
    ) -> Result<BookOffers, Error> {
        let context = RequestContext {
            proves_itself: false,
            is_final: true,
            ..RequestContext::about("book at ledger", ledger)
        };
        self.ask(&BookOffersCall::new(book, ledger.hash, limit), &context, |_, offers| Ok(offers))
            .await
    }

    /// The validated ledger of each server of the network at `index`; an error for one that does not answer in time.
    pub async fn each_header(&self, index: u32) -> Vec<(EndpointId, Result<StatedHeader, Error>)> {
        let call = &LedgerHeaderCall::new(LedgerSpec::Index(index));
        let context = &RequestContext::general(format!("validated ledger {index}"));
        let deadline = self.shared.limits.deadline;
        let ask = |endpoint: &Arc<Endpoint>| {
            let endpoint = endpoint.clone();
            async move {
                let asked = async {
                    let permit = endpoint.enter(LedgerHeaderCall::COST).await;
                    let stated = endpoint.ask(call, context, Ok).await;
                    drop(permit);
                    stated
                };
                let stated = timeout(deadline, asked).await;
                (
                    endpoint.id,
                    stated.unwrap_or_else(|_| Err(ConnectionError::TimedOut(deadline).into())),
                )
            }
        };
        let ours = self.shared.endpoints.iter().filter(|it| it.wrong_network().is_none());
        join_all(ours.map(ask)).await
    }

    /// Reports an invalid response that was found out after it was taken: the server is quarantined.
    pub fn report(&self, endpoint: EndpointId, request: String, response: InvalidResponse) {
        if let Some(endpoint) = self.shared.endpoints.get(endpoint.0) {
            endpoint.report(response, &RequestContext::general(request));
        }
    }

    async fn hashes(
        &self,
        key: Hash256,
        ledger: LedgerId,
        doubted: Option<EndpointId>,
        is_sound: impl Fn(&LedgerHashes) -> bool + Sync,
    ) -> Result<(EndpointId, LedgerHashes), Error> {
        let context =
            RequestContext { doubted, ..RequestContext::about("hashes before ledger", ledger) };
        let judge = |endpoint, entry: LedgerEntry| {
            let malformed = |what: String| Error::Malformed { what, excerpt: context.what.clone() };
            let hashes =
                LedgerHashes::parse(&entry.data).map_err(|error| malformed(error.to_string()))?;
            match is_sound(&hashes) {
                true => Ok((endpoint, hashes)),
                false => Err(malformed(format!("hashes up to ledger {}", hashes.last))),
            }
        };
        self.ask(&LedgerEntryCall::new(key, ledger.hash), &context, judge).await
    }
}
