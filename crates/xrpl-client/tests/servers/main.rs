//! XRP Ledger servers, scripted in memory: what the client makes of them.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod books;
mod budgeting;
mod chained;
mod connecting;
mod filling;
mod hedging;
mod hostile;
mod ledgers;
mod memory;
mod networking;
mod networks;
mod pooling;
mod replies;
mod streaming;
