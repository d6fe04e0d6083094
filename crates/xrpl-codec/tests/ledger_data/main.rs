//! The library against recorded ledgers: what a real server wrote must come out, byte by byte and key by key.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod recorded;

mod binary_round_trips;
mod encode_refusals;
mod glances;
mod mainnet;
mod recorded_ledgers;
mod refusals;
mod round_trips;
mod states;
mod unknowns;
mod vectors;
