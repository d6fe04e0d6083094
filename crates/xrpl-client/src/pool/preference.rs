//! How much a server is preferred for a request.

use super::health::EndpointHealth;
use super::ledger_availability::Availability;

/// How much a server is preferred for a request; the lowest is asked first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Preference {
    pub(super) health: EndpointHealth,
    /// Whether it can't be asked for so long that another one is asked instead.
    pub(super) waits_long: bool,
    pub(super) availability: Availability,
}

impl Preference {
    /// Whether the server is worth asking beside another one that is slow, or again after an error.
    pub(super) fn is_good(self) -> bool {
        self.health == EndpointHealth::Up
            && !self.waits_long
            && self.availability != Availability::Lacks
    }
}
