//! `ledger` without transactions: a header.

use serde::{Deserialize, Serialize};

use super::hex::Hex;
use super::{Call, LedgerSpec, Reply};
use crate::error::{Error, InvalidResponse, RpcError};
use xrpl_codec::{Hash256, LedgerHeader, Unverified};

/// Asks for the header of a ledger, in binary.
#[derive(Debug, Clone, Serialize)]
pub struct LedgerHeaderCall {
    #[serde(flatten)]
    spec: LedgerSpec,
    binary: bool,
}

/// A header and its hash. Requested by hash, it is proven. Requested otherwise, only the server says that it is the header of
/// this ledger, and that the ledger is validated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatedHeader {
    /// The header.
    pub header: LedgerHeader,
    /// What it hashes to.
    pub hash: Hash256,
    /// Whether the server says that the ledger is validated.
    pub validated: bool,
}

/// The fields of `result` that both calls read; all else may have any shape.
#[derive(Deserialize)]
pub(super) struct LedgerResult<L> {
    pub(super) ledger: L,
    ledger_hash: Option<Hash256>,
    validated: Option<bool>,
}

#[derive(Deserialize)]
struct BinaryHeader {
    ledger_data: Hex,
}

impl LedgerHeaderCall {
    /// Asks for the ledger that `spec` names.
    pub fn new(spec: LedgerSpec) -> Self {
        Self { spec, binary: true }
    }
}

impl Call for LedgerHeaderCall {
    const COMMAND: &'static str = "ledger";
    const REPLY_BYTES_MAX: usize = 64 << 10;
    type Answer = StatedHeader;

    fn read(&self, reply: &Reply) -> Result<StatedHeader, Error> {
        let result: LedgerResult<BinaryHeader> = reply.read()?;
        result.header(&result.ledger.ledger_data.0, self.spec)
    }
}

impl<L> LedgerResult<L> {
    /// The header of a result, after every check that needs nothing but the reply.
    pub(super) fn header(&self, bytes: &[u8], spec: LedgerSpec) -> Result<StatedHeader, Error> {
        let lying = |unverified| Error::InvalidResponse(InvalidResponse::Ledger(unverified));
        let header =
            LedgerHeader::parse(bytes).map_err(|error| lying(Unverified::Header(error)))?;
        let hash = header.hash();
        let stated = StatedHeader { header, hash, validated: self.validated == Some(true) };
        match spec {
            LedgerSpec::Hash(expected) if expected != hash => {
                return Err(lying(Unverified::LedgerHash { expected, found: hash }));
            }
            LedgerSpec::Index(expected) if expected != header.index => {
                return Err(lying(Unverified::LedgerIndex { expected, found: header.index }));
            }
            LedgerSpec::Hash(_) => return Ok(stated),
            LedgerSpec::Index(_) | LedgerSpec::Validated => {}
        }
        if let Some(expected) = self.ledger_hash.filter(|stated| *stated != hash) {
            return Err(lying(Unverified::LedgerHash { expected, found: hash }));
        }
        if !stated.validated {
            return Err(RpcError::new(
                "lgrNotValidated",
                None,
                Some("reply lacks validated: true"),
            )
            .into());
        }
        Ok(stated)
    }
}
