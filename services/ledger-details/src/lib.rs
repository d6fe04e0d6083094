//! Fetches ledgers by hash and verifies every byte of them.

mod chunks;

use endpoints::fetch_error;
use flow::{FetchError, Fetcher, Flow, Meter, OnReject, Outbox, Topic};
use schemas::{LedgerEvents, Ledgers};
use xrpl::servers::Pool;
use xrpl::{Expected, Hash256};

/// What the flow does, in a sentence.
pub const ABOUT: &str = "Fetches ledgers by hash and verifies every byte of them";

/// The flow `ledger-details`, which asks the servers of `pool`.
pub fn flow(pool: Pool) -> Flow {
    Flow::fetcher(LedgerDetails { pool })
}

/// A ledger for each event, in chunks of whole transactions. A hole here would be a hole in the chain, so nothing is
/// rejected.
pub struct LedgerDetails {
    pool: Pool,
}

impl Fetcher for LedgerDetails {
    const NAME: &'static str = "ledger-details";
    const ON_REJECT: OnReject = OnReject::Halt;
    type Input = LedgerEvents;
    type Output = Ledgers;

    async fn fetch<'a>(
        &'a self,
        event: <Self::Input as Topic>::Record<'a>,
        out: &'a mut Outbox,
    ) -> Result<(), FetchError> {
        let expected = Expected {
            index: event.ledger_index,
            hash: Hash256(event.ledger_hash),
            parent_hash: Some(Hash256(event.parent_hash)),
        };
        let ledger = self.pool.fetch_ledger(&expected).await.map_err(fetch_error)?;
        chunks::put(&ledger, out)?;
        Ok(())
    }

    fn report(&self, meter: &Meter) {
        endpoints::report(&self.pool, meter);
    }
}
