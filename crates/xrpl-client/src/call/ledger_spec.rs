//! Which ledger a request is about.

use serde::ser::{Serialize, SerializeMap, Serializer};
use xrpl_codec::Hash256;

/// The ledger that a request is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LedgerSpec {
    /// By hash: no other ledger can be the answer.
    Hash(Hash256),
    /// By index, in whatever chain the server is on.
    Index(u32),
    /// The newest validated ledger.
    Validated,
}

impl Serialize for LedgerSpec {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        match self {
            Self::Hash(hash) => map.serialize_entry("ledger_hash", hash)?,
            Self::Index(index) => map.serialize_entry("ledger_index", index)?,
            Self::Validated => map.serialize_entry("ledger_index", "validated")?,
        }
        map.end()
    }
}
