//! The commands that flows send to servers, typed, and how their replies are read.

mod book_offers;
mod hex;
mod ledger;
mod ledger_entry;
mod ledger_header;
mod ledger_spec;
mod reply;
mod server_info;
mod subscribe;
mod transaction_hashes;
mod validated_ledger;

use serde::Serialize;

use crate::error::Error;

pub use book_offers::{BookOffers, BookOffersCall};
pub use ledger::{LedgerCall, UnverifiedLedger};
pub use ledger_entry::{LedgerEntry, LedgerEntryCall};
pub use ledger_header::{LedgerHeaderCall, StatedHeader};
pub use ledger_spec::LedgerSpec;
pub use reply::Reply;
pub use server_info::{ServerInfo, ServerInfoCall};
pub use subscribe::SubscribeCall;
pub use transaction_hashes::TransactionHashesCall;
pub use validated_ledger::ValidatedLedger;

/// A command with its parameters, which serialise into the request.
pub trait Call: Serialize + Send + Sync {
    /// The name of the command.
    const COMMAND: &'static str;
    /// The size limit of a reply, in bytes. No honest reply is larger.
    const REPLY_BYTES_MAX: usize;
    /// The price in plain requests: rippled charges 20 units for one of those, 400 for a book.
    const COST: f64 = 1.0;
    /// The kind of the request, for latencies: requests of one kind take about equally long.
    const KIND: &'static str = Self::COMMAND;
    /// What a reply is read into.
    type Answer: Send;

    /// Reads a reply. What the reply itself shows to be false is [`Error::InvalidResponse`].
    fn read(&self, reply: &Reply) -> Result<Self::Answer, Error>;
}
