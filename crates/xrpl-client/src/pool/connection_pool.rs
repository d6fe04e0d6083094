//! The connection pool of one server.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Mutex;

use super::PoolLimits;
use crate::error::Error;
use crate::transport::{Connection, ConnectionLimits, Dialer, EndpointUrl};

/// A few connections, opened when needed and reconnected when broken.
///
/// rippled works on one request of a connection after the other, so that it takes several connections to make it work on
/// several requests at once.
pub(super) struct ConnectionPool {
    dialer: Arc<dyn Dialer>,
    url: EndpointUrl,
    limits: ConnectionLimits,
    /// The network of the server.
    network_id: Option<u32>,
    slots: Vec<Slot>,
    opened: AtomicUsize,
}

#[derive(Default)]
struct Slot {
    connection: Mutex<Option<Arc<Connection>>>,
    in_flight: AtomicUsize,
}

/// A connection that is checked out by one request.
pub(super) struct CheckedOut<'a> {
    /// The connection.
    pub(super) connection: Arc<Connection>,
    slot: &'a Slot,
}

impl Drop for CheckedOut<'_> {
    fn drop(&mut self) {
        self.slot.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Takes the count of a request back if connecting fails or is given up.
struct Counted<'a>(Option<&'a Slot>);

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        if let Some(slot) = self.0 {
            slot.in_flight.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

impl ConnectionPool {
    /// A pool without connections.
    pub(super) fn new(dialer: Arc<dyn Dialer>, url: EndpointUrl, limits: &PoolLimits) -> Self {
        Self {
            dialer,
            url,
            limits: limits.connection.clone(),
            network_id: limits.network_id,
            slots: (0..limits.connections_max.max(1)).map(|_| Slot::default()).collect(),
            opened: AtomicUsize::new(0),
        }
    }

    /// The least busy connection, opened if it has to be.
    pub(super) async fn checkout(&self) -> Result<CheckedOut<'_>, Error> {
        let slot = self
            .slots
            .iter()
            .min_by_key(|slot| slot.in_flight.load(Ordering::Relaxed))
            .expect("there is at least one slot");
        slot.in_flight.fetch_add(1, Ordering::Relaxed);
        let mut counted = Counted(Some(slot));
        let mut held = slot.connection.lock().await;
        let connection = match held.as_ref().filter(|connection| connection.loss().is_none()) {
            Some(connection) => connection.clone(),
            None => {
                *held = None;
                let (connection, _) =
                    Connection::open(self.dialer.as_ref(), &self.url, self.limits.clone()).await?;
                self.opened.fetch_add(1, Ordering::Relaxed);
                connection.check_network(self.network_id).await?;
                held.insert(Arc::new(connection)).clone()
            }
        };
        counted.0 = None;
        Ok(CheckedOut { connection, slot })
    }

    /// The number of connections that were opened.
    pub(super) fn opened(&self) -> usize {
        self.opened.load(Ordering::Relaxed)
    }
}
