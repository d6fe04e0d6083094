//! Faults of what ledgers hold.

use serde_json::json;
use xrpl_codec::{Definitions, Hash256, Unverified, recent_ledgers_key, summary};
use xrpl_sim::{Fault, Simulator};

use super::{HISTORY, fetch, http, start, subscribed, whole};
use crate::generated_chain::hex;

/// The hash that is announced for the next ledger.
async fn announced(simulator: &Simulator) -> (u32, Hash256) {
    let mut client = subscribed(simulator).await;
    let index = simulator.advance(1).unwrap();
    let announced = client.next().await.unwrap();
    assert_eq!(announced["ledger_index"], index);
    (index, announced["ledger_hash"].as_str().unwrap().parse().unwrap())
}

pub(super) async fn false_header(simulator: &Simulator) {
    let (index, hash) = announced(simulator).await;
    let told = fetch(simulator, index, hash).await;
    assert!(matches!(told, Err(Unverified::LedgerHash { .. })), "{told:?}");
    let mut client = http(simulator).await;
    let reply = client.result("ledger", json!({"ledger_hash": hash, "binary": true})).await;
    assert_eq!(reply["ledger_hash"], hash.to_string());
    let header = xrpl_codec::LedgerHeader::parse(&hex(&reply["ledger"]["ledger_data"])).unwrap();
    assert_ne!(header.hash(), hash);
}

pub(super) async fn false_transactions(simulator: &Simulator, fault: Fault) {
    let (index, hash) = announced(simulator).await;
    let told = fetch(simulator, index, hash).await;
    assert!(matches!(told, Err(Unverified::TransactionHash { .. })), "{told:?}");
    let reply = http(simulator).await.result("ledger", whole(hash)).await;
    let left = if fault == Fault::MissingTransaction { 3 } else { 4 };
    assert_eq!(reply["ledger"]["transactions"].as_array().unwrap().len(), left);
    let json = json!({"ledger_hash": hash, "transactions": true, "expand": true});
    assert_eq!(http(simulator).await.result("ledger", json).await["validated"], true);
}

pub(super) async fn wrong_parent(simulator: &Simulator) {
    let (index, hash) = announced(simulator).await;
    let ledger = fetch(simulator, index, hash).await.unwrap();
    assert_ne!(ledger.header.parent_hash, simulator.ledger_hash(HISTORY).unwrap());
    let (next, next_hash) = announced(simulator).await;
    assert_eq!(next, index + 1);
    assert_ne!(fetch(simulator, next, next_hash).await.unwrap().header.parent_hash, hash);
}

pub(super) async fn fork(simulator: &Simulator) {
    simulator.turn_off(Fault::Fork);
    simulator.turn_on("fork@15-".parse::<xrpl_sim::Planned>().unwrap());
    let other = start().await;
    other.turn_on(Fault::Fork);
    let honest = start().await;
    for simulator in [simulator, &other, &honest] {
        simulator.advance(2).unwrap();
    }
    let hash = |simulator: &Simulator, index| simulator.ledger_hash(index).unwrap();
    for index in 1..=22 {
        let expected = hash(&honest, index);
        assert_eq!(hash(simulator, index) == expected, index < 15, "{index}");
        assert_eq!(hash(&other, index) == expected, index <= HISTORY, "{index}");
        let forked = fetch(simulator, index, hash(simulator, index)).await.unwrap();
        assert!(index == 1 || forked.header.parent_hash == hash(simulator, index - 1));
    }
    let mut client = http(simulator).await;
    let gone = json!({"ledger_hash": hash(&honest, 18)});
    assert_eq!(client.result("ledger", gone).await["error"], "lgrNotFound");
    let params = json!({"ledger_index": 22, "index": recent_ledgers_key(), "binary": true});
    let named = client.result("ledger_entry", params).await;
    let named = xrpl_codec::LedgerHashes::parse(&hex(&named["node_binary"])).unwrap();
    assert_eq!(named.recent(18), simulator.ledger_hash(18));
    simulator.turn_off(Fault::Fork);
    assert_eq!(hash(simulator, 22), hash(&honest, 22));
}

pub(super) async fn other_network(simulator: &Simulator) {
    let honest = start().await;
    let (index, _) = announced(simulator).await;
    honest.advance(1).unwrap();
    for index in 1..=index {
        let hash = simulator.ledger_hash(index).unwrap();
        assert_ne!(Some(hash), honest.ledger_hash(index));
        fetch(simulator, index, hash).await.unwrap();
    }
    let mut client = http(simulator).await;
    let info = client.result("server_info", json!({})).await["info"].take();
    assert_eq!(info["network_id"], 21_338);
    let info = http(&honest).await.result("server_info", json!({})).await["info"].take();
    assert!(info["network_id"].is_null());
}

pub(super) async fn unprovable(simulator: &Simulator) {
    let other = start().await;
    other.turn_on(Fault::UnprovableLedger);
    let mut told = Vec::new();
    for simulator in [simulator, &other] {
        let (index, hash) = announced(simulator).await;
        told.push(fetch(simulator, index, hash).await);
        let (next, hash) = announced(simulator).await;
        fetch(simulator, next, hash).await.unwrap();
    }
    assert!(matches!(told[0], Err(Unverified::TransactionHash { .. })), "{told:?}");
    assert_eq!(told[0], told[1]);
}

pub(super) async fn unknown_type(simulator: &Simulator) {
    let (index, hash) = announced(simulator).await;
    let ledger = fetch(simulator, index, hash).await.unwrap();
    let first = &ledger.transactions[0];
    let definitions = Definitions::builtin();
    let told = summary(definitions, &first.tx_blob, &first.meta_blob).unwrap();
    assert_eq!(definitions.transaction_type(60_000), None);
    assert!(told.transaction_type.contains("60000"), "{told:?}");
    let json = json!({"ledger_hash": hash, "transactions": true, "expand": true});
    let reply = http(simulator).await.result("ledger", json).await;
    assert_eq!(reply["ledger"]["transactions"].as_array().unwrap().len(), 4);
    simulator.turn_off(Fault::UnknownType);
    let (next, next_hash) = announced(simulator).await;
    assert_eq!(fetch(simulator, next, next_hash).await.unwrap().header.parent_hash, hash);
}
