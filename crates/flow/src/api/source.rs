//! The source: ingests blocks from the outside into Kafka, by one active instance.

use std::future::Future;

use tokio::sync::mpsc;

use crate::observe::metrics_handle::MetricsHandle;
use crate::record::pointer::Pointer;
use crate::record::topic::Topic;

/// Ingests blocks from the outside, in order, each linked to the one before. One instance is active, the others are standby.
pub trait Source: Send + Sync + 'static {
    /// Names the flow, its group, its ingestor and its transactional id.
    const NAME: &'static str;
    /// The ingestion version, not that of the binary: an instance refuses the pointer of a newer one.
    const VERSION: i32;
    /// The topic that is written; one record a block.
    type Output: Topic;

    /// Sends into `blocks` every block after `latest`, in order, for as long as this instance is active.
    ///
    /// Dropped when the instance is no longer active. Called again, from the latest pointer, after an error.
    ///
    /// # Errors
    /// See [`SourceError`].
    fn ingest(
        &self,
        latest: Option<Pointer>,
        blocks: Blocks<Self::Output>,
        meter: &MetricsHandle,
    ) -> impl Future<Output = Result<(), SourceError>> + Send;

    /// Reports what has been counted outside of the runtime; called now and then, also by a standby.
    fn report(&self, meter: &MetricsHandle) {
        let _ = meter;
    }
}

/// Where a source sends its blocks. Bounded: sending waits while Kafka is behind.
pub type Blocks<T> = mpsc::Sender<Block<T>>;

/// A block to be committed.
pub struct Block<T: Topic> {
    /// The block before it: what the committed pointer has to be. `None` for the first of a lane.
    pub parent: Option<Pointer>,
    /// The block.
    pub pointer: Pointer,
    /// When the outside announced it, in milliseconds since the epoch; `None` for history.
    pub announced_ms: Option<u64>,
    /// What is written for it.
    pub record: T::Record<'static>,
}

impl<T: Topic> std::fmt::Debug for Block<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Block")
            .field("parent", &self.parent)
            .field("pointer", &self.pointer)
            .finish_non_exhaustive()
    }
}

/// Why a source stopped. Returning without an error means that it has nothing more to send, ever.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// Retried from the latest pointer, with backoff.
    #[error("not available")]
    Transient(#[source] anyhow::Error),
    /// The outside contradicts the committed pointer, or what the operator asked for is impossible: only an operator can help.
    #[error("{word}")]
    Halt {
        /// A word for `/readyz` and metrics, such as `forked`.
        word: &'static str,
        /// What is known of it.
        #[source]
        source: anyhow::Error,
    },
}
