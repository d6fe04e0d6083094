//! `tx` and `transaction_entry`.

use std::ops::RangeInclusive;

use serde_json::{Map, Value, json};
use xrpl_codec::json::{ApiVersion, LedgerOptions, Transactions};
use xrpl_codec::{Hash256, Ledger, LedgerTransaction};

use super::ledger::element;
use super::ledger_entry::hex;
use crate::chain::Chain;
use crate::lookup::Lookup;
use crate::object::Object;
use crate::request::Request;
use crate::rpc_error::RpcError;
use crate::time::iso;

/// The maximum number of ledgers that a `tx` without a range searches, from the newest on.
const LEDGERS_MAX: u32 = 1_000;

pub(super) fn tx(chain: &dyn Chain, request: &Request<'_>) -> Result<Object, RpcError> {
    let hash = hash(request, "transaction").ok_or_else(RpcError::invalid_params)?;
    let range = range(chain, request)?;
    let searched_all = range == chain.range();
    let mut ledgers = range.rev().filter_map(|index| chain.ledger(index));
    let found = ledgers.find_map(|ledger| {
        let transaction = find(&ledger, hash)?.clone();
        Some((ledger, transaction))
    });
    let Some((ledger, transaction)) = found else {
        return Err(RpcError::transaction_not_found().with("searched_all", searched_all));
    };
    let mut members = members(&ledger, &transaction, request);
    let header = &ledger.header;
    let mut set = |name: &str, value: Value| members.insert(name.to_owned(), value);
    if request.version == ApiVersion::V1 {
        set("date", header.close_time.into());
        set("inLedger", header.index.into());
    }
    set("close_time_iso", iso(header.close_time).into());
    set("hash", json!(hash));
    set("ledger_hash", json!(ledger.hash));
    set("ledger_index", header.index.into());
    set("validated", true.into());
    Ok(Object::whole(Value::Object(members).to_string()))
}

pub(super) fn transaction_entry(
    chain: &dyn Chain,
    request: &Request<'_>,
) -> Result<Object, RpcError> {
    let found = Lookup::find(chain, request)?;
    let mut result = Object::default();
    found.name_in(&mut result);
    let Lookup::Closed { index, .. } = found else {
        return Err(RpcError::bare("notYetImplemented", result));
    };
    let Some(hash) = hash(request, "tx_hash") else {
        return Err(RpcError::bare("fieldNotFoundTransaction", result));
    };
    let ledger = chain.ledger(index).ok_or_else(RpcError::ledger_not_found)?;
    let Some(transaction) = find(&ledger, hash) else {
        return Err(RpcError::bare("transactionNotFound", result));
    };
    let json = Request { params: &Map::new(), version: request.version };
    let mut members = members(&ledger, transaction, &json);
    let metadata = members.remove("meta").unwrap_or_default();
    if request.version == ApiVersion::V1 {
        result.set("metadata", metadata);
        result.set("tx_json", members);
    } else {
        result.set("close_time_iso", iso(ledger.header.close_time));
        result.set("hash", hash);
        result.set("meta", metadata);
        result.set("tx_json", members.remove("tx_json").unwrap_or_default());
    }
    Ok(result)
}

fn hash(request: &Request<'_>, name: &str) -> Option<Hash256> {
    request.get(name)?.as_str()?.parse().ok()
}

fn find(ledger: &Ledger, hash: Hash256) -> Option<&LedgerTransaction> {
    ledger.transactions.iter().find(|transaction| transaction.hash == hash)
}

/// The ledgers to search: from `min_ledger` to `max_ledger`, or the newest ones.
fn range(chain: &dyn Chain, request: &Request<'_>) -> Result<RangeInclusive<u32>, RpcError> {
    let (first, newest) = chain.range().into_inner();
    let bound = |name| {
        let index =
            request.get(name).map(|index| index.as_u64().and_then(|it| u32::try_from(it).ok()));
        index.map(|index| index.ok_or_else(RpcError::invalid_params)).transpose()
    };
    match (bound("min_ledger")?, bound("max_ledger")?) {
        (Some(min), Some(max)) if min <= max && max - min <= LEDGERS_MAX => {
            Ok(min.max(first)..=max.min(newest))
        }
        (None, None) => Ok(first.max(newest.saturating_sub(LEDGERS_MAX - 1))..=newest),
        _ => Err(RpcError::invalid_params()),
    }
}

/// The members of a transaction with its metadata, which is `meta`.
fn members(
    ledger: &Ledger,
    transaction: &LedgerTransaction,
    request: &Request<'_>,
) -> Map<String, Value> {
    let mut members = Map::new();
    if request.flag("binary") {
        let (tx, meta) = match request.version {
            ApiVersion::V1 => ("tx", "meta"),
            ApiVersion::V2 => ("tx_blob", "meta_blob"),
        };
        members.insert(tx.to_owned(), json!(hex(&transaction.tx_blob)));
        members.insert(meta.to_owned(), json!(hex(&transaction.meta_blob)));
        return members;
    }
    let options =
        LedgerOptions { api: request.version, binary: false, transactions: Transactions::Expanded };
    let text = element(ledger, transaction, options);
    let element: Value = serde_json::from_str(&text).expect("it was written as JSON");
    if let Value::Object(element) = element {
        members = element;
    }
    if let Some(metadata) = members.remove("metaData") {
        members.insert("meta".to_owned(), metadata);
    }
    members
}
