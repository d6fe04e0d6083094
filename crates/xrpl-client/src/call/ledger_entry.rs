//! `ledger_entry`: one entry of a ledger's state in binary.

use serde::{Deserialize, Serialize};

use super::hex::Hex;
use super::{Call, Reply};
use crate::error::{Error, InvalidResponse};
use xrpl_codec::Hash256;

/// Asks for the entry with a key in the state of a ledger, in binary.
#[derive(Debug, Clone, Serialize)]
pub struct LedgerEntryCall {
    index: Hash256,
    ledger_hash: Hash256,
    binary: bool,
}

/// A ledger entry in binary. Nothing proves it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerEntry {
    /// The entry's bytes.
    pub data: Vec<u8>,
}

#[derive(Deserialize)]
struct EntryResult {
    index: Option<Hash256>,
    ledger_hash: Option<Hash256>,
    node_binary: Hex,
}

impl LedgerEntryCall {
    /// Asks for the entry with `key` in the ledger with `ledger_hash`.
    pub fn new(key: Hash256, ledger_hash: Hash256) -> Self {
        Self { index: key, ledger_hash, binary: true }
    }
}

impl Call for LedgerEntryCall {
    const COMMAND: &'static str = "ledger_entry";
    const REPLY_BYTES_MAX: usize = 1 << 20;
    type Answer = LedgerEntry;

    fn read(&self, reply: &Reply) -> Result<LedgerEntry, Error> {
        let result: EntryResult = reply.read()?;
        for (asked, answered) in
            [(self.ledger_hash, result.ledger_hash), (self.index, result.index)]
        {
            if let Some(answered) = answered.filter(|answered| *answered != asked) {
                return Err(Error::InvalidResponse(InvalidResponse::OtherObject {
                    asked,
                    answered,
                }));
            }
        }
        Ok(LedgerEntry { data: result.node_binary.0 })
    }
}
