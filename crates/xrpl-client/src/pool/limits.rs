//! The limits of a pool.

use std::time::Duration;

use crate::transport::ConnectionLimits;

/// Limits of a pool, the same for each of its servers.
#[derive(Debug, Clone)]
pub struct PoolLimits {
    /// The number of requests in flight to one server.
    pub in_flight_max: usize,
    /// The number of connections to one server, beside the one of the live stream.
    pub connections_max: usize,
    /// The limits of each connection.
    pub connection: ConnectionLimits,
    /// How long one request is retried before it fails with [`Error::Unavailable`](crate::Error::Unavailable).
    pub deadline: Duration,
    /// The most that each server is asked, in requests a second. If `None`, only the replies of the server limit it.
    pub requests_per_s: Option<f64>,
    /// The id of the network. A server that says another one is not used; if `None`, every server is.
    pub network_id: Option<u32>,
}

impl Default for PoolLimits {
    fn default() -> Self {
        Self {
            in_flight_max: 16,
            connections_max: 4,
            connection: ConnectionLimits::default(),
            deadline: Duration::from_secs(30),
            requests_per_s: None,
            network_id: None,
        }
    }
}
