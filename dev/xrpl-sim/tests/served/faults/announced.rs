//! Faults of the stream.

use serde_json::json;
use xrpl_sim::Simulator;

use super::{HISTORY, subscribed};
use crate::client::WsClient;

/// The ledgers that come before the reply to a ping.
async fn heard(client: &mut WsClient) -> Vec<u64> {
    client.send(&json!({"command": "ping", "id": "end"}).to_string()).await;
    let mut heard = Vec::new();
    loop {
        let message = client.next().await.unwrap();
        if message["id"] == "end" {
            return heard;
        }
        heard.push(message["ledger_index"].as_u64().unwrap());
    }
}

pub(super) async fn silence(simulator: &Simulator) {
    let mut client = subscribed(simulator).await;
    assert_eq!(simulator.advance(3).unwrap(), HISTORY + 3);
    assert_eq!(heard(&mut client).await, [0; 0]);
}

pub(super) async fn repeats(simulator: &Simulator) {
    let mut client = subscribed(simulator).await;
    simulator.advance(2).unwrap();
    assert_eq!(heard(&mut client).await, [21, 21, 21, 21, 22, 22, 22, 22]);
}

pub(super) async fn disorder(simulator: &Simulator) {
    let mut client = subscribed(simulator).await;
    simulator.advance(4).unwrap();
    assert_eq!(heard(&mut client).await, [22, 21, 24, 23]);
}

pub(super) async fn jump(simulator: &Simulator) {
    let mut client = subscribed(simulator).await;
    simulator.advance(2).unwrap();
    assert_eq!(heard(&mut client).await, [2_020, 2_021]);
}
