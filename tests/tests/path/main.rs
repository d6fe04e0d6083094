//! The whole path: recorded chains through the real binaries, into every topic and out to a receiver.

#![expect(clippy::unwrap_used, reason = "a test that fails panics")]

mod chain;
mod contents;
mod discoveries;
mod invalid_responses;
mod kills;
mod lanes;
mod lying_server;
mod pipeline;
mod recorded;
mod replicas;
mod upgrades;
mod whole_chain;
