//! JSON as rippled's `ledger` command writes it, straight from the binary form.
//!
//! Keys stand in the order of the binary form; rippled sorts them, and JSON does not care.

use crate::{Definitions, Hash256, Ledger, LedgerHeader, Malformed};

/// Which shape of the server's API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ApiVersion {
    /// `api_version` 1, the servers' default.
    V1,
    /// `api_version` 2.
    V2,
}

/// The ledger that a transaction stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LedgerContext {
    /// Its index.
    pub index: u32,
    /// Its hash.
    pub hash: Hash256,
    /// Its close time, in seconds since 2000-01-01T00:00:00Z.
    pub close_time: u32,
}

/// What the definitions did not know; to be counted, never fatal.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Unknown {
    /// Fields of a known type, written as `Field_<type>_<n>`.
    pub fields: u32,
    /// Transaction types, ledger entry types and results, written as `Unknown_<code>`.
    pub codes: u32,
    /// Rests from a field of an unknown type on, written as hex under `Undecoded`.
    pub tails: u32,
}

/// How the transactions of a ledger are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Transactions {
    /// Not at all.
    Left,
    /// Their hashes.
    Hashes,
    /// In full.
    Expanded,
}

/// The options of the `ledger` command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LedgerOptions {
    /// The API version.
    pub api: ApiVersion,
    /// Header and expanded transactions as hex.
    pub binary: bool,
    /// How transactions are written.
    pub transactions: Transactions,
}

/// Writes one transaction as an element of `transactions` in an expanded `ledger` reply of a validated ledger.
pub fn write_transaction_json(
    _definitions: &Definitions,
    _tx_blob: &[u8],
    _meta_blob: &[u8],
    _ledger: &LedgerContext,
    _api: ApiVersion,
    _out: &mut Vec<u8>,
) -> Result<Unknown, Malformed> {
    unimplemented!()
}

/// Writes the `result` of a `ledger` reply, validated, without `status` (which belongs to the envelope over WebSocket
/// and into the result over JSON-RPC).
pub fn write_ledger_json(
    _definitions: &Definitions,
    _ledger: &Ledger,
    _options: LedgerOptions,
    _out: &mut Vec<u8>,
) -> Result<Unknown, Malformed> {
    unimplemented!()
}

/// Writes the header as the `ledger` member of a reply has it, without the surrounding braces.
pub fn write_header_json(
    _header: &LedgerHeader,
    _hash: Hash256,
    _api: ApiVersion,
    _out: &mut Vec<u8>,
) {
    unimplemented!()
}

/// Writes a ledger entry as `ledger_data` and `ledger_entry` do, `index` included.
pub fn write_entry_json(
    _definitions: &Definitions,
    _index: Hash256,
    _data: &[u8],
    _out: &mut Vec<u8>,
) -> Result<Unknown, Malformed> {
    unimplemented!()
}

/// Writes the fields of any object (metadata, inner fields of a node) without anything derived.
pub fn write_object_json(
    _definitions: &Definitions,
    _bytes: &[u8],
    _out: &mut Vec<u8>,
) -> Result<Unknown, Malformed> {
    unimplemented!()
}
