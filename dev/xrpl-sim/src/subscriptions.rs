//! The subscriptions of all connections.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use xrpl_codec::json::ApiVersion;

use crate::announcement::Announcement;
use crate::send_queue::SendQueue;

/// The subscription of a connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Subscription {
    pub(crate) ledger: bool,
    pub(crate) transactions: bool,
    /// The shape of its messages: the version of its last `subscribe`.
    pub(crate) version: ApiVersion,
}

/// All connections with their subscriptions.
#[derive(Debug, Default)]
pub(crate) struct Subscriptions(Mutex<Connections>);

#[derive(Debug, Default)]
struct Connections {
    by_id: BTreeMap<u64, (SendQueue, Subscription)>,
    ids: u64,
}

/// The id of a connection of [`Subscriptions`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct ConnectionId(u64);

impl Subscriptions {
    /// Adds a connection without a subscription.
    pub(crate) fn join(&self, queue: SendQueue) -> ConnectionId {
        let mut connections = self.lock().0;
        connections.ids += 1;
        let id = connections.ids;
        let nothing = Subscription { ledger: false, transactions: false, version: ApiVersion::V1 };
        connections.by_id.insert(id, (queue, nothing));
        ConnectionId(id)
    }

    /// Removes a connection.
    pub(crate) fn leave(&self, id: ConnectionId) {
        self.lock().0.by_id.remove(&id.0);
    }

    pub(crate) fn lock(&self) -> Subscribers<'_> {
        Subscribers(self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The connections, locked.
pub(crate) struct Subscribers<'a>(MutexGuard<'a, Connections>);

impl Subscribers<'_> {
    /// The subscription of a connection; `None` once it is removed.
    pub(crate) fn subscription(&mut self, id: ConnectionId) -> Option<&mut Subscription> {
        self.0.by_id.get_mut(&id.0).map(|(_, subscription)| subscription)
    }

    /// Publishes a ledger to its subscribers.
    pub(crate) fn publish(&mut self, announcement: &Announcement<'_>) {
        for (queue, subscription) in self.0.by_id.values() {
            let mut messages = Vec::new();
            if subscription.ledger {
                messages.push(announcement.ledger_closed());
            }
            if subscription.transactions {
                messages.extend_from_slice(announcement.transactions(subscription.version));
            }
            if !messages.is_empty() {
                queue.publish(messages);
            }
        }
    }
}
