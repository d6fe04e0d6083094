//! JSON as rippled's `ledger` command writes it, straight from the binary form.
//!
//! Keys stand in the order of the binary form; rippled sorts them, and JSON does not care. All output is ASCII.

mod header;
mod ledger;
mod object;
mod transaction;
mod value;

pub use header::{close_time_iso, write_header_json};
pub use ledger::{LedgerOptions, Transactions, write_ledger_json};
pub use object::{write_entry_json, write_object_json};
pub use transaction::write_transaction_json;
pub use value::{write_amount_json, write_asset_json, write_value_json};

/// Which shape of the server's API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ApiVersion {
    /// `api_version` 1, the servers' default.
    V1,
    /// `api_version` 2.
    V2,
}

/// What the definitions did not know; to be counted, never fatal.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Unknown {
    /// Fields of a known type, written as `Field_<type>_<n>`.
    pub fields: u32,
    /// Transaction types, ledger entry types and results, written as `Unknown_<code>`.
    pub codes: u32,
    /// Rests from a field of an unknown type on, written as hex under [`UNDECODED`].
    pub tails: u32,
}

impl std::ops::AddAssign for Unknown {
    fn add_assign(&mut self, other: Self) {
        self.fields += other.fields;
        self.codes += other.codes;
        self.tails += other.tails;
    }
}

/// The name under which bytes stand as hex that cannot be decoded.
pub const UNDECODED: &str = "Undecoded";
