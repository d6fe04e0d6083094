//! Mainnet ledgers and states in JSON of several ages: encoded, they rebuild the hashes of the real chain.

use std::path::Path;

use serde_json::Value;
use xrpl_codec::{
    Definitions, Expected, Hash256, LedgerHeader, Unverified, encode, state_tree_root,
    transaction_id, transaction_tree_root, verify,
};

use crate::recorded::{files, hash, read_json, shared_data};

/// The `ledger` object of a reply, or the file itself where it is bare.
fn ledger(path: &Path) -> Value {
    let json = read_json(path);
    let result = json.get("result").unwrap_or(&json);
    result.get("ledger").unwrap_or(result).clone()
}

fn encoded(json: &Value) -> Vec<u8> {
    encode(Definitions::builtin(), json).unwrap_or_else(|error| panic!("{error} in {json}"))
}

fn blobs(ledger: &Value) -> Vec<(Vec<u8>, Vec<u8>)> {
    let transactions = ledger["transactions"].as_array().unwrap().iter();
    let blobs = transactions.map(|transaction| {
        let tx_blob = encoded(transaction);
        assert_eq!(transaction_id(&tx_blob), hash(&transaction["hash"]));
        (tx_blob, encoded(&transaction["metaData"]))
    });
    blobs.collect()
}

fn root(blobs: &[(Vec<u8>, Vec<u8>)]) -> Hash256 {
    transaction_tree_root(
        blobs.iter().map(|(tx_blob, meta_blob)| (tx_blob.as_slice(), meta_blob.as_slice())),
    )
}

/// The recording of 87704323 is not the whole ledger, see below.
const INCOMPLETE: &str = "87704323.json";

fn ledgers(data: &Path) -> Vec<(String, Value)> {
    let files = files(&data.join("mainnet/ledgers"), "");
    assert_eq!(files.len(), 19);
    files
        .iter()
        .map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), ledger(path)))
        .collect()
}

#[test]
fn transaction_root_of_every_mainnet_ledger_recomputes() {
    let Some(data) = shared_data("mainnet ledgers") else { return };
    let mut recomputed = 0;
    for (name, ledger) in ledgers(&data).into_iter().filter(|(name, _)| name != INCOMPLETE) {
        assert_eq!(root(&blobs(&ledger)), hash(&ledger["transaction_hash"]), "{name}");
        recomputed += 1;
    }
    assert_eq!(recomputed, 18);
}

/// Its header hashes to the ledger's name, so its `transaction_hash` is true, and each of its 22 transactions hashes to
/// its id. So what the root is over and the file lacks is metadata, or further transactions: the reference codec makes
/// the same 22 blobs of metadata, and neither an empty `PreviousFields` in any nodes that gained a field nor a
/// `DeliveredAmount` in any payments, which JSON may have lost, rebuilds the root. What is wrong with the file is what
/// `verify` is there to find.
#[test]
fn recording_of_87704323_has_a_true_header_and_is_not_the_whole_ledger() {
    let Some(data) = shared_data("mainnet ledgers") else { return };
    let ledger = ledger(&data.join("mainnet/ledgers").join(INCOMPLETE));
    let header = header(&ledger, 0);
    assert_eq!(header.hash(), hash(&ledger["ledger_hash"]));
    let blobs = blobs(&ledger);
    assert_eq!(blobs.len(), 22);
    let expected = Expected { index: header.index, hash: header.hash(), parent_hash: None };
    let found = root(&blobs);
    let unverified = verify(&header.to_bytes(), blobs, &expected).unwrap_err();
    assert_eq!(
        unverified,
        Unverified::TransactionHash { expected: header.transaction_hash, found }
    );
}

fn header(ledger: &Value, parent_close_time: u32) -> LedgerHeader {
    let number = |key: &str| ledger[key].as_u64().unwrap_or_default();
    LedgerHeader {
        index: ledger["ledger_index"].as_str().unwrap().parse().unwrap(),
        total_coins: ledger["total_coins"].as_str().unwrap().parse().unwrap(),
        parent_hash: hash(&ledger["parent_hash"]),
        transaction_hash: hash(&ledger["transaction_hash"]),
        account_hash: hash(&ledger["account_hash"]),
        parent_close_time: ledger["parent_close_time"]
            .as_u64()
            .map_or(parent_close_time, |time| time.try_into().unwrap()),
        close_time: number("close_time").try_into().unwrap(),
        close_time_resolution: number("close_time_resolution").try_into().unwrap(),
        close_flags: number("close_flags").try_into().unwrap(),
    }
}

/// Those whose parent's close time is known: from the reply, or from the file of the parent.
#[test]
fn mainnet_ledgers_verify_as_a_whole() {
    let Some(data) = shared_data("mainnet ledgers") else { return };
    let ledgers: Vec<Value> =
        ledgers(&data).into_iter().filter(|(name, _)| name != INCOMPLETE).map(|it| it.1).collect();
    let mut verified = 0;
    for child in &ledgers {
        let parent = ledgers.iter().find(|parent| parent["ledger_hash"] == child["parent_hash"]);
        let parent_close_time =
            parent.map(|parent| parent["close_time"].as_u64().unwrap().try_into().unwrap());
        if child.get("parent_close_time").is_none() && parent_close_time.is_none() {
            continue;
        }
        let header = header(child, parent_close_time.unwrap_or_default());
        let parent_hash = Some(header.parent_hash);
        let expected =
            Expected { index: header.index, hash: hash(&child["ledger_hash"]), parent_hash };
        let ledger = verify(&header.to_bytes(), blobs(child), &expected).unwrap();
        assert_eq!(ledger.header, header);
        verified += 1;
    }
    assert_eq!(verified, 14);
}

#[test]
fn account_hash_of_mainnets_first_states_recomputes() {
    let Some(data) = shared_data("mainnet states") else { return };
    let files = files(&data.join("mainnet/state"), "");
    assert_eq!(files.len(), 3);
    for path in files {
        let ledger = ledger(&path);
        let entries = ledger["accountState"].as_array().unwrap();
        let entries: Vec<(Hash256, Vec<u8>)> =
            entries.iter().map(|entry| (hash(&entry["index"]), encoded(entry))).collect();
        let root = state_tree_root(entries.iter().map(|(index, data)| (*index, data.as_slice())));
        assert_eq!(root, hash(&ledger["account_hash"]), "{}", path.display());
    }
}
