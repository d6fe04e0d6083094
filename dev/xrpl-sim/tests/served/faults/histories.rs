//! Faults of which ledgers a server has, and says that it has.

use serde_json::json;
use xrpl_sim::{Fault, Simulator};

use super::{HISTORY, fetch, http, subscribed, whole};

async fn complete_ledgers(simulator: &Simulator) -> String {
    let info = http(simulator).await.result("server_info", json!({})).await;
    info["info"]["complete_ledgers"].as_str().unwrap().to_owned()
}

/// Whether a ledger is answered for.
async fn has(simulator: &Simulator, index: u32) -> bool {
    let Some(hash) = simulator.ledger_hash(index) else { return false };
    let by_hash = http(simulator).await.result("ledger", whole(hash)).await;
    let by_index = http(simulator).await.result("ledger", json!({"ledger_index": index})).await;
    assert_eq!(by_hash["error"], by_index["error"], "ledger {index}");
    by_hash["error"] != "lgrNotFound"
}

pub(super) async fn lost(simulator: &Simulator) {
    simulator.turn_off(Fault::LostHistory);
    let mut client = subscribed(simulator).await;
    simulator.turn_on(Fault::LostHistory);
    let close = client.next().await.unwrap_err().unwrap();
    assert_eq!((u16::from(close.code), close.reason.as_str()), (1001, "Shutting Down"));
    simulator.advance(2).unwrap();
    assert_eq!(complete_ledgers(simulator).await, "20-22");
    for (index, is_there) in [(19, false), (20, true), (22, true)] {
        assert_eq!(has(simulator, index).await, is_there, "ledger {index}");
    }
}

/// Ledgers 21 to 28 are missing, whatever is claimed.
pub(super) async fn missing(simulator: &Simulator, fault: Fault, claimed: &str) {
    simulator.advance(10).unwrap();
    assert_eq!(complete_ledgers(simulator).await, claimed, "{fault}");
    for (index, is_there) in [(20, true), (21, false), (28, false), (29, true)] {
        assert_eq!(has(simulator, index).await, is_there, "{fault}: ledger {index}");
    }
    if fault == Fault::WrongHistory {
        return;
    }
    let mut client = subscribed(simulator).await;
    simulator.advance(1).unwrap();
    assert_eq!(client.next().await.unwrap()["validated_ledgers"], "1-20,29-31");
}

pub(super) async fn empty(simulator: &Simulator) {
    assert_eq!(complete_ledgers(simulator).await, "empty");
    assert!(has(simulator, HISTORY).await);
}

pub(super) async fn stale(simulator: &Simulator) {
    let mut client = subscribed(simulator).await;
    simulator.advance(19).unwrap();
    assert_eq!(complete_ledgers(simulator).await, "1-20");
    simulator.advance(3).unwrap();
    assert_eq!(complete_ledgers(simulator).await, "1-22");
    for index in [21, 22] {
        assert_eq!(client.next().await.unwrap()["ledger_index"], index);
        fetch(simulator, index, simulator.ledger_hash(index).unwrap()).await.unwrap();
    }
    assert_eq!(simulator.ledgers(), 1..=22);
}
