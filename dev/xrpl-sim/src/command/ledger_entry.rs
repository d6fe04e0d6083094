//! `ledger_entry`, by the key of the entry.

use serde_json::Value;
use xrpl_codec::json::{ApiVersion, write_entry_json};
use xrpl_codec::{Definitions, Hash256};

use crate::chain::Chain;
use crate::ledger_hashes::{Found, ledger_hashes};
use crate::lookup::Lookup;
use crate::object::Object;
use crate::request::Request;
use crate::rpc_error::RpcError;

pub(super) fn ledger_entry(chain: &dyn Chain, request: &Request<'_>) -> Result<Object, RpcError> {
    let found = Lookup::find(chain, request)?;
    let mut result = Object::default();
    found.name_in(&mut result);
    let Some(index) = request.get("index") else {
        let token =
            if request.version == ApiVersion::V1 { "unknownOption" } else { "invalidParams" };
        return Err(RpcError::bare(token, result));
    };
    let key = match index {
        Value::String(text) => text.parse().ok(),
        _ => None,
    };
    let Some(key) = key else { return Err(RpcError::bare("malformedRequest", result)) };
    let Some(data) = entry(chain, found.state_index(), key)? else {
        return Err(RpcError::bare("entryNotFound", result));
    };
    if request.flag("binary") {
        result.set("node_binary", hex(&data));
    } else {
        result.raw("node", entry_json(key, &data));
    }
    result.set("index", key);
    Ok(result)
}

/// The entry in binary, if there is one. Of a state that was not recorded only `LedgerHashes` is known.
fn entry(chain: &dyn Chain, at: u32, key: Hash256) -> Result<Option<Vec<u8>>, RpcError> {
    match ledger_hashes(at, key, |index| chain.hash_of(index)) {
        Some(Found::Entry(data)) => Ok(Some(data)),
        Some(Found::NotYet) => Ok(None),
        None => {
            let state = chain.state(at).ok_or_else(|| RpcError::no_state("ledger_entry", at))?;
            Ok(state.entry(key).map(std::borrow::Cow::into_owned))
        }
    }
}

/// The entry as JSON.
pub(super) fn entry_json(key: Hash256, data: &[u8]) -> String {
    let mut json = Vec::new();
    write_entry_json(Definitions::builtin(), key, data, &mut json)
        .expect("recorded entries are well formed");
    String::from_utf8(json).expect("JSON is UTF-8")
}

/// Upper-case hex digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    let mut text = vec![0; bytes.len() * 2];
    faster_hex::hex_encode_upper(bytes, &mut text)
        .expect("the buffer holds two digits a byte")
        .to_owned()
}
