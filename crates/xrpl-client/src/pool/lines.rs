//! The connections to one server.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Mutex;

use crate::{Connection, ConnectionLimits, Dial, EndpointUrl, ServerError};

/// A few connections that are opened when needed and made anew when broken.
///
/// rippled works on one request of a connection after the other, so that several connections are what makes it work on
/// several requests at once.
pub(super) struct Lines {
    dial: Arc<dyn Dial>,
    url: EndpointUrl,
    limits: ConnectionLimits,
    /// The network that the server has to be of.
    network_id: Option<u32>,
    lines: Vec<Line>,
    opened: AtomicUsize,
}

#[derive(Default)]
struct Line {
    connection: Mutex<Option<Arc<Connection>>>,
    in_flight: AtomicUsize,
}

/// A connection in use by one request.
pub(super) struct Lent<'a> {
    /// The connection.
    pub(super) connection: Arc<Connection>,
    line: &'a Line,
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        self.line.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Counts a request out again if connecting fails or is given up.
struct Counted<'a>(Option<&'a Line>);

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        if let Some(line) = self.0 {
            line.in_flight.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

impl Lines {
    /// No connection yet.
    pub(super) fn new(
        dial: Arc<dyn Dial>,
        url: EndpointUrl,
        limits: ConnectionLimits,
        connections_max: usize,
        network_id: Option<u32>,
    ) -> Self {
        let lines = (0..connections_max.max(1)).map(|_| Line::default()).collect();
        Self { dial, url, limits, network_id, lines, opened: AtomicUsize::new(0) }
    }

    /// The least busy connection, opened if it has to be.
    pub(super) async fn lend(&self) -> Result<Lent<'_>, ServerError> {
        let line = self
            .lines
            .iter()
            .min_by_key(|line| line.in_flight.load(Ordering::Relaxed))
            .expect("there is at least one line");
        line.in_flight.fetch_add(1, Ordering::Relaxed);
        let mut counted = Counted(Some(line));
        let mut slot = line.connection.lock().await;
        let connection = match slot.as_ref().filter(|connection| connection.loss().is_none()) {
            Some(connection) => connection.clone(),
            None => {
                *slot = None;
                let (connection, _) =
                    Connection::open(self.dial.as_ref(), &self.url, self.limits.clone()).await?;
                self.opened.fetch_add(1, Ordering::Relaxed);
                connection.check_network(self.network_id).await?;
                slot.insert(Arc::new(connection)).clone()
            }
        };
        counted.0 = None;
        Ok(Lent { connection, line })
    }

    /// How many connections were made.
    pub(super) fn opened(&self) -> usize {
        self.opened.load(Ordering::Relaxed)
    }
}
