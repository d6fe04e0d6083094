//! `ledger`.

use std::sync::Arc;

use serde_json::json;
use xrpl_codec::json::{
    ApiVersion, LedgerOptions, Transactions, write_header_json, write_ledger_json,
    write_transaction_json,
};
use xrpl_codec::{Definitions, Ledger, LedgerContext, LedgerHeader, LedgerTransaction};

use super::ledger_entry::hex;
use crate::chain::Chain;
use crate::lookup::Lookup;
use crate::object::{Object, array};
use crate::owner_funds::owner_funds;
use crate::request::Request;
use crate::rpc_error::RpcError;
use crate::view::View;

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
    let transactions = match (request.flag("transactions"), request.flag("expand")) {
        (false, _) => Transactions::Left,
        (true, false) => Transactions::Hashes,
        (true, true) => Transactions::Expanded,
    };
    let options =
        LedgerOptions { api: request.version, binary: request.flag("binary"), transactions };
    let ledger = match transactions {
        Transactions::Left => {
            let header = chain.header(index).ok_or_else(RpcError::ledger_not_found)?;
            let hash = chain.hash_of(index).ok_or_else(RpcError::ledger_not_found)?;
            Arc::new(Ledger { hash, header, transactions: Vec::new() })
        }
        _ => chain.ledger(index).ok_or_else(RpcError::ledger_not_found)?,
    };
    if request.flag("owner_funds") && transactions == Transactions::Expanded {
        return Ok(with_owner_funds(&ledger, options, &chain.view(index)));
    }
    Ok(Object::whole(written(|json| {
        write_ledger_json(Definitions::builtin(), &ledger, options, json)
            .expect("the chain's own transactions are well formed");
    })))
}

/// The reply whose offers carry what their senders hold.
fn with_owner_funds(ledger: &Ledger, options: LedgerOptions, view: &View<'_>) -> Object {
    let mut header = Object::whole(if options.binary {
        binary_header(&ledger.header)
    } else {
        header(&ledger.header, options.api)
    });
    let mut by_hash: Vec<&LedgerTransaction> = ledger.transactions.iter().collect();
    by_hash.sort_unstable_by_key(|it| it.hash);
    header.raw(
        "transactions",
        array(by_hash.into_iter().map(|transaction| {
            let mut element = Object::whole(element(ledger, transaction, options));
            if let Some(funds) = owner_funds(&transaction.tx_blob, view) {
                element.set("owner_funds", funds);
            }
            element.text()
        })),
    );
    let mut result = Object::default();
    result.raw("ledger", header.text());
    Lookup::Closed { index: ledger.header.index, hash: ledger.hash }.name_in(&mut result);
    result
}

/// A transaction as an element of an expanded reply.
pub(super) fn element(
    ledger: &Ledger,
    transaction: &LedgerTransaction,
    options: LedgerOptions,
) -> String {
    let LedgerTransaction { hash, tx_blob, meta_blob } = transaction;
    match (options.binary, options.api) {
        (true, ApiVersion::V1) => {
            json!({"meta": hex(meta_blob), "tx_blob": hex(tx_blob)}).to_string()
        }
        (true, ApiVersion::V2) => {
            json!({"hash": hash, "meta_blob": hex(meta_blob), "tx_blob": hex(tx_blob)}).to_string()
        }
        (false, api) => written(|json| {
            let Ledger { header, hash: ledger_hash, .. } = ledger;
            let context = LedgerContext {
                index: header.index,
                hash: *ledger_hash,
                close_time: header.close_time,
            };
            write_transaction_json(
                Definitions::builtin(),
                *hash,
                tx_blob,
                meta_blob,
                &context,
                api,
                json,
            )
            .expect("the chain's own transactions are well formed");
        }),
    }
}

/// What a request gets that names no ledger.
fn closed_and_open(chain: &dyn Chain, version: ApiVersion) -> Result<Object, RpcError> {
    let newest = *chain.range().end();
    let closed = chain.header(newest).ok_or_else(RpcError::ledger_not_found)?;
    let mut result = Object::default();
    for (name, ledger) in
        [("closed", header(&closed, version)), ("open", open_ledger(chain, newest, version).text())]
    {
        let mut inner = Object::default();
        inner.raw("ledger", ledger);
        result.raw(name, inner.text());
    }
    Ok(result)
}

/// The header as JSON.
pub(super) fn header(header: &LedgerHeader, version: ApiVersion) -> String {
    written(|json| {
        json.push(b'{');
        write_header_json(header, header.hash(), version, json);
        json.push(b'}');
    })
}

/// The header in binary, as JSON.
pub(super) fn binary_header(header: &LedgerHeader) -> String {
    json!({"closed": true, "ledger_data": hex(&header.to_bytes())}).to_string()
}

fn written(write: impl FnOnce(&mut Vec<u8>)) -> String {
    let mut json = Vec::new();
    write(&mut json);
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
