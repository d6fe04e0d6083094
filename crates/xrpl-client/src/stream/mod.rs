//! The live stream of validated ledgers of one server.

mod arrivals;
mod ledger_stream;
mod newest_ledger;

pub use ledger_stream::{LedgerStream, StreamEvent};
