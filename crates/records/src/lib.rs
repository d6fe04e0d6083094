//! Typed records without loss: from the binary form, from JSON, and back to the server's JSON.
//!
//! - [`TransactionWriter`] writes the Avro datum of a `TransactionRecord` while the binary form is decoded: the fields of the
//!   record have the order of the binary form, so nothing is buffered before it is written.
//! - [`transaction_json`] and [`ledger_json`] rebuild the server's JSON from a record alone.
//! - [`import`] makes records out of JSON of any age, fields that no ledger can hold included; [`reply`] makes verified
//!   ledgers out of it.

pub mod import;
pub mod reply;

mod avro_visitor;
mod datum;
mod former_names;
mod imported;
mod layout;
mod ledger;
mod ledger_chunks;
mod path;
mod scalars;
mod server_json;
mod transaction;
mod untyped_fields;
mod unverified;

pub use imported::with_unverified;
pub use ledger::ledger_record;
pub use ledger_chunks::{CHUNK_BYTES_MAX, ledger_chunks, ledger_header};
pub use path::{Step, bare_path, steps};
pub use server_json::{
    Amounts, Unreadable, amount_json, ledger_json, record_json, transaction_json,
};
pub use transaction::{TransactionWriter, WriteError, WrittenRecord};
pub use untyped_fields::{UntypedFields, UntypedValue};

/// Seconds between the Unix epoch and 2000-01-01T00:00:00Z, the XRP Ledger's.
pub const LEDGER_EPOCH_S: i64 = 946_684_800;

/// A moment of the XRP Ledger in milliseconds since the Unix epoch.
pub(crate) const fn unix_ms(ledger_s: i64) -> Option<i64> {
    match ledger_s.checked_add(LEDGER_EPOCH_S) {
        Some(unix_s) => unix_s.checked_mul(1_000),
        None => None,
    }
}
