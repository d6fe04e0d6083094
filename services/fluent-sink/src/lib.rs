//! Writes records to a receiver that speaks the Fluent forward protocol, and acknowledges after it.

mod args;
mod closed_chunks;
mod compatible;
mod failover;
mod metrics;
mod receivers;
#[cfg(test)]
mod refusals;
mod render;
#[cfg(test)]
mod rendered;
mod secret;
mod tag;

use std::sync::OnceLock;

use anyhow::Context as _;
use flow::{Flow, MetricsHandle, Namespace, RenderError, Settings, Sink, SinkChunk, SinkRecord};
use fluent::{Entries, Mode};
use schemas::{BookOffers, LedgerRecords, TransactionRecords};

pub use args::{Args, ModeName, TrustArgs};
use closed_chunks::ClosedChunks;
use metrics::ReceiverMetrics;
use receivers::Receivers;
pub use render::Rendering;
pub use tag::{BadTagTemplate, TagTemplate};

/// What the flow does, in a sentence.
pub const ABOUT: &str =
    "Writes records to Fluentd, Fluent Bit or any other receiver of the Fluent forward protocol";

/// The flow `fluent-sink`.
///
/// # Errors
/// When settings contradict each other, or a file is invalid.
pub fn flow(args: &Args, settings: &Settings) -> anyhow::Result<Flow> {
    Ok(Flow::sink(FluentSink::new(args, settings.from())?))
}

/// Writes each ledger's records in separate chunks, and waits for the acknowledgement of each.
#[derive(Debug)]
pub struct FluentSink {
    scope: Namespace,
    tag: TagTemplate,
    mode: Mode,
    rendering: Rendering,
    receivers: Receivers,
    closed: ClosedChunks,
    metrics: OnceLock<ReceiverMetrics>,
}

impl FluentSink {
    /// Writes the records of `scope` as `args` configure. Does not connect yet.
    ///
    /// # Errors
    /// As [`flow()`] has them.
    pub fn new(args: &Args, scope: Namespace) -> anyhow::Result<Self> {
        Ok(Self {
            tag: args.fluent_tag.clone(),
            mode: args.fluent_mode.into(),
            rendering: Rendering::new(scope.clone(), args.compatible, args.with_id)
                .with_record_bytes_max(args.fluent_record_bytes_max.map(|it| it as usize)),
            closed: ClosedChunks::default(),
            scope,
            receivers: Receivers::new(args.senders()?),
            metrics: OnceLock::new(),
        })
    }

    /// The messages of a chunk, each acknowledged by itself.
    fn messages(&self, chunk: &SinkChunk) -> anyhow::Result<Vec<fluent::Chunk>> {
        let count = u32::try_from(chunk.records).context("counting the records of a chunk")?;
        let entries = Entries::from_written(chunk.bytes.clone(), count);
        let tag = self.tag.tag(&self.scope, chunk.topic);
        if self.mode != Mode::Message {
            return Ok(vec![fluent::Chunk { tag, id: chunk.id.clone(), entries }]);
        }
        let numbered = entries.singly().enumerate();
        let single = numbered.map(|(number, entries)| fluent::Chunk {
            tag: tag.clone(),
            id: format!("{}/{number}", chunk.id),
            entries,
        });
        Ok(single.collect())
    }
}

impl Sink for FluentSink {
    const NAME: &'static str = "fluent-sink";
    type Input = (TransactionRecords, LedgerRecords, BookOffers);

    fn render(&self, record: &SinkRecord<'_>, out: &mut Vec<u8>) -> Result<(), RenderError> {
        self.rendering.render(record, out)
    }

    async fn write(&self, chunk: &SinkChunk) -> anyhow::Result<()> {
        let messages = self.messages(chunk)?;
        let mut connection = self.receivers.check_out();
        for message in &messages {
            if let Err(error) = connection.sender.send(message).await {
                self.receivers.failed(&connection, &error);
                // Only then the size matters; otherwise partitions share one message.
                let is_repeated_close = self.closed.failed(&message.id, error.is_close());
                let hint =
                    if is_repeated_close { closed_chunks::hint(message) } else { String::new() };
                return Err(error)
                    .with_context(|| format!("writing to {}{hint}", connection.address));
            }
            self.closed.acknowledged(&message.id);
        }
        self.receivers.acknowledged(connection);
        Ok(())
    }

    fn report(&self, handle: &MetricsHandle) {
        let metrics = self.metrics.get_or_init(|| ReceiverMetrics::register(handle.metrics()));
        self.receivers.report(metrics, handle);
    }
}
