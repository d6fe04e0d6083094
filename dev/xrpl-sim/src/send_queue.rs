//! The bounded queue of messages to one connection.

use std::sync::Arc;

use axum::extract::ws::Utf8Bytes;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, mpsc};

/// Ledgers whose messages may be queued for a client before it is disconnected; rippled's default for messages. The
/// transactions of a ledger are sent at once, so they count as one.
const QUEUED_LEDGERS_MAX: usize = 100;

/// Replies that may be queued for a client before its next request is read.
const QUEUED_REPLIES_MAX: usize = 8;

/// Messages that are sent in sequence: those of one ledger, or a reply.
#[derive(Debug)]
pub(crate) struct MessageBatch {
    pub(crate) messages: Vec<Utf8Bytes>,
    /// The permit of a queued reply, released once the batch is sent.
    pub(crate) permit: Option<OwnedSemaphorePermit>,
}

/// The sending end of the queue.
#[derive(Clone, Debug)]
pub(crate) struct SendQueue {
    queue: mpsc::Sender<MessageBatch>,
    reply_permits: Arc<Semaphore>,
    overflowed: Arc<Notify>,
}

/// The receiving end, of the connection.
#[derive(Debug)]
pub(crate) struct ReceiveQueue {
    pub(crate) queue: mpsc::Receiver<MessageBatch>,
    /// Notified when the client is too slow.
    pub(crate) overflowed: Arc<Notify>,
}

/// A permit to queue one reply.
#[derive(Debug)]
pub(crate) struct ReplyPermit(OwnedSemaphorePermit);

impl SendQueue {
    /// A queue and its other end.
    pub(crate) fn new() -> (Self, ReceiveQueue) {
        let (sender, queue) = mpsc::channel(QUEUED_LEDGERS_MAX + QUEUED_REPLIES_MAX);
        let overflowed = Arc::new(Notify::new());
        let reply_permits = Arc::new(Semaphore::new(QUEUED_REPLIES_MAX));
        let send_queue = Self { queue: sender, reply_permits, overflowed: Arc::clone(&overflowed) };
        (send_queue, ReceiveQueue { queue, overflowed })
    }

    /// Waits until another reply may be queued.
    pub(crate) async fn reply_permit(&self) -> ReplyPermit {
        let permit = Arc::clone(&self.reply_permits).acquire_owned().await;
        ReplyPermit(permit.expect("the semaphore is never closed"))
    }

    /// Queues a reply.
    pub(crate) fn reply(&self, permit: ReplyPermit, message: Utf8Bytes) {
        self.put(MessageBatch { messages: vec![message], permit: Some(permit.0) });
    }

    /// Queues the messages of one ledger.
    pub(crate) fn publish(&self, messages: Vec<Utf8Bytes>) {
        self.put(MessageBatch { messages, permit: None });
    }

    /// A full queue drops the batch, and its connection is closed.
    fn put(&self, batch: MessageBatch) {
        if let Err(mpsc::error::TrySendError::Full(_)) = self.queue.try_send(batch) {
            self.overflowed.notify_one();
        }
    }
}
