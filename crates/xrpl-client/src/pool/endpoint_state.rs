//! The state of a server: its health, its budget, its ledgers, and counts.

use std::time::Duration;

use tokio::time::Instant;

use super::budget::Budget;
use super::health::Health;
use super::ledger_availability::LedgerAvailability;
use crate::call::ServerInfo;
use crate::error::{Error, ErrorClass};
use crate::stream::StreamEvent;
use crate::trust::EvidenceLog;

/// The state of a server.
pub(super) struct EndpointState {
    pub(super) health: Health,
    pub(super) budget: Budget,
    pub(super) evidence: EvidenceLog,
    pub(super) info: ServerInfo,
    pub(super) availability: LedgerAvailability,
    pub(super) wrong_network: Option<Error>,
    pub(super) validated_index: Option<u32>,
    pub(super) latency: Option<Duration>,
    pub(super) requests: u64,
    pub(super) hedges: u64,
    pub(super) errors: [(ErrorClass, u64); ErrorClass::ALL.len()],
    pub(super) overloads: u64,
    pub(super) reply_bytes: u64,
    pub(super) stream_events: [(&'static str, u64); StreamEvent::NAMES.len()],
    pub(super) in_flight: usize,
    /// The number of costly ones among them.
    pub(super) costly_in_flight: usize,
}

impl EndpointState {
    /// How much the latest reply weighs in the smoothed latency.
    const LATENCY_WEIGHT: f64 = 0.2;

    pub(super) fn took(&mut self, took: Duration) {
        let weight = Self::LATENCY_WEIGHT;
        self.latency = Some(match self.latency {
            Some(latency) => latency.mul_f64(1.0 - weight) + took.mul_f64(weight),
            None => took,
        });
    }

    pub(super) fn overloaded(&mut self, now: Instant) {
        self.overloads += 1;
        self.budget.overloaded(now);
        self.health.overloaded(now);
    }

    pub(super) fn warned(&mut self, now: Instant) {
        self.overloads += 1;
        self.budget.overloaded(now);
        self.health.warned(now);
    }

    /// Whether a request may go out now. If not: when to try again, `None` for when another request ends. Costly requests
    /// leave half of the places to others.
    pub(super) fn may_ask(
        &mut self,
        in_flight_max: usize,
        cost: f64,
        now: Instant,
    ) -> Result<(), Option<Instant>> {
        if let Some(until) = self.health.cooldown(now) {
            return Err(Some(until));
        }
        let most = if self.health.is_recovering() { 1 } else { in_flight_max };
        let costly_most = most.div_ceil(2);
        let is_crowded = Budget::is_costly(cost) && self.costly_in_flight >= costly_most;
        if self.in_flight >= most || is_crowded {
            return Err(None);
        }
        // A request that waits tries again as soon as the rate may have grown, so that it grows while requests wait.
        let soon = now + Budget::GROWTH_INTERVAL;
        self.budget.try_spend(cost, now).map_err(|until| Some(until.min(soon)))
    }
}
