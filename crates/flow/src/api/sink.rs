//! The sink: writes records from Kafka to the outside.

use std::future::Future;

use crate::observe::metrics_handle::MetricsHandle;
use crate::record::record_order::RecordOrder;
use crate::record::reject::Reject;
use crate::record::topic::Topics;
use crate::schema::single_object::{DecodeError, Decoder};

/// Writes records to the outside. An offset is committed only after the outside has acknowledged everything before it.
pub trait Sink: Send + Sync + 'static {
    /// Names the consumer group, the metric label and the Helm entry.
    const NAME: &'static str;
    /// The most parts of one sequence number in a chunk; boundaries lie at multiples of it.
    const CHUNK_PARTS_MAX: u32 = 512;
    /// The most rendered bytes in a chunk, unless a single record has more.
    const CHUNK_BYTES_MAX: usize = 1 << 20;
    /// What is read: a topic or a tuple of topics.
    type Input: Topics;

    /// Appends the record as the outside takes it to `out`. Pure.
    ///
    /// # Errors
    /// [`RenderError::Reject`]: the record becomes a dead letter and the chunk goes without it.
    fn render(&self, record: &SinkRecord<'_>, out: &mut Vec<u8>) -> Result<(), RenderError>;

    /// Writes a chunk and returns once the outside has it. Retried with the same chunk until it succeeds.
    ///
    /// # Errors
    /// Every error is transient: the partition waits, nothing is lost.
    fn write(&self, chunk: &SinkChunk) -> impl Future<Output = anyhow::Result<()>> + Send;

    /// Reports what has been counted outside of the runtime; called now and then.
    fn report(&self, meter: &MetricsHandle) {
        let _ = meter;
    }
}

/// A record as a sink sees it.
#[derive(Debug)]
pub struct SinkRecord<'a> {
    /// The topic's name without network and lane.
    pub topic: &'static str,
    /// Its order within the lane.
    pub order: RecordOrder,
    /// Its key.
    pub key: &'a [u8],
    /// Its value, encoded.
    pub value: &'a [u8],
    /// Reads the value.
    pub decoder: &'a Decoder,
    /// Counts what the sink wants to show.
    pub meter: &'a MetricsHandle,
}

/// Why a record was not rendered.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// The record can't be read (yet).
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// The record can never be rendered.
    #[error(transparent)]
    Reject(#[from] Reject),
}

/// Rendered records of one sequence number. Its boundaries depend on content alone, so that a repeat after a crash is the
/// same chunk with the same [`SinkChunk::id`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SinkChunk {
    /// The topic's name without network and lane.
    pub topic: &'static str,
    /// `<topic>/<sequence>/<first part>`: the same in every run.
    pub id: String,
    /// The sequence number.
    pub sequence: u64,
    /// The rendered records, one after the other.
    pub bytes: Vec<u8>,
    /// The number of records.
    pub records: usize,
}
