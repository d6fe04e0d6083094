//! One sender's connection to a receiver.

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::watch;
use tokio::time::timeout;
use tracing::{debug, warn};

use fluent::HandshakeError;
use fluent::protocol::{MessageReader, ReadError, Stream, encode_ack, write_flushed};

use crate::batch::BatchError;
use crate::counts::{Counters, add};
use crate::handshake::server_handshake;
use crate::{Batch, ReceiverSettings};

#[derive(Debug)]
pub(crate) struct Connection {
    reader: MessageReader<Stream>,
    peer: SocketAddr,
    settings: Arc<ReceiverSettings>,
    counters: Arc<Counters>,
    stopped: watch::Receiver<bool>,
}

/// Why a connection was closed from this side.
#[derive(Debug, thiserror::Error)]
enum CloseReason {
    #[error(transparent)]
    Read(ReadError),
    #[error(transparent)]
    Batch(BatchError),
    #[error("the handshake failed")]
    Handshake(#[source] HandshakeError),
    #[error("the handler failed")]
    Refused(#[source] anyhow::Error),
    #[error("writing the acknowledgement failed")]
    Ack(#[source] std::io::Error),
}

impl Connection {
    pub(crate) fn new(
        stream: Stream,
        peer: SocketAddr,
        settings: Arc<ReceiverSettings>,
        counters: Arc<Counters>,
        stopped: watch::Receiver<bool>,
    ) -> Self {
        Self {
            reader: MessageReader::new(stream, settings.message_bytes_max),
            peer,
            settings,
            counters,
            stopped,
        }
    }

    /// Serves the sender until either end closes.
    pub(crate) async fn serve<F>(mut self, handler: &(impl Fn(Batch) -> F + Sync))
    where
        F: Future<Output = anyhow::Result<()>> + Send + 'static,
    {
        let reason = match self.messages(handler).await {
            Ok(()) => return debug!(peer = %self.peer, "connection ended"),
            Err(reason) => reason,
        };
        match &reason {
            CloseReason::Refused(_) => add(&self.counters.refused, 1),
            CloseReason::Read(ReadError::Decode(_))
            | CloseReason::Batch(_)
            | CloseReason::Handshake(_) => {
                add(&self.counters.malformed, 1);
            }
            CloseReason::Read(ReadError::Io(_)) | CloseReason::Ack(_) => {}
        }
        warn!(peer = %self.peer, reason = format!("{:#}", anyhow::Error::from(reason)), "connection closed");
    }

    async fn messages<F>(
        &mut self,
        handler: &(impl Fn(Batch) -> F + Sync),
    ) -> Result<(), CloseReason>
    where
        F: Future<Output = anyhow::Result<()>> + Send + 'static,
    {
        if let Some(security) = &self.settings.security {
            timeout(self.settings.grace, server_handshake(&mut self.reader, security))
                .await
                .unwrap_or(Err(HandshakeError::Incomplete))
                .map_err(CloseReason::Handshake)?;
        }
        while let Some(message) = self.next().await? {
            let batch = Batch::decode(&message, self.settings.decompressed_bytes_max)
                .map_err(CloseReason::Batch)?;
            // A heartbeat is not answered.
            let Some(batch) = batch else { continue };
            self.handle(batch, handler).await?;
        }
        Ok(())
    }

    /// The next message, or `None` when the sender closes or this receiver stops.
    async fn next(&mut self) -> Result<Option<Bytes>, CloseReason> {
        tokio::select! {
            biased;
            _ = self.stopped.wait_for(|&stopped| stopped) => Ok(None),
            message = self.reader.next() => message.map_err(CloseReason::Read),
        }
    }

    async fn handle<F>(
        &mut self,
        batch: Batch,
        handler: &(impl Fn(Batch) -> F + Sync),
    ) -> Result<(), CloseReason>
    where
        F: Future<Output = anyhow::Result<()>> + Send + 'static,
    {
        let (chunk, count, bytes) = (batch.chunk.clone(), batch.count(), batch.bytes());
        handler(batch).await.map_err(CloseReason::Refused)?;
        add(&self.counters.batches, 1);
        add(&self.counters.entries, count);
        add(&self.counters.bytes, u64::try_from(bytes).expect("lengths have 64 bits"));
        if let Some(chunk) = chunk {
            write_flushed(self.reader.stream(), &*encode_ack(&chunk))
                .await
                .map_err(CloseReason::Ack)?;
            add(&self.counters.acks, 1);
        }
        Ok(())
    }
}
