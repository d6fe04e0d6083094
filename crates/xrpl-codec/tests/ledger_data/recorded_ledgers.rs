//! Recorded ledgers: the binary reply, decoded, is the server's own JSON.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use xrpl_codec::json::{
    ApiVersion, LedgerOptions, Transactions, Unknown, write_ledger_json, write_transaction_json,
};
use xrpl_codec::{Definitions, Ledger, LedgerContext, transaction_id};

use crate::recorded::{
    CHAINS, RecordedLedger, chain_ledgers, fixture_ledgers, fixture_transactions, hash, hex,
    ledger, read_json,
};

fn written(ledger: &Ledger, api: ApiVersion, binary: bool, transactions: Transactions) -> Value {
    let mut out = Vec::new();
    let options = LedgerOptions { api, binary, transactions };
    let unknown = write_ledger_json(Definitions::builtin(), ledger, options, &mut out).unwrap();
    assert_eq!(unknown, Unknown::default());
    let mut result: Value = serde_json::from_slice(&out).unwrap();
    assert!(out.is_ascii());
    result.as_object_mut().unwrap().insert("status".into(), json!("success"));
    result
}

/// Compares every key, and names the one that differs.
fn assert_same(path: &str, ours: &Value, server: &Value) {
    match (ours, server) {
        (Value::Object(ours), Value::Object(server)) => {
            let keys =
                |object: &Map<String, Value>| object.keys().cloned().collect::<BTreeSet<_>>();
            assert_eq!(keys(ours), keys(server), "{path}");
            for (key, value) in server {
                assert_same(&format!("{path}.{key}"), &ours[key], value);
            }
        }
        (Value::Array(ours), Value::Array(server)) => {
            assert_eq!(ours.len(), server.len(), "{path}");
            for (at, (ours, server)) in ours.iter().zip(server).enumerate() {
                assert_same(&format!("{path}[{at}]"), ours, server);
            }
        }
        _ => assert_eq!(ours, server, "{path}"),
    }
}

/// Takes out what only a server can know that has the accounts' balances: it was asked for on the first chain.
fn without_owner_funds(mut result: Value) -> Value {
    for transaction in result["ledger"]["transactions"].as_array_mut().unwrap() {
        transaction.as_object_mut().unwrap().remove("owner_funds");
    }
    result
}

fn assert_written_as_recorded(recorded: &RecordedLedger) -> usize {
    let from_v1 = ledger(&recorded.v1_binary);
    assert_eq!(from_v1, ledger(&recorded.v2_binary), "{}", recorded.name);
    for (api, binary, server) in [
        (ApiVersion::V1, false, &recorded.v1),
        (ApiVersion::V2, false, &recorded.v2),
        (ApiVersion::V1, true, &recorded.v1_binary),
        (ApiVersion::V2, true, &recorded.v2_binary),
    ] {
        let name = format!("{} {api:?} binary {binary}", recorded.name);
        let server = without_owner_funds(server.clone());
        assert_same(&name, &written(&from_v1, api, binary, Transactions::Expanded), &server);
    }
    from_v1.transactions.len()
}

fn assert_chain(chain: &str, ledgers: usize, transactions: usize) {
    let recorded = chain_ledgers(chain);
    let counted: usize = recorded.iter().map(assert_written_as_recorded).sum();
    assert_eq!((recorded.len(), counted), (ledgers, transactions));
}

#[test]
fn fixtures_decode_to_the_servers_json() {
    let transactions: usize = fixture_ledgers().iter().map(assert_written_as_recorded).sum();
    assert_eq!(transactions, 38);
}

#[test]
fn fixture_of_every_transaction_type_decodes_to_the_servers_json() {
    let mut types = BTreeSet::new();
    for recorded in fixture_transactions() {
        let number = |key: &str| u32::try_from(recorded[key].as_u64().unwrap()).unwrap();
        let context = LedgerContext {
            index: number("ledger_index"),
            hash: hash(&recorded["ledger_hash"]),
            close_time: number("close_time"),
        };
        let (tx_blob, meta_blob) = (hex(&recorded["tx_blob"]), hex(&recorded["meta_blob"]));
        let id = transaction_id(&tx_blob);
        assert_eq!(id, hash(&recorded["hash"]));
        for (api, server) in [(ApiVersion::V1, &recorded["v1"]), (ApiVersion::V2, &recorded["v2"])]
        {
            let mut out = Vec::new();
            let definitions = Definitions::builtin();
            write_transaction_json(definitions, id, &tx_blob, &meta_blob, &context, api, &mut out)
                .unwrap();
            assert_same(&id.to_string(), &serde_json::from_slice(&out).unwrap(), server);
        }
        types.insert(recorded["v1"]["TransactionType"].as_str().unwrap().to_owned());
    }
    assert_eq!(types.len(), 55);
}

#[test]
fn first_chain_decodes_to_the_servers_json() {
    assert_chain(CHAINS[0], 24, 129);
}

#[test]
fn second_chain_decodes_to_the_servers_json() {
    assert_chain(CHAINS[1], 349, 2856);
}

#[test]
fn chain_with_a_negative_unl_decodes_to_the_servers_json() {
    assert_chain(CHAINS[2], 6, 1);
}

#[test]
fn ledgers_link_to_their_parents() {
    for chain in CHAINS {
        let ledgers = chain_ledgers(chain);
        let headers: Vec<_> = ledgers.iter().map(|recorded| ledger(&recorded.v2_binary)).collect();
        let neighbours =
            headers.windows(2).filter(|pair| pair[0].header.index + 1 == pair[1].header.index);
        assert!(neighbours.clone().count() >= 3);
        for pair in neighbours {
            assert_eq!(pair[1].header.parent_hash, pair[0].hash);
            assert_eq!(pair[1].header.parent_close_time, pair[0].header.close_time);
        }
    }
}

#[test]
fn unexpanded_transactions_are_hashes_in_the_servers_order() {
    let server =
        read_json(&recordings::folder().join("rippled-standalone/ledger-hashes-only-v2.json"));
    let ledgers = chain_ledgers("rippled-standalone");
    let last = ledger(&ledgers.last().unwrap().v2_binary);
    assert_same(
        "hashes only",
        &written(&last, ApiVersion::V2, false, Transactions::Hashes),
        &server,
    );
    let mut without = server;
    without["ledger"].as_object_mut().unwrap().remove("transactions");
    assert_same(
        "header only",
        &written(&last, ApiVersion::V2, false, Transactions::Left),
        &without,
    );
}
