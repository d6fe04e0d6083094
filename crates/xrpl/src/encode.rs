//! From JSON to the binary form.

use crate::Definitions;

/// Why JSON cannot be encoded; `path` is where, such as `Memos[0].Memo.MemoData`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {reason}")]
pub struct EncodeError {
    /// The field.
    pub path: String,
    /// What is wrong with it.
    pub reason: String,
}

/// The binary form of a transaction, of metadata or of a ledger entry.
///
/// Reads what rippled writes in API v1 and v2 (`DeliverMax`), both spellings of 64-bit numbers, X-addresses in
/// `Account` and `Destination`, and what [`crate::json`] writes for unknown fields. Names that a server adds beside
/// the fields (`hash`, `index`, `delivered_amount` and so on) are left out; any other unknown name is refused.
pub fn encode(
    _definitions: &Definitions,
    _json: &serde_json::Value,
) -> Result<Vec<u8>, EncodeError> {
    unimplemented!()
}
