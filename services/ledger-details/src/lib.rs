//! Fetches ledgers by hash and verifies every byte of them.

use std::sync::atomic::{AtomicU64, Ordering};

use endpoints::fetch_error;
use flow::{
    AsyncProcessor, Collector, Flow, MetricsHandle, OnReject, ProcessError, Settings, Topic,
};
use records::ledger_chunks;
use records::reply::UnverifiedFields;
use schemas::{LedgerEvents, Ledgers};
use xrpl_client::Pool;
use xrpl_codec::{Expected, Hash256, Ledger, LedgerTransaction};

/// What the flow does, in a sentence.
pub const ABOUT: &str = "Fetches ledgers by hash and verifies every byte of them";

/// A ledger with more bytes of transactions and metadata is an alarm, unless told otherwise: several times what the largest
/// ledgers have had.
pub const LEDGER_BYTES_MAX: usize = 16 << 20;
/// A reply may have so many times the bytes of the largest ledger that is expected: it is in hexadecimal, with names around
/// it, and a ledger above the limit is to go through. No larger one is taken into memory.
const REPLY_BYTES_PER_BYTE: usize = 4;

/// The flow's own settings.
#[derive(clap::Args, Debug, Clone)]
pub struct Args {
    /// The servers to ask.
    #[command(flatten)]
    pub endpoints: endpoints::Args,
    /// A ledger with more bytes of transactions and metadata is reported; one of about twice as many is not taken any more
    #[arg(long, env, default_value_t = LEDGER_BYTES_MAX)]
    pub ledger_bytes_max: usize,
}

impl Args {
    /// A pool that takes replies as large as the largest ledger. To be called inside of a runtime.
    pub fn pool(&self, settings: &Settings) -> Pool {
        let reply_bytes_max = self.ledger_bytes_max.saturating_mul(REPLY_BYTES_PER_BYTE);
        self.endpoints.pool_for_replies(&settings.network, reply_bytes_max)
    }
}

/// The flow `ledger-details`, which asks the servers of `pool`, and reports ledgers above a size in bytes.
pub fn flow(pool: Pool, ledger_bytes_max: usize) -> Flow {
    Flow::async_processor(LedgerDetails { pool, ledger_bytes_max, oversized: AtomicU64::new(0) })
}

/// A ledger for each event, in chunks of whole transactions. A hole here would be a hole in the chain, so nothing is
/// rejected.
pub struct LedgerDetails {
    pool: Pool,
    ledger_bytes_max: usize,
    /// Ledgers above it that are still to be counted.
    oversized: AtomicU64,
}

impl LedgerDetails {
    fn weigh(&self, ledger: &Ledger) {
        let size = |it: &LedgerTransaction| it.tx_blob.len() + it.meta_blob.len();
        let bytes: usize = ledger.transactions.iter().map(size).sum();
        let (index, bytes_max) = (ledger.header.index, self.ledger_bytes_max);
        if bytes > bytes_max {
            tracing::error!(ledger = index, bytes, bytes_max, "ledger is larger than expected");
            self.oversized.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl AsyncProcessor for LedgerDetails {
    const NAME: &'static str = "ledger-details";
    const ON_REJECT: OnReject = OnReject::Halt;
    type Input = LedgerEvents;
    type Output = Ledgers;

    async fn process<'a>(
        &'a self,
        event: <Self::Input as Topic>::Record<'a>,
        out: &'a mut Collector,
    ) -> Result<(), ProcessError> {
        let expected = Expected {
            index: event.ledger_index,
            hash: Hash256(event.ledger_hash),
            parent_hash: Some(Hash256(event.parent_hash)),
        };
        let ledger = self.pool.fetch_ledger(&expected).await.map_err(fetch_error)?;
        self.weigh(&ledger);
        let (header, unverified) = (ledger.header.to_bytes(), UnverifiedFields::default());
        for chunk in ledger_chunks(&ledger, &header, &unverified) {
            out.emit::<Ledgers>(&chunk)?;
        }
        Ok(())
    }

    fn report(&self, meter: &MetricsHandle) {
        endpoints::report(&self.pool, meter);
        meter.oversized(self.oversized.swap(0, Ordering::Relaxed));
    }
}
