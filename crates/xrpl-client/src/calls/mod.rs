//! The commands that the flows use, typed.

mod book_offers;
mod hex;
mod ledger;
mod ledger_entry;
mod ledger_header;
mod server_info;
mod subscribe;
mod transaction_hashes;

pub use book_offers::{BookOffers, BookOffersCall};
pub use ledger::{LedgerCall, UnverifiedLedger};
pub use ledger_entry::{LedgerEntry, LedgerEntryCall};
pub use ledger_header::{LedgerHeaderCall, StatedHeader};
pub use server_info::{ServerInfo, ServerInfoCall};
pub use subscribe::SubscribeCall;
pub use transaction_hashes::TransactionHashesCall;
