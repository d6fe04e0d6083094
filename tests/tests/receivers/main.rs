//! The real `fluent-sink` before receivers that fail, hang, lie, come back, and want to be convinced.

#![expect(clippy::unwrap_used, reason = "a test that fails panics")]

mod commits;
mod feed;
mod misbehaviour;
mod order;
mod outage;
mod strange;
mod tally;
mod trust;

/// How long anything may take on a machine that has much else to do.
const WAIT_S_MAX: u64 = 240;
