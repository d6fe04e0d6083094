//! Asks a server for the offers of each touched book.

mod args;
mod backlog;
mod book;
mod metrics;

use std::sync::Once;

use flow::{AsyncProcessor, Collector, Flow, MetricsHandle, ProcessError, Reject, Topic};
use schemas::{BookOfferRequests, BookOffers, BookOffersAnswer};
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::sync::Semaphore;
use xrpl_client::{Error, LedgerId, Pool, PoolMetrics};
use xrpl_codec::Hash256;

pub use args::{Args, Asking, WhenBehind};
use backlog::{Backlog, Waiting};
use metrics::BookMetrics;

/// What the flow does, in a sentence.
pub const ABOUT: &str = "Asks a server for the offers of each touched book";

/// The number of gates. Ledgers whose indexes differ by a multiple of it share one: a ledger that waits holds up every eighth.
const GATES: usize = 8;
/// Books of one gate that are asked for at a time. Together they are answered within the deadline of the pool wherever a server
/// grants 22 plain requests a second; below that some are retried.
const GATE_BOOKS_MAX: usize = 4;

/// The flow `book-offers-record`, which asks the servers of `pool`.
pub fn flow(pool: Pool, asking: Asking) -> Flow {
    let gates = [const { Semaphore::const_new(GATE_BOOKS_MAX) }; GATES];
    let (backlog, metrics) = (Backlog::default(), BookMetrics::new(asking.when_behind));
    let registered = Once::new();
    Flow::async_processor(BookOffersRecord { pool, asking, gates, backlog, metrics, registered })
}

/// What a server answered about each book at the ledger that touched it: a record for each request. What no waiting changes
/// becomes a record that says so.
///
/// Many requests are read at a time so that the flow sees what is still to come; few of them are sent.
pub struct BookOffersRecord {
    pool: Pool,
    asking: Asking,
    gates: [Semaphore; GATES],
    backlog: Backlog,
    metrics: BookMetrics,
    registered: Once,
}

impl AsyncProcessor for BookOffersRecord {
    const NAME: &'static str = "book-offers-record";
    const IN_FLIGHT_MAX: usize = 256;
    type Input = BookOfferRequests;
    type Output = BookOffers;

    async fn process<'a>(
        &'a self,
        request: <Self::Input as Topic>::Record<'a>,
        out: &'a mut Collector,
    ) -> Result<(), ProcessError> {
        let book = book::of(&request)?;
        let ledger = LedgerId { index: request.ledger_index, hash: Hash256(request.ledger_hash) };
        let waiting = self.backlog.enter(book, ledger.index);
        let gate = &self.gates[ledger.index as usize % GATES];
        let _place = gate.acquire().await.expect("gates are never closed");
        if let Some(newer) = self.preferred(&waiting) {
            let skipped = BookOffersAnswer::without_offers(request, BookOffersAnswer::SKIPPED);
            self.put(&BookOffersAnswer { skipped_for: Some(newer), ..skipped }, out)?;
            return Ok(());
        }
        let limit = self.asking.offers_max;
        let answer = match self.pool.book_offers(&book, ledger, Some(limit)).await {
            Ok(answer) => answer,
            Err(Error::NotFound { past: true, .. }) => {
                let status = BookOffersAnswer::UNAVAILABLE;
                return Ok(self.put(&BookOffersAnswer::without_offers(request, status), out)?);
            }
            Err(Error::Rpc(error)) => {
                let status = error.token.as_str();
                return Ok(self.put(&BookOffersAnswer::without_offers(request, status), out)?);
            }
            Err(error) => return Err(ProcessError::Transient(error.into())),
        };
        let Answered { offers } = serde_json::from_str(answer.result.get())
            .map_err(|error| ProcessError::Transient(error.into()))?;
        let offer_count = u32::try_from(answer.offers)
            .map_err(|error| Reject::because("too-many-offers", error))?;
        let answered = BookOffersAnswer {
            offers: offers.get(),
            offer_count,
            limit: Some(limit),
            complete: Some(answer.is_complete),
            ..BookOffersAnswer::without_offers(request, BookOffersAnswer::OK)
        };
        Ok(self.put(&answered, out)?)
    }

    fn report(&self, meter: &MetricsHandle) {
        self.registered.call_once(|| {
            meter.register(|registry| {
                PoolMetrics::register(&self.pool, registry);
                self.metrics.register(registry);
            });
        });
        for (server, why) in self.pool.status_lines() {
            meter.status(&server, why);
        }
    }
}

impl BookOffersRecord {
    /// The newer ledger whose request for the same book is asked instead, if the flow is behind and such is the policy.
    fn preferred(&self, waiting: &Waiting<'_>) -> Option<u32> {
        let is_behind = waiting.behind() > self.asking.behind_ledgers_max;
        let skips = is_behind && self.asking.when_behind == WhenBehind::Fresh;
        skips.then(|| waiting.newer()).flatten()
    }

    fn put(&self, answer: &BookOffersAnswer<'_>, out: &mut Collector) -> Result<(), Reject> {
        self.metrics.count(answer);
        out.emit::<BookOffers>(answer)
    }
}

#[derive(Deserialize)]
struct Answered<'a> {
    #[serde(borrow)]
    offers: &'a RawValue,
}
