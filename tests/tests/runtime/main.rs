//! What the runtime promises, on a real broker, with toy flows as real processes.

#![expect(clippy::unwrap_used, reason = "a test that fails panics")]

mod active_standby;
mod async_processors;
mod backlog;
mod broker_settings;
mod checker;
mod expected_topics;
mod failover;
mod gaps;
mod kills;
mod lanes;
mod lost_offsets;
mod membership;
mod outages;
mod refusals;
mod rejects;
mod sinks;
mod starts;
mod undisturbed;
