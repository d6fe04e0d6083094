//! A simulated XRP Ledger server for demos, tests and load tests.
//!
//! [`Simulator::start`] serves WebSocket and JSON-RPC on one port, with the messages and errors of rippled 2.3.0:
//! a recorded chain, whole or played ledger by ledger, or an endless one generated from a seed.
//!
//! **Invariants.** Every header hashes to its ledger's hash and links to the one before. Every transaction root and
//! every `LedgerHashes` entry is valid. The same options give the same bytes, except in real time.

mod announcement;
mod archive;
mod args;
mod book_page;
mod chain;
mod command;
mod engine_result;
mod entry;
mod fault;
mod field_bytes;
mod generated;
mod history;
mod issued;
mod json_rpc;
mod ledger_hashes;
mod lookup;
mod node;
mod object;
mod owner_funds;
mod pseudo_random;
mod recent;
mod recorded;
mod recorded_state;
mod request;
mod rpc_error;
mod send_queue;
mod server;
mod session;
mod simulator;
mod subscribe;
mod subscriptions;
mod template;
mod time;
mod tip_file;
mod view;
mod ws_frame;

pub use archive::{Archive, ArchiveError, Change, StateChanges};
pub use args::{Args, ChainName, GeneratedArgs};
pub use fault::{Fault, Planned, PlannedError, Schedule, UnknownFault, When};
pub use generated::LargeLedgers;
pub use simulator::{ChainOptions, Conditions, Options, Recording, Simulator};
pub use tip_file::TipFileError;
