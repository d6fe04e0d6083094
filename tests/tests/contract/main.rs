//! The contract of ingestion, on a real broker: pointer, committer, lock, order, run loop, and `ledger-source` that keeps it.
//!
//! Each test of the contract that the ingestors of the past were held to has one here, in the terms of a ledger; the numbers
//! in the comments are those of `docs/architecture.md`, "The ingestion contract".

#![expect(clippy::unwrap_used, reason = "a test that fails panics")]

mod committer;
mod failover;
mod ledgers;
mod lock;
mod network;
mod pointer_command;
mod run_loop;
mod scenarios;
mod start;
