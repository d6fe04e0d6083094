//! The state of a server as others see it.

use std::time::Duration;

use crate::endpoint_id::EndpointId;
use crate::error::ErrorClass;
use crate::range_set::RangeSet;
use crate::stream::StreamEvent;
use crate::trust::Evidence;

/// A snapshot of one server, as plain values.
#[derive(Debug, Clone)]
pub struct EndpointStatus {
    /// Its place in the pool.
    pub id: EndpointId,
    /// Its address without secrets.
    pub url: String,
    /// Whether it answers well.
    pub up: bool,
    /// Whether it is not asked for a moment, after a failure or because it is asked too much.
    pub cooling_down: bool,
    /// Why it is quarantined, or not used since it is of another network.
    pub not_used: Option<String>,
    /// The number of requests a second that it gets at most now.
    pub requests_per_s: f64,
    /// Requests sent.
    pub requests: u64,
    /// Requests among them that were sent since another server was slow.
    pub hedges: u64,
    /// Failed requests by class, in the order of [`ErrorClass::ALL`].
    pub errors: [(ErrorClass, u64); ErrorClass::ALL.len()],
    /// How often it said that it is asked too much, warnings included.
    pub overloads: u64,
    /// Invalid responses, those found out later included.
    pub invalid_responses: u64,
    /// The latest invalid responses, oldest first.
    pub evidence: Vec<Evidence>,
    /// Bytes of replies.
    pub reply_bytes: u64,
    /// Requests in flight.
    pub in_flight: usize,
    /// The smoothed latency of replies.
    pub latency: Option<Duration>,
    /// Connections opened for requests.
    pub connections: u64,
    /// Events of its ledger stream by their names, in the order of [`StreamEvent::NAMES`](crate::StreamEvent::NAMES).
    pub stream_events: [(&'static str, u64); StreamEvent::NAMES.len()],
    /// The ledgers that it says it has.
    pub complete_ledgers: Option<RangeSet>,
    /// The validated ledger that it announced last.
    pub validated_index: Option<u32>,
    /// The network that it says it is in.
    pub network_id: Option<u32>,
    /// Its version.
    pub version: Option<String>,
}
