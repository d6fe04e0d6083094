//! What is known of a server of the pool.

use std::time::Duration;

use super::{EndpointId, Evidence};
use crate::{ErrorClass, RangeSet};

/// A snapshot of one server, as plain values.
#[derive(Debug, Clone)]
pub struct EndpointStatus {
    /// Its place in the pool.
    pub id: EndpointId,
    /// Its address without secrets.
    pub url: String,
    /// Whether it answers well.
    pub up: bool,
    /// Whether it is left alone for a moment, after a failure or because it is asked too much.
    pub resting: bool,
    /// Why it is set aside, or not used at all.
    pub set_aside: Option<String>,
    /// How many requests a second it gets at most at this moment.
    pub requests_per_s: f64,
    /// Requests sent.
    pub requests: u64,
    /// Those of them that were sent since another server was slow.
    pub hedges: u64,
    /// Failed requests by class, in the order of [`ErrorClass::ALL`].
    pub errors: [(ErrorClass, u64); ErrorClass::ALL.len()],
    /// How often it said that it is asked too much, warnings included.
    pub overloads: u64,
    /// False answers, those found out later included.
    pub lies: u64,
    /// The latest false answers, oldest first.
    pub evidence: Vec<Evidence>,
    /// Bytes of replies.
    pub reply_bytes: u64,
    /// Requests under way.
    pub in_flight: usize,
    /// How long a reply takes, smoothed.
    pub latency: Option<Duration>,
    /// Connections made for requests.
    pub connections: u64,
    /// The ledgers that it says it has.
    pub complete_ledgers: Option<RangeSet>,
    /// The newest ledger that it announced.
    pub announced: Option<u32>,
    /// Which network it says it is in.
    pub network_id: Option<u32>,
    /// Its version.
    pub version: Option<String>,
}
