//! A step from the outside to Kafka, led by one instance.

use std::future::Future;

use tokio::sync::mpsc;

use crate::observe::metrics_handle::MetricsHandle;
use crate::record::pointer::Pointer;
use crate::record::topic::Topic;

/// Brings blocks in from the outside, in order, each linked to the one before. One instance leads, others stand by.
pub trait Source: Send + Sync + 'static {
    /// Names the flow, its group, its ingestor and its transactional id.
    const NAME: &'static str;
    /// Version of what is ingested, not of the binary: a pointer of a newer one refuses this binary.
    const VERSION: i32;
    /// What is written; one record a block.
    type Output: Topic;

    /// Sends into `blocks` every block after `latest`, in order, for as long as this instance leads.
    ///
    /// Dropped when it no longer leads. Called anew, from the latest pointer, after an error.
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

/// Where a source puts its blocks. Bounded: sending waits while Kafka is behind.
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
    /// The outside contradicts the committed pointer, or what the operator asked for can't be: only an operator can help.
    #[error("{word}")]
    Halt {
        /// A word for `/readyz` and metrics, such as `forked`.
        word: &'static str,
        /// What is known of it.
        #[source]
        source: anyhow::Error,
    },
}
