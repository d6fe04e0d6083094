//! Fetches ledgers by hash and verifies every byte of them.

mod metrics;

use std::sync::Once;

use flow::{
    AsyncProcessor, Collector, Flow, MetricsHandle, OnReject, ProcessError, Reject, Settings, Topic,
};
use records::ledger_chunks;
use records::reply::UnverifiedFields;
use schemas::{LedgerEvents, Ledgers};
use xrpl_client::{EndpointArgs, Error, Pool, PoolMetrics};
use xrpl_codec::{Expected, Hash256, Ledger, LedgerTransaction};

use crate::metrics::DetailsMetrics;

/// What the flow does, in a sentence.
pub const ABOUT: &str = "Fetches ledgers by hash and verifies every byte of them";

/// The default of `--ledger-bytes-max`: several times what the largest ledgers have had.
pub const LEDGER_BYTES_MAX: usize = 16 << 20;
/// The limit of a reply, as a multiple of the largest expected ledger: it is in hexadecimal, with names around it, and a
/// ledger above the limit has to go through. No larger reply is taken into memory.
const REPLY_BYTES_PER_BYTE: usize = 4;

/// The flow's own settings.
#[derive(clap::Args, Debug, Clone)]
pub struct Args {
    /// The servers to ask.
    #[command(flatten)]
    pub endpoints: EndpointArgs,
    /// A ledger with more bytes of transactions and metadata is reported; one of about twice as many is refused
    #[arg(long, env, default_value_t = LEDGER_BYTES_MAX)]
    pub ledger_bytes_max: usize,
}

impl Args {
    /// A pool whose replies may be as large as the largest ledger. To be called inside of a runtime.
    pub fn pool(&self, settings: &Settings) -> Pool {
        let reply_bytes_max = self.ledger_bytes_max.saturating_mul(REPLY_BYTES_PER_BYTE);
        self.endpoints.pool_for_replies(&settings.network, reply_bytes_max)
    }
}

/// The flow `ledger-details`, which asks the servers of `pool`, and reports ledgers above a size in bytes.
pub fn flow(pool: Pool, ledger_bytes_max: usize) -> Flow {
    let (metrics, registered) = (DetailsMetrics::default(), Once::new());
    Flow::async_processor(LedgerDetails { pool, ledger_bytes_max, metrics, registered })
}

/// A ledger for each event, in chunks of whole transactions. A hole here would be a hole in the chain, so nothing is
/// rejected.
pub struct LedgerDetails {
    pool: Pool,
    ledger_bytes_max: usize,
    metrics: DetailsMetrics,
    registered: Once,
}

impl LedgerDetails {
    fn check_size(&self, ledger: &Ledger) {
        let size = |it: &LedgerTransaction| it.tx_blob.len() + it.meta_blob.len();
        let bytes: usize = ledger.transactions.iter().map(size).sum();
        let (index, bytes_max) = (ledger.header.index, self.ledger_bytes_max);
        if bytes > bytes_max {
            tracing::error!(ledger = index, bytes, bytes_max, "ledger is larger than expected");
            self.metrics.oversized_ledgers.inc();
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
        let ledger = self.pool.fetch_ledger(&expected).await.map_err(process_error)?;
        self.check_size(&ledger);
        let (header, unverified) = (ledger.header.to_bytes(), UnverifiedFields::default());
        for chunk in ledger_chunks(&ledger, &header, &unverified) {
            out.emit::<Ledgers>(&chunk)?;
        }
        Ok(())
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

/// An error is retried, unless waiting changes nothing.
fn process_error(error: Error) -> ProcessError {
    match error {
        Error::Contradiction(_) => Reject::because("contradiction", error).into(),
        error if error.is_transient() => ProcessError::Transient(error.into()),
        error => Reject::because("refused", error).into(),
    }
}
