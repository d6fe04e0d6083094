//! The flows `ledger-source` and `ledger-details` with files in the place of servers: the same topics, pointer and groups.

use std::sync::Arc;

use anyhow::anyhow;
use flow::{
    AsyncProcessor, Block, Blocks, Collector, MetricsHandle, OnReject, Pointer, ProcessError,
    Reject, Source, SourceError,
};
use records::ledger_chunks;
use schemas::{INGESTION_VERSION, LedgerEvent, LedgerEvents, Ledgers};
use tokio::sync::Semaphore;

use super::ledger_index::LedgerIndex;

/// This many ledgers are in memory at most.
const LOADED_MAX: usize = 4;

/// Announces the ledgers of files, in order.
pub(super) struct FileSource {
    pub(super) index: Arc<LedgerIndex>,
}

impl Source for FileSource {
    const NAME: &'static str = "ledger-source";
    const VERSION: i32 = INGESTION_VERSION;
    type Output = LedgerEvents;

    async fn ingest(
        &self,
        latest: Option<Pointer>,
        blocks: Blocks<LedgerEvents>,
        _meter: &MetricsHandle,
    ) -> Result<(), SourceError> {
        let mut parent = latest;
        for ledger in self.index.ledgers() {
            let pointer = ledger.pointer();
            if parent.as_ref().is_some_and(|parent| pointer.sequence <= parent.sequence) {
                continue;
            }
            let block = Block {
                parent: parent.replace(pointer.clone()),
                pointer,
                announced_ms: None,
                record: ledger.event.clone(),
            };
            if blocks.send(block).await.is_err() {
                // Another instance has become the active one.
                return Ok(());
            }
        }
        Ok(())
    }
}

/// Writes the ledgers of files that were announced, in chunks of whole transactions.
pub(super) struct FileDetails {
    index: Arc<LedgerIndex>,
    loaded: Semaphore,
}

impl FileDetails {
    /// Those of `index`.
    pub(super) fn new(index: Arc<LedgerIndex>) -> Self {
        Self { index, loaded: Semaphore::new(LOADED_MAX) }
    }
}

impl AsyncProcessor for FileDetails {
    const NAME: &'static str = "ledger-details";
    const ON_REJECT: OnReject = OnReject::Halt;
    const IN_FLIGHT_MAX: usize = 1;
    type Input = LedgerEvents;
    type Output = Ledgers;

    async fn process<'a>(
        &'a self,
        event: LedgerEvent,
        out: &'a mut Collector,
    ) -> Result<(), ProcessError> {
        let index = Arc::clone(&self.index);
        let ledger = index.find(event.ledger_index).filter(|ledger| ledger.event == event);
        let Some(ledger) = ledger.cloned() else {
            let why = anyhow!(
                "an earlier import has announced ledger {}: give its file too",
                event.ledger_index
            );
            return Err(Reject::because("not-in-files", why).into());
        };
        let _permit = self
            .loaded
            .acquire()
            .await
            .map_err(|error| ProcessError::Transient(anyhow::Error::new(error)))?;
        let loading = tokio::task::spawn_blocking(move || index.load(&ledger));
        let loaded = loading.await.map_err(|error| ProcessError::Transient(error.into()))?;
        let imported = loaded.map_err(|error| Reject::because("file-changed", error))?;
        let header = imported.ledger.header.to_bytes();
        for chunk in ledger_chunks(&imported.ledger, &header, &imported.unverified) {
            out.emit::<Ledgers>(&chunk)?;
        }
        Ok(())
    }
}
