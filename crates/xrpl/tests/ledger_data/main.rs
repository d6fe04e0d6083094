//! The library against recorded ledgers: what a real server wrote must come out, byte by byte and key by key.

mod recorded;

mod glances;
mod mainnet;
mod recorded_ledgers;
mod refusals;
mod round_trips;
mod states;
mod vectors;
