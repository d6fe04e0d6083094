//! The library against recorded ledgers: what a real server wrote must come out, byte by byte and key by key.

mod recorded;

mod mainnet;
mod recorded_ledgers;
mod states;
mod vectors;
