//! The real `fluent-sink` with receivers that fail, hang, misbehave, return, and require authentication.

#![expect(clippy::unwrap_used, reason = "a test that fails panics")]

mod commits;
mod deliveries;
mod faulty_receiver;
mod feed;
mod misbehaviour;
mod order;
mod outage;
mod security;

/// How long anything may take on a machine that has much else to do.
const WAIT_S_MAX: u64 = 240;
