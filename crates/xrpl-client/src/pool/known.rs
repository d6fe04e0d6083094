//! What is known of a server: its health, its budget, what it has, and counts.

use std::time::Duration;

use tokio::time::Instant;

use super::budget::Budget;
use super::evidence::Record;
use super::health::Health;
use super::holdings::Holdings;
use crate::{ErrorClass, ServerError, ServerInfo};

/// What is known of a server.
pub(super) struct Known {
    pub(super) health: Health,
    pub(super) budget: Budget,
    pub(super) record: Record,
    pub(super) info: ServerInfo,
    pub(super) holdings: Holdings,
    pub(super) foreign: Option<ServerError>,
    pub(super) announced: Option<u32>,
    pub(super) latency: Option<Duration>,
    pub(super) requests: u64,
    pub(super) hedges: u64,
    pub(super) errors: [(ErrorClass, u64); ErrorClass::ALL.len()],
    pub(super) overloads: u64,
    pub(super) reply_bytes: u64,
    pub(super) in_flight: usize,
    /// How many of them are costly.
    pub(super) costly_in_flight: usize,
}

impl Known {
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

    /// Whether a request may go out now; if not, when, or after another one ended. Costly ones leave half of the places to
    /// others.
    pub(super) fn may_ask(
        &mut self,
        in_flight_max: usize,
        cost: f64,
        now: Instant,
    ) -> Result<(), Option<Instant>> {
        if let Some(until) = self.health.resting(now) {
            return Err(Some(until));
        }
        let most = if self.health.is_recovering() { 1 } else { in_flight_max };
        let costly_most = most.div_ceil(2);
        let is_crowded = Budget::is_costly(cost) && self.costly_in_flight >= costly_most;
        if self.in_flight >= most || is_crowded {
            return Err(None);
        }
        // Whoever waits comes again as soon as the rate may have grown, so that it grows with the time that they wait.
        let soon = now + Budget::GROWTH_INTERVAL;
        self.budget.try_spend(cost, now).map_err(|until| Some(until.min(soon)))
    }
}
