//! Messages that wait for a connection, up to a limit.

use std::sync::Arc;

use axum::extract::ws::Utf8Bytes;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, mpsc};

/// Ledgers whose announcements may wait for a client before it is dropped; rippled's default for messages. The
/// transactions of a ledger come in one go, so they count as one.
const WAITING_LEDGERS_MAX: usize = 100;

/// Replies that may wait for a client before its next request is read.
const WAITING_REPLIES_MAX: usize = 8;

/// Messages that are sent one after the other: those of one ledger, or a reply.
#[derive(Debug)]
pub(crate) struct Parcel {
    pub(crate) messages: Vec<Utf8Bytes>,
    /// Frees its place among the waiting replies once the parcel was sent.
    pub(crate) place: Option<OwnedSemaphorePermit>,
}

/// Where messages for one connection go.
#[derive(Clone, Debug)]
pub(crate) struct Outbox {
    queue: mpsc::Sender<Parcel>,
    places: Arc<Semaphore>,
    overflowed: Arc<Notify>,
}

/// The connection's end.
#[derive(Debug)]
pub(crate) struct Waiting {
    pub(crate) queue: mpsc::Receiver<Parcel>,
    /// Is told when the client was too slow.
    pub(crate) overflowed: Arc<Notify>,
}

/// The right to put one reply.
#[derive(Debug)]
pub(crate) struct ReplyPlace(OwnedSemaphorePermit);

impl Outbox {
    /// An outbox and its other end.
    pub(crate) fn new() -> (Self, Waiting) {
        let (sender, queue) = mpsc::channel(WAITING_LEDGERS_MAX + WAITING_REPLIES_MAX);
        let overflowed = Arc::new(Notify::new());
        let places = Arc::new(Semaphore::new(WAITING_REPLIES_MAX));
        let outbox = Self { queue: sender, places, overflowed: Arc::clone(&overflowed) };
        (outbox, Waiting { queue, overflowed })
    }

    /// Waits until a further reply may wait.
    pub(crate) async fn reply_place(&self) -> ReplyPlace {
        let place = Arc::clone(&self.places).acquire_owned().await;
        ReplyPlace(place.expect("the semaphore is never closed"))
    }

    /// Puts a reply.
    pub(crate) fn reply(&self, place: ReplyPlace, message: Utf8Bytes) {
        self.put(Parcel { messages: vec![message], place: Some(place.0) });
    }

    /// Puts what one ledger has to tell.
    pub(crate) fn announce(&self, messages: Vec<Utf8Bytes>) {
        self.put(Parcel { messages, place: None });
    }

    /// A full outbox loses the parcel, and its connection is told to end.
    fn put(&self, parcel: Parcel) {
        if let Err(mpsc::error::TrySendError::Full(_)) = self.queue.try_send(parcel) {
            self.overflowed.notify_one();
        }
    }
}
