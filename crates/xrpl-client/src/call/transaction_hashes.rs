//! `ledger` with the hashes of its transactions.

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use super::{Call, Reply};
use crate::error::{Error, InvalidResponse};
use xrpl_codec::Hash256;

/// Asks for the hashes of a ledger's transactions, to count them.
#[derive(Debug, Clone, Serialize)]
pub struct TransactionHashesCall {
    ledger_hash: Hash256,
    transactions: bool,
}

#[derive(Deserialize)]
struct HashesResult {
    ledger_hash: Option<Hash256>,
    ledger: Hashes,
}

#[derive(Deserialize)]
struct Hashes {
    transactions: Vec<IgnoredAny>,
}

impl TransactionHashesCall {
    /// Asks for those of the ledger with this hash.
    pub fn new(ledger_hash: Hash256) -> Self {
        Self { ledger_hash, transactions: true }
    }
}

impl Call for TransactionHashesCall {
    const COMMAND: &'static str = "ledger";
    const REPLY_BYTES_MAX: usize = 16 << 20;
    const KIND: &'static str = "transaction hashes";
    /// The number of transactions that the server lists. Nothing proves it.
    type Answer = usize;

    fn read(&self, reply: &Reply) -> Result<usize, Error> {
        let result: HashesResult = reply.read()?;
        match result.ledger_hash.filter(|answered| *answered != self.ledger_hash) {
            Some(answered) => Err(Error::InvalidResponse(InvalidResponse::OtherObject {
                asked: self.ledger_hash,
                answered,
            })),
            None => Ok(result.ledger.transactions.len()),
        }
    }
}
