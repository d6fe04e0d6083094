//! Messages that wait for a connection, up to a limit.

use std::sync::Arc;

use axum::extract::ws::Utf8Bytes;
use tokio::sync::{Notify, mpsc};

/// Announcements that may wait for a client before it is dropped; rippled's default.
pub(crate) const WAITING_MESSAGES_MAX: usize = 100;

/// Where announcements for one connection go.
#[derive(Clone, Debug)]
pub(crate) struct Outbox {
    queue: mpsc::Sender<Utf8Bytes>,
    overflowed: Arc<Notify>,
}

/// The connection's end.
#[derive(Debug)]
pub(crate) struct Waiting {
    pub(crate) queue: mpsc::Receiver<Utf8Bytes>,
    /// Is told when the client was too slow.
    pub(crate) overflowed: Arc<Notify>,
}

impl Outbox {
    /// An outbox and its other end.
    pub(crate) fn new() -> (Self, Waiting) {
        let (sender, queue) = mpsc::channel(WAITING_MESSAGES_MAX);
        let overflowed = Arc::new(Notify::new());
        (Self { queue: sender, overflowed: Arc::clone(&overflowed) }, Waiting { queue, overflowed })
    }

    /// Puts a message without waiting. A full outbox loses it, and its connection is told to end.
    pub(crate) fn put(&self, message: Utf8Bytes) {
        if let Err(mpsc::error::TrySendError::Full(_)) = self.queue.try_send(message) {
            self.overflowed.notify_one();
        }
    }
}
