//! A request to a server and how its reply is read.

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::{Reply, ServerError};
use xrpl_codec::Hash256;

/// One command with its parameters, which serialise into the request.
pub trait Call: Serialize + Send + Sync {
    /// The command's name.
    const COMMAND: &'static str;
    /// No honest reply to it is larger, in bytes.
    const REPLY_BYTES_MAX: usize;
    /// What it costs, in plain requests: rippled charges 20 units for one of those, 400 for a book.
    const COST: f64 = 1.0;
    /// Requests of one kind take about equally long.
    const KIND: &'static str = Self::COMMAND;
    /// What it yields.
    type Answer: Send;

    /// Reads a reply. What the reply itself shows to be false is [`ServerError::Lying`].
    fn read(&self, reply: &Reply) -> Result<Self::Answer, ServerError>;
}

/// Which ledger is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LedgerSpec {
    /// By hash: no other ledger can be the answer.
    Hash(Hash256),
    /// By index, in whatever chain the server is on.
    Index(u32),
    /// The newest validated one.
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
