//! The whole path: recorded chains through the real binaries, into every topic and out to a receiver.

#![expect(clippy::unwrap_used, reason = "a test that fails panics")]

mod chain;
mod contents;
mod discoveries;
mod kills;
mod lanes;
mod liar;
mod lies;
mod pairs;
mod pipeline;
mod recorded;
mod upgrades;
mod whole;
