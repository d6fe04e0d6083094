//! Faults of a server that refuses to answer.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Error;
use xrpl_sim::{Fault, Simulator};

use super::{http, subscribed, whole};
use crate::client::WsClient;

const PING: &str = r#"{"method":"ping"}"#;

async fn assert_overloaded(simulator: &Simulator) {
    let (status, body) = http(simulator).await.post(PING).await;
    assert_eq!((status, body.as_str()), (503, "Server is overloaded\r\n"));
}

/// The code and reason that a message is met with.
async fn close_after(client: &mut WsClient, message: &Value) -> (u16, String) {
    client.send(&message.to_string()).await;
    let close = client.next().await.unwrap_err().unwrap();
    (close.code.into(), close.reason.to_string())
}

fn threshold() -> (u16, String) {
    (1008, "threshold exceeded".to_owned())
}

pub(super) async fn unavailable(simulator: &Simulator) {
    assert_overloaded(simulator).await;
    let Err(Error::Http(response)) = connect_async(simulator.url()).await else {
        panic!("there is no upgrade")
    };
    assert_eq!(response.status(), 503);
}

pub(super) async fn barred(simulator: &Simulator) {
    assert_overloaded(simulator).await;
    let mut client = WsClient::connect(&simulator.url()).await;
    assert_eq!(close_after(&mut client, &json!({"command": "ping"})).await, threshold());
}

pub(super) async fn slow_down(simulator: &Simulator) {
    let mut client = WsClient::connect(&simulator.url()).await;
    for command in ["ledger", "ping", "subscribe"] {
        let reply = client.ask(&json!({"command": command})).await;
        assert_eq!((&reply["error"], &reply["error_code"]), (&json!("slowDown"), &json!(10)));
    }
}

/// Others behind the same address have cost a lot: there is a warning, then the end, and a return by itself.
pub(super) async fn load(simulator: &Simulator) {
    let mut client = WsClient::connect(&simulator.url()).await;
    let ping = json!({"command": "ping"});
    assert_eq!(client.ask(&ping).await["warning"], Value::Null);
    simulator.burden(32 * 8_000);
    // Errors carry no warning.
    assert_eq!(client.ask(&json!({"command": "book_offers"})).await["warning"], Value::Null);
    let mut warned = [false; 20];
    for warned in &mut warned {
        *warned = client.ask(&ping).await["warning"] == "load";
    }
    assert!(warned.contains(&true) && warned.contains(&false), "once a second: {warned:?}");
    // Enough even where a busy machine has let much of the first decay.
    simulator.burden(32 * 10_000);
    assert_eq!(close_after(&mut client, &ping).await, threshold());
    assert_overloaded(simulator).await;
    let mut client = WsClient::connect(&simulator.url()).await;
    assert_eq!(close_after(&mut client, &ping).await, threshold());
    let barred = Instant::now();
    while http(simulator).await.post(PING).await.0 == 503 {
        assert!(barred.elapsed() < Duration::from_secs(60), "the balance decays");
    }
}

pub(super) async fn late_ledger(simulator: &Simulator) {
    let mut client = subscribed(simulator).await;
    simulator.advance(1).unwrap();
    let closed = Instant::now();
    let announced = client.next().await.unwrap();
    let hash = announced["ledger_hash"].as_str().unwrap().parse().unwrap();
    let mut http = http(simulator).await;
    assert_eq!(http.result("ledger", whole(hash)).await["error"], "lgrNotFound");
    let index = announced["ledger_index"].clone();
    let by_index = json!({ "ledger_index": index });
    assert_eq!(http.result("ledger", by_index).await["error"], "lgrNotFound");
    while http.result("ledger", whole(hash)).await["ledger"].is_null() {
        assert!(closed.elapsed() < Duration::from_secs(60), "it can be asked for in the end");
    }
    assert!(closed.elapsed() >= Duration::from_millis(1_500));
}

pub(super) async fn not_synced(simulator: &Simulator) {
    let mut client = http(simulator).await;
    let cases = [
        ("ledger", "noNetwork", 17),
        ("book_offers", "noNetwork", 17),
        ("ledger_closed", "noClosed", 15),
        ("fee", "noCurrent", 16),
    ];
    for (command, v1, code) in cases {
        let reply = client.result(command, json!({"ledger_index": 5})).await;
        assert_eq!((&reply["error"], &reply["error_code"]), (&json!(v1), &json!(code)));
        let reply = client.result(command, json!({"ledger_index": 5, "api_version": 2})).await;
        assert_eq!((&reply["error"], &reply["error_code"]), (&json!("notSynced"), &json!(18)));
    }
    let info = client.result("server_info", json!({})).await["info"].take();
    assert_eq!(info["server_state"], "connected");
    assert_eq!(info["complete_ledgers"], "empty");
    let mut client = WsClient::connect(&simulator.url()).await;
    let reply = client.ask(&json!({"command": "subscribe", "streams": ["ledger"]})).await;
    assert_eq!(reply["result"], json!({}));
    simulator.advance(1).unwrap();
    simulator.turn_off(Fault::NotSynced);
    assert_eq!(client.ask(&json!({"command": "ping", "id": 7})).await["id"], 7);
}
