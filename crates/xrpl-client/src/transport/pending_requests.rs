//! The requests of a connection that wait for their replies.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use crate::call::Reply;
use crate::error::{ConnectionError, Error};

/// The outcome of a request.
pub(super) type Outcome = Result<Reply, Error>;

/// Requests by id, until the connection breaks; then the reason, with which waiting and later requests fail.
#[derive(Debug, Default)]
pub(super) struct PendingRequests {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    next_id: u64,
    waiting: HashMap<u64, Waiting>,
    broken: Option<ConnectionError>,
}

#[derive(Debug)]
struct Waiting {
    reply_bytes_max: usize,
    sender: oneshot::Sender<Outcome>,
}

impl PendingRequests {
    /// Enters a request: its id and where its reply arrives, or why the connection is gone.
    pub(super) fn enter(
        &self,
        reply_bytes_max: usize,
    ) -> Result<(u64, oneshot::Receiver<Outcome>), ConnectionError> {
        let mut state = self.lock();
        if let Some(loss) = &state.broken {
            return Err(loss.clone());
        }
        let (sender, receiver) = oneshot::channel();
        state.next_id += 1;
        let id = state.next_id;
        state.waiting.insert(id, Waiting { reply_bytes_max, sender });
        Ok((id, receiver))
    }

    /// Hands a reply to its request. A reply without a request is dropped, and so are the bytes of one above the limit of its
    /// request.
    pub(super) fn complete(&self, id: u64, outcome: Outcome) {
        let waiting = self.lock().waiting.remove(&id);
        let Some(Waiting { reply_bytes_max, sender }) = waiting else { return };
        let _ = sender.send(match outcome {
            Ok(reply) if reply.frame_bytes() > reply_bytes_max => {
                Err(ConnectionError::TooLarge { bytes_max: reply_bytes_max }.into())
            }
            outcome => outcome,
        });
    }

    /// Forgets a request that was given up.
    pub(super) fn forget(&self, id: u64) {
        self.lock().waiting.remove(&id);
    }

    /// Fails every request, now and later. The first reason stays.
    pub(super) fn fail(&self, loss: ConnectionError) {
        let mut state = self.lock();
        let loss = state.broken.get_or_insert(loss).clone();
        let waiting = std::mem::take(&mut state.waiting);
        drop(state);
        for request in waiting.into_values() {
            let _ = request.sender.send(Err(loss.clone().into()));
        }
    }

    /// Why the connection is gone.
    pub(super) fn loss(&self) -> Option<ConnectionError> {
        self.lock().broken.clone()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
