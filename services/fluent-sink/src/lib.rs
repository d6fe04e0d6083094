//! Writes records to a receiver that speaks the Fluent forward protocol, and acknowledges after it.

mod compatible;
mod render;
#[cfg(test)]
mod rendered;

use std::sync::{Mutex, PoisonError};

use anyhow::Context as _;
use flow::{Chunk, Flow, Readable, RenderError, Settings, Sink};
use fluent::{Entries, Sender, SenderSettings};
pub use render::Rendering;
use schemas::{BookOffers, LedgerRecords, TransactionRecords};

/// What the flow does, in a sentence.
pub const ABOUT: &str =
    "Writes records to Fluentd, Fluent Bit or whatever else speaks the Fluent forward protocol";

/// The flow's own settings.
#[derive(clap::Args, Debug, Clone)]
pub struct Args {
    /// The receiver, as `host:port`
    #[arg(long, env)]
    pub fluent_address: String,
    /// Write transactions and ledgers as the former pipeline did, amounts as `{currency, issuer, value}` among other things
    #[arg(long, env)]
    pub compatible: bool,
    /// With `--compatible`, add `_id` all the same: without it a receiver can't drop what is sent again after a crash
    #[arg(long, env, requires = "compatible")]
    pub with_id: bool,
}

/// The flow `fluent-sink`.
pub fn flow(args: &Args, settings: &Settings) -> Flow {
    let rendering = Rendering::new(args.compatible, args.with_id);
    Flow::sink(FluentSink::new(&args.fluent_address, settings.from().to_string(), rendering))
}

/// Writes each ledger's records in chunks of their own, and waits for the acknowledgement of each.
#[derive(Debug)]
pub struct FluentSink {
    address: String,
    /// What every tag begins with: `<network>[.<lane>]`.
    prefix: String,
    rendering: Rendering,
    /// Connections that nobody is using. A partition has one chunk under way, so any of them keeps its order.
    idle: Mutex<Vec<Sender>>,
}

impl FluentSink {
    /// Writes to `address` under tags that begin with `prefix`.
    pub fn new(address: &str, prefix: String, rendering: Rendering) -> Self {
        Self { address: address.to_owned(), prefix, rendering, idle: Mutex::default() }
    }

    fn sender(&self) -> Sender {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        idle.unwrap_or_else(|| Sender::new(SenderSettings::to(&self.address)))
    }
}

impl Sink for FluentSink {
    const NAME: &'static str = "fluent-sink";
    type Input = (TransactionRecords, LedgerRecords, BookOffers);

    fn render(&self, record: &Readable<'_>, out: &mut Vec<u8>) -> Result<(), RenderError> {
        self.rendering.render(record, out)
    }

    async fn write(&self, chunk: &Chunk) -> anyhow::Result<()> {
        let count = u32::try_from(chunk.records).context("counting the records of a chunk")?;
        let chunk = fluent::Chunk {
            tag: format!("{}.{}", self.prefix, render::tag(chunk.topic)),
            id: chunk.id.clone(),
            entries: Entries::from_written(chunk.bytes.clone(), count),
        };
        let mut sender = self.sender();
        sender.send(&chunk).await.with_context(|| format!("writing to {}", self.address))?;
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(sender);
        Ok(())
    }
}
