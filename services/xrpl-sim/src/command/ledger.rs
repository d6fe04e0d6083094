//! `ledger`.

use serde_json::json;
use xrpl::json::{ApiVersion, LedgerOptions, Transactions, write_header_json, write_ledger_json};
use xrpl::{Definitions, LedgerHeader};

use crate::chain::Chain;
use crate::lookup::Lookup;
use crate::object::Object;
use crate::request::Request;
use crate::rpc_error::RpcError;

pub(super) fn ledger(chain: &dyn Chain, request: &Request<'_>) -> Result<Object, RpcError> {
    if ["ledger", "ledger_hash", "ledger_index"].iter().all(|name| request.get(name).is_none()) {
        return closed_and_open(chain, request.version);
    }
    let found = Lookup::find(chain, request)?;
    if request.flag("full") || request.flag("accounts") {
        return Err(RpcError::no_permission());
    }
    match found {
        Lookup::Closed { .. } if request.flag("queue") => Err(RpcError::invalid_params()),
        Lookup::Closed { index, .. } => closed(chain, index, request),
        Lookup::Current { newest } => {
            let mut ledger = open_ledger(chain, newest, request.version);
            if request.flag("transactions") {
                ledger.raw("transactions", "[]".to_owned());
            }
            let mut result = Object::default();
            result.raw("ledger", ledger.text());
            found.name_in(&mut result);
            Ok(result)
        }
    }
}

fn closed(chain: &dyn Chain, index: u32, request: &Request<'_>) -> Result<Object, RpcError> {
    let ledger = chain.ledger(index).ok_or_else(RpcError::ledger_not_found)?;
    let transactions = match (request.flag("transactions"), request.flag("expand")) {
        (false, _) => Transactions::Left,
        (true, false) => Transactions::Hashes,
        (true, true) => Transactions::Expanded,
    };
    let options =
        LedgerOptions { api: request.version, binary: request.flag("binary"), transactions };
    let mut json = Vec::new();
    write_ledger_json(Definitions::builtin(), &ledger, options, &mut json)
        .expect("the chain's own transactions are well formed");
    Ok(Object::whole(String::from_utf8(json).expect("JSON is UTF-8")))
}

/// What a request gets that names no ledger.
fn closed_and_open(chain: &dyn Chain, version: ApiVersion) -> Result<Object, RpcError> {
    let newest = *chain.range().end();
    let ledger = chain.ledger(newest).ok_or_else(RpcError::ledger_not_found)?;
    let mut result = Object::default();
    for (name, ledger) in [
        ("closed", header(&ledger.header, version)),
        ("open", open_ledger(chain, newest, version).text()),
    ] {
        let mut inner = Object::default();
        inner.raw("ledger", ledger);
        result.raw(name, inner.text());
    }
    Ok(result)
}

/// The header as JSON.
pub(super) fn header(header: &LedgerHeader, version: ApiVersion) -> String {
    let mut json = vec![b'{'];
    write_header_json(header, header.hash(), version, &mut json);
    json.push(b'}');
    String::from_utf8(json).expect("JSON is UTF-8")
}

fn open_ledger(chain: &dyn Chain, newest: u32, version: ApiVersion) -> Object {
    let index = newest + 1;
    let mut ledger = Object::default();
    ledger.set("closed", false);
    ledger.set(
        "ledger_index",
        if version == ApiVersion::V1 { json!(index.to_string()) } else { json!(index) },
    );
    ledger.set("parent_hash", chain.hash_of(newest));
    ledger
}
