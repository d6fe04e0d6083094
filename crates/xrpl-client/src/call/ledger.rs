//! `ledger` with its transactions in binary.

use serde::{Deserialize, Serialize};

use super::StatedHeader;
use super::hex::Hex;
use super::ledger_header::LedgerResult;
use super::{Call, LedgerSpec, Reply};
use crate::error::Error;
use xrpl_codec::{Expected, Hash256, Ledger, Unverified, verify};

/// Asks for a ledger by hash, its transactions and their metadata in binary.
#[derive(Debug, Clone, Serialize)]
pub struct LedgerCall {
    ledger_hash: Hash256,
    transactions: bool,
    expand: bool,
    binary: bool,
}

/// A ledger as a server states it: the header is proven by the hash that was asked for, the transactions are not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnverifiedLedger {
    /// The header.
    pub header: StatedHeader,
    /// The transactions in the server's order: `tx_blob` and metadata.
    pub transactions: Vec<(Vec<u8>, Vec<u8>)>,
}

#[derive(Deserialize)]
struct BinaryLedger {
    ledger_data: Hex,
    transactions: Vec<BinaryTransaction>,
}

#[derive(Deserialize)]
struct BinaryTransaction {
    tx_blob: Hex,
    /// API v2 says `meta_blob`, v1 `meta`.
    #[serde(alias = "meta")]
    meta_blob: Hex,
}

impl LedgerCall {
    /// Asks for the ledger with this hash.
    pub fn new(ledger_hash: Hash256) -> Self {
        Self { ledger_hash, transactions: true, expand: true, binary: true }
    }
}

impl Call for LedgerCall {
    const COMMAND: &'static str = "ledger";
    /// The connection's own limit decides.
    const REPLY_BYTES_MAX: usize = usize::MAX;
    const KIND: &'static str = "whole ledger";
    type Answer = UnverifiedLedger;

    fn read(&self, reply: &Reply) -> Result<UnverifiedLedger, Error> {
        let result: LedgerResult<BinaryLedger> = reply.read()?;
        let header =
            result.header(&result.ledger.ledger_data.0, LedgerSpec::Hash(self.ledger_hash))?;
        let pairs = result.ledger.transactions.into_iter().map(|it| (it.tx_blob.0, it.meta_blob.0));
        Ok(UnverifiedLedger { header, transactions: pairs.collect() })
    }
}

impl UnverifiedLedger {
    /// Proves the transactions by the header's root, and that the ledger is the one expected.
    pub fn verify(self, expected: &Expected) -> Result<Ledger, Unverified> {
        verify(&self.header.header.to_bytes(), self.transactions, expected)
    }
}
