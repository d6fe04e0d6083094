//! `ledger_data`: the state in pages.

use serde_json::{Value, json};
use xrpl_codec::{Definitions, Hash256};

use super::ledger::{binary_header, header as json_header};
use super::ledger_entry::{entry_json, hex};
use crate::chain::Chain;
use crate::lookup::Lookup;
use crate::object::{Object, array};
use crate::request::Request;
use crate::rpc_error::RpcError;

/// Longest page, in entries, for clients that are no administrators.
const JSON_ENTRIES_MAX: usize = 256;
const BINARY_ENTRIES_MAX: usize = 2_048;

pub(super) fn ledger_data(chain: &dyn Chain, request: &Request<'_>) -> Result<Object, RpcError> {
    let found = Lookup::find(chain, request)?;
    let marker = marker(request)?;
    let binary = request.flag("binary");
    let limit = limit(request, if binary { BINARY_ENTRIES_MAX } else { JSON_ENTRIES_MAX })?;
    let kind = kind(request)?;
    let index = found.state_index();
    let state = chain.state(index).ok_or_else(|| RpcError::no_state("ledger_data", index))?;
    let mut result = Object::default();
    found.name_in(&mut result);
    if marker.is_none() {
        let header = &chain.header(index).ok_or_else(RpcError::ledger_not_found)?;
        let ledger =
            if binary { binary_header(header) } else { json_header(header, request.version) };
        result.raw("ledger", ledger);
    }
    let mut entries = Vec::new();
    for (looked_at, (key, data)) in state.after(marker).enumerate() {
        if looked_at == limit {
            // The next page begins after the key before this one.
            result.set("marker", predecessor(key));
            break;
        }
        if kind.is_some_and(|kind| data.get(1..3) != Some(&kind.to_be_bytes())) {
            continue;
        }
        entries.push(if binary {
            json!({"data": hex(&data), "index": key}).to_string()
        } else {
            entry_json(key, &data)
        });
    }
    result.raw("state", array(entries));
    Ok(result)
}

fn marker(request: &Request<'_>) -> Result<Option<Hash256>, RpcError> {
    let refused = || RpcError::expected_field("marker", "valid");
    match request.get("marker") {
        None => Ok(None),
        Some(Value::String(text)) => text.parse().map(Some).map_err(|_| refused()),
        Some(_) => Err(refused()),
    }
}

fn limit(request: &Request<'_>, most: usize) -> Result<usize, RpcError> {
    let Some(limit) = request.get("limit") else { return Ok(most) };
    let limit = limit.as_i64().ok_or_else(|| RpcError::expected_field("limit", "integer"))?;
    Ok(usize::try_from(limit).unwrap_or(most).min(most))
}

/// The code of the type of entry that the request is limited to.
fn kind(request: &Request<'_>) -> Result<Option<u16>, RpcError> {
    let name = match request.get("type") {
        None => return Ok(None),
        Some(Value::String(name)) => name,
        Some(_) => return Err(RpcError::expected_field("type", "string")),
    };
    // Types are named as in the protocol (`AccountRoot`) or as in the API (`account`, `state`, `offer`).
    let protocol_name = API_NAMES
        .iter()
        .find(|(api, _)| api == name)
        .map_or(name.as_str(), |(_, protocol)| protocol);
    let code = Definitions::builtin().ledger_entry_type_code(protocol_name);
    code.map(Some).ok_or_else(|| RpcError::invalid_field("type"))
}

/// Names in the API that are not the protocol's.
const API_NAMES: [(&str, &str); 24] = [
    ("account", "AccountRoot"),
    ("amendments", "Amendments"),
    ("amm", "AMM"),
    ("bridge", "Bridge"),
    ("check", "Check"),
    ("credential", "Credential"),
    ("deposit_preauth", "DepositPreauth"),
    ("did", "DID"),
    ("directory", "DirectoryNode"),
    ("escrow", "Escrow"),
    ("fee", "FeeSettings"),
    ("hashes", "LedgerHashes"),
    ("mpt_issuance", "MPTokenIssuance"),
    ("mptoken", "MPToken"),
    ("nft_offer", "NFTokenOffer"),
    ("nft_page", "NFTokenPage"),
    ("nunl", "NegativeUNL"),
    ("offer", "Offer"),
    ("oracle", "Oracle"),
    ("payment_channel", "PayChannel"),
    ("signer_list", "SignerList"),
    ("state", "RippleState"),
    ("ticket", "Ticket"),
    ("xchain_owned_claim_id", "XChainOwnedClaimID"),
];

/// The key before a key.
fn predecessor(key: Hash256) -> Hash256 {
    let mut bytes = key.0;
    for byte in bytes.iter_mut().rev() {
        let (less, borrowed) = byte.overflowing_sub(1);
        *byte = less;
        if !borrowed {
            break;
        }
    }
    Hash256(bytes)
}
