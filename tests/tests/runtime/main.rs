//! What the runtime promises, on a real broker, with toy flows as real processes.

#![expect(clippy::unwrap_used, reason = "a test that fails panics")]

mod backlog;
mod fetches;
mod gaps;
mod joins;
mod kills;
mod lanes;
mod leaders;
mod outages;
mod promise;
mod refusals;
mod rejects;
mod sinks;
mod starts;
mod steady;
mod suspicion;
mod takeovers;
