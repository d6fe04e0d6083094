//! The ledger of a request.

use serde_json::Value;
use xrpl_codec::Hash256;

use crate::chain::Chain;
use crate::object::Object;
use crate::request::Request;
use crate::rpc_error::RpcError;

/// The ledger of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lookup {
    /// A closed, validated one that is available.
    Closed { index: u32, hash: Hash256 },
    /// The open one after the newest. Its transactions are none, its state is the newest ledger's.
    Current { newest: u32 },
}

impl Lookup {
    /// Finds the ledger by `ledger_hash`, `ledger_index` or the old `ledger`; without any of them it is the open one.
    pub(crate) fn find(chain: &dyn Chain, request: &Request<'_>) -> Result<Self, RpcError> {
        let (hash, index) = match request.get("ledger") {
            // The old form: a text longer than any index is a hash.
            Some(Value::String(text)) if text.len() > 12 => (request.get("ledger"), None),
            Some(legacy) => (None, Some(legacy)),
            None => (request.get("ledger_hash"), request.get("ledger_index")),
        };
        match hash {
            Some(Value::String(hash)) => {
                let hash = hash
                    .parse()
                    .map_err(|_| RpcError::invalid_params().saying("ledgerHashMalformed"))?;
                let index = chain.index_of(hash).ok_or_else(RpcError::ledger_not_found)?;
                Ok(Self::Closed { index, hash })
            }
            Some(Value::Null) | None => Self::by_index(chain, index),
            Some(_) => Err(RpcError::invalid_params().saying("ledgerHashNotString")),
        }
    }

    fn by_index(chain: &dyn Chain, index: Option<&Value>) -> Result<Self, RpcError> {
        let newest = *chain.range().end();
        let malformed = || RpcError::invalid_params().saying("ledgerIndexMalformed");
        let index = match index {
            None | Some(Value::Null) => return Ok(Self::Current { newest }),
            Some(Value::String(text)) => match text.as_str() {
                "" | "current" => return Ok(Self::Current { newest }),
                "validated" | "closed" => newest,
                text => text.parse().map_err(|_| malformed())?,
            },
            Some(number) => {
                number.as_u64().and_then(|it| u32::try_from(it).ok()).ok_or_else(malformed)?
            }
        };
        if index == newest.saturating_add(1) {
            return Ok(Self::Current { newest });
        }
        let hash = chain.hash_of(index).filter(|_| chain.range().contains(&index));
        hash.map(|hash| Self::Closed { index, hash }).ok_or_else(RpcError::ledger_not_found)
    }

    /// Adds the ledger to a reply.
    pub(crate) fn name_in(self, object: &mut Object) {
        match self {
            Self::Closed { index, hash } => {
                object.set("ledger_hash", hash);
                object.set("ledger_index", index);
                object.set("validated", true);
            }
            Self::Current { newest } => {
                object.set("ledger_current_index", newest + 1);
                object.set("validated", false);
            }
        }
    }

    /// The closed ledger whose state this is.
    pub(crate) fn state_index(self) -> u32 {
        match self {
            Self::Closed { index, .. } => index,
            Self::Current { newest } => newest,
        }
    }
}
