//! A record alone gives back what the server wrote.

#![expect(clippy::unwrap_used, reason = "what a test needs and does not find fails it")]

mod every_path;
mod evolution;
mod generated;
mod imports;
mod ledgers;
mod real;
#[path = "../../../xrpl-codec/tests/ledger_data/recorded.rs"]
mod recorded;
mod samples;
mod shapes;
mod untyped;
mod wire;
