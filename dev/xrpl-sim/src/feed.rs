//! Who is told what when a ledger closes.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use xrpl_codec::json::ApiVersion;

use crate::announcement::Announcement;
use crate::outbox::Outbox;

/// What a connection wants to be told.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Subscription {
    pub(crate) ledger: bool,
    pub(crate) transactions: bool,
    /// The shape of its messages: the version of its last `subscribe`.
    pub(crate) version: ApiVersion,
}

/// All connections with their subscriptions.
#[derive(Debug, Default)]
pub(crate) struct Feed(Mutex<Connections>);

#[derive(Debug, Default)]
struct Connections {
    by_id: BTreeMap<u64, (Outbox, Subscription)>,
    ids: u64,
}

/// Names a connection of a [`Feed`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct ConnectionId(u64);

impl Feed {
    /// Adds a connection that wants nothing yet.
    pub(crate) fn join(&self, outbox: Outbox) -> ConnectionId {
        let mut connections = self.lock().0;
        connections.ids += 1;
        let id = connections.ids;
        let nothing = Subscription { ledger: false, transactions: false, version: ApiVersion::V1 };
        connections.by_id.insert(id, (outbox, nothing));
        ConnectionId(id)
    }

    /// Forgets a connection.
    pub(crate) fn leave(&self, id: ConnectionId) {
        self.lock().0.by_id.remove(&id.0);
    }

    pub(crate) fn lock(&self) -> Subscribers<'_> {
        Subscribers(self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The connections while nobody else can change or use them.
pub(crate) struct Subscribers<'a>(MutexGuard<'a, Connections>);

impl Subscribers<'_> {
    /// What a connection wants; `None` once it has left.
    pub(crate) fn subscription(&mut self, id: ConnectionId) -> Option<&mut Subscription> {
        self.0.by_id.get_mut(&id.0).map(|(_, subscription)| subscription)
    }

    /// Tells all who want to know.
    pub(crate) fn announce(&mut self, announcement: &Announcement<'_>) {
        for (outbox, subscription) in self.0.by_id.values() {
            let mut messages = Vec::new();
            if subscription.ledger {
                messages.push(announcement.ledger_closed());
            }
            if subscription.transactions {
                messages.extend_from_slice(announcement.transactions(subscription.version));
            }
            if !messages.is_empty() {
                outbox.announce(messages);
            }
        }
    }
}
