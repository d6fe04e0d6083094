//! Recorded WebSocket sessions: the same frames in the same order.

use std::time::Duration;

use serde_json::{Value, json};
use xrpl_sim::Simulator;

use crate::client::WsClient;
use crate::{captured, start_recorded};

/// The frames of a capture, and whether the client sent them.
fn frames(capture: &Value) -> Vec<(bool, Value)> {
    let frames = capture.as_array().unwrap().iter();
    frames.map(|it| (it["dir"] == ">", it["msg"].clone())).collect()
}

/// Members of replies that differ from run to run, or tell of the machine.
fn without_the_run(mut frame: Value) -> Value {
    // The captured server lost ledger 2 on its way.
    if let Some(Value::String(ledgers)) = frame.get_mut("validated_ledgers") {
        *ledgers = ledgers.replacen("2-", "3-", 1);
    }
    if let Some(result) = frame.get_mut("result").and_then(Value::as_object_mut) {
        for name in
            ["hostid", "pubkey_node", "random", "server_status", "info", "validated_ledgers"]
        {
            if let Some(value) = result.get_mut(name) {
                *value = Value::Null;
            }
        }
    }
    frame
}

/// What the captured server told of itself while it started; the simulator is up from the beginning.
fn is_server_status(frame: &Value) -> bool {
    frame["type"] == "serverStatus"
}

/// Sends what the client of the capture sent, closes ledgers when the capture's were closed, and compares.
async fn replay(simulator: &Simulator, frames: Vec<(bool, Value)>) {
    let mut client = WsClient::connect(&simulator.url()).await;
    let mut compared = 0;
    let mut last_closed = *simulator.ledgers().end();
    for (is_request, frame) in frames {
        match frame {
            Value::String(garbage) if is_request => client.send(&garbage).await,
            request if is_request => client.send(&request.to_string()).await,
            status if is_server_status(&status) => {}
            expected => {
                if expected["type"] == "ledgerClosed" {
                    assert_eq!(expected["ledger_index"], last_closed + 1);
                    last_closed = simulator.advance(1).unwrap();
                }
                let got = client.next().await.unwrap();
                let (got, expected) = (without_the_run(got), without_the_run(expected));
                assert!(got == expected, "frame {compared}\n got {got}\nwant {expected}");
                compared += 1;
            }
        }
    }
    assert!(compared > 0);
}

#[tokio::test]
async fn a_public_session_with_every_kind_of_error() {
    let [(chain, replies), _] = captured();
    let simulator = start_recorded(chain, Some(2)).await;
    replay(&simulator, frames(&replies.read("ws-public").unwrap())).await;
}

#[tokio::test]
async fn the_ledger_stream_of_a_whole_run() {
    let [_, (chain, replies)] = captured();
    // The recorder reconnected between 345 and 346. Both subscriptions of a connection are one: each ledger once.
    let frames = frames(&replies.read("ws-ledger").unwrap());
    let reconnected =
        frames.iter().rposition(|(is_request, frame)| *is_request && frame["id"] == 1).unwrap();
    let simulator = start_recorded(chain.clone(), Some(2)).await;
    replay(&simulator, frames[..reconnected].to_vec()).await;
    let simulator = start_recorded(chain, Some(345)).await;
    replay(&simulator, frames[reconnected..].to_vec()).await;
}

#[tokio::test]
async fn the_transaction_streams_of_a_whole_run() {
    let [_, (chain, replies)] = captured();
    for name in ["ws-transactions-v1", "ws-transactions-v2"] {
        let frames = frames(&replies.read(name).unwrap());
        let reconnected =
            frames.iter().rposition(|(is_request, frame)| *is_request && frame["id"] == 1).unwrap();
        let simulator = start_recorded(chain.clone(), Some(2)).await;
        replay(&simulator, frames[..reconnected].to_vec()).await;
    }
}

#[tokio::test]
async fn the_shape_follows_the_last_subscription_even_a_refused_one() {
    let simulator = start_recorded(xrpl_sim::Recording::Small, Some(2)).await;
    let mut client = WsClient::connect(&simulator.url()).await;
    let subscribe = |version: u32, stream: &str| {
        json!({
            "command": "subscribe", "streams": [stream], "api_version": version
        })
    };
    client.ask(&subscribe(2, "transactions")).await;
    simulator.advance(1).unwrap();
    assert!(client.next().await.unwrap().get("tx_json").is_some());
    let refused = client.ask(&subscribe(1, "bogus")).await;
    // Seven more transactions of the third ledger come first.
    assert!(refused.get("tx_json").is_some());
    let mut frames = 2;
    while client.next().await.unwrap()["error"] != "malformedStream" {
        frames += 1;
    }
    assert_eq!(frames, 8);
    simulator.advance(1).unwrap();
    assert!(client.next().await.unwrap().get("transaction").is_some());
}

#[tokio::test]
async fn an_unsubscribed_stream_is_silent() {
    let simulator = start_recorded(xrpl_sim::Recording::Small, Some(2)).await;
    let mut client = WsClient::connect(&simulator.url()).await;
    client.ask(&json!({"command": "subscribe", "streams": ["ledger"]})).await;
    simulator.advance(1).unwrap();
    assert_eq!(client.next().await.unwrap()["ledger_index"], 3);
    client.ask(&json!({"command": "unsubscribe", "streams": ["ledger"]})).await;
    simulator.advance(1).unwrap();
    assert_eq!(client.ask(&json!({"command": "ping", "id": 1})).await["id"], 1);
}

#[tokio::test]
async fn a_recorded_chain_is_played_to_its_end_by_the_clock() {
    let chain = xrpl_sim::ChainOptions::Recorded {
        recording: xrpl_sim::Recording::Small,
        play_from: Some(2),
    };
    let (listen, interval) = ("127.0.0.1:0".parse().unwrap(), Some(Duration::from_millis(20)));
    let simulator = Simulator::start(xrpl_sim::Options { listen, chain, interval }).await.unwrap();
    let mut client = WsClient::connect(&simulator.url()).await;
    let reply = client.ask(&json!({"command": "subscribe", "streams": ["ledger"]})).await;
    let mut newest = reply["result"]["ledger_index"].as_u64().unwrap();
    while newest < 25 {
        let closed = client.next().await.unwrap();
        assert_eq!(closed["ledger_index"], newest + 1);
        newest += 1;
    }
    assert_eq!(simulator.advance(1).unwrap(), 25);
}
