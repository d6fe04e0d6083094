//! XRP Ledger servers, scripted in memory: what the client makes of them.

mod chained;
mod connecting;
mod filling;
mod ledgers;
mod memory;
mod pooling;
mod replies;
mod streaming;
