//! Typed records without loss: from the binary form, from JSON, and back to the server's JSON.
//!
//! - [`TransactionWriter`] writes the Avro datum of a `TransactionRecord` as the decoder tells what stands in the bytes: the
//!   fields of the record stand in the order of the binary form, so nothing is gathered before it is written.
//! - [`transaction_json`] and [`ledger_json`] make out of a record alone what the server had written.
//! - [`import`] reads JSON of any age, that which no ledger can hold included.

pub mod import;
pub mod reply;

mod datum;
mod kept;
mod layout;
mod ledger;
mod path;
mod rebuild;
mod recorder;
mod scalars;
mod transaction;

pub use kept::{Kept, KeptValue};
pub use ledger::ledger_record;
pub use path::{Step, bare_path, steps};
pub use rebuild::{Amounts, Unreadable, amount_json, ledger_json, record_json, transaction_json};
pub use transaction::{TransactionWriter, Written};

/// Seconds between the Unix epoch and 2000-01-01T00:00:00Z, the XRP Ledger's.
pub const LEDGER_EPOCH_S: i64 = 946_684_800;

/// A moment of the XRP Ledger in milliseconds since the Unix epoch.
pub(crate) const fn unix_ms(ledger_s: i64) -> Option<i64> {
    match ledger_s.checked_add(LEDGER_EPOCH_S) {
        Some(unix_s) => unix_s.checked_mul(1_000),
        None => None,
    }
}
