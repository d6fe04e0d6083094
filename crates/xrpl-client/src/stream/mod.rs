//! The live stream of validated ledgers of one server.

mod arrivals;
mod ledger_stream;
mod newest;

pub use ledger_stream::{LedgerStream, StreamEvent};
