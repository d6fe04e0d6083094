//! Faults of the bytes that go out.

use std::time::{Duration, Instant};

use serde_json::json;
use tokio::time::timeout;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;
use xrpl_sim::{Fault, Simulator};

use super::{HISTORY, http, subscribed, whole};

/// Long enough for anything that comes at all.
const PATIENCE: Duration = Duration::from_secs(2);

pub(super) async fn disconnect(simulator: &Simulator) {
    simulator.turn_off(Fault::Disconnect);
    let mut client = subscribed(simulator).await;
    simulator.turn_on(Fault::Disconnect);
    simulator.advance(1).unwrap();
    let end = timeout(PATIENCE, client.raw()).await.expect("the connection ends");
    assert!(!matches!(end, Some(Ok(_))), "without a close frame: {end:?}");
    connect_async(simulator.url()).await.unwrap_err();
}

pub(super) async fn half_open(simulator: &Simulator) {
    simulator.turn_off(Fault::HalfOpen);
    let mut client = subscribed(simulator).await;
    simulator.turn_on(Fault::HalfOpen);
    simulator.advance(1).unwrap();
    client.send(&json!({"command": "ping"}).to_string()).await;
    timeout(PATIENCE, client.raw()).await.expect_err("nothing comes and nothing ends");
    timeout(PATIENCE, connect_async(simulator.url())).await.expect_err("no upgrade is answered");
    simulator.turn_off(Fault::HalfOpen);
    client.send(&json!({"command": "ping"}).to_string()).await;
    timeout(PATIENCE, client.raw()).await.expect_err("what is half open stays so");
}

pub(super) async fn slow_drip(simulator: &Simulator) {
    let mut client = http(simulator).await;
    let begun = Instant::now();
    client.write(b"POST / HTTP/1.1\r\nHost: sim\r\nContent-Length: 2\r\n\r\n{}").await;
    let (mut bytes, mut block) = (0, [0; 64]);
    while bytes < 50 {
        bytes += client.read(&mut block).await.unwrap();
    }
    assert!(begun.elapsed() > Duration::from_millis(150), "{:?}", begun.elapsed());
}

pub(super) async fn truncated_json(simulator: &Simulator) {
    let mut client = http(simulator).await;
    let (status, body) = client.post(r#"{"method":"server_info"}"#).await;
    assert_eq!(status, 200);
    assert!(body.starts_with('{') && serde_json::from_str::<serde_json::Value>(&body).is_err());
    simulator.turn_off(Fault::TruncatedJson);
    let mut client = subscribed(simulator).await;
    simulator.turn_on(Fault::TruncatedJson);
    client.send(&json!({"command": "server_info"}).to_string()).await;
    let Some(Ok(Message::Text(text))) = client.raw().await else { panic!("a reply comes") };
    assert!(text.starts_with('{') && serde_json::from_str::<serde_json::Value>(&text).is_err());
    simulator.advance(1).unwrap();
    assert_eq!(client.next().await.unwrap()["ledger_index"], HISTORY + 1);
}

pub(super) async fn endless_reply(simulator: &Simulator) {
    simulator.turn_off(Fault::EndlessReply);
    let mut client = subscribed(simulator).await;
    simulator.turn_on(Fault::EndlessReply);
    let hash = simulator.ledger_hash(HISTORY).unwrap();
    let mut request = whole(hash);
    request["command"] = "ledger".into();
    client.send(&request.to_string()).await;
    // The client's own limit of a message, 64 MiB, ends it.
    let end = client.raw().await.unwrap().unwrap_err().to_string();
    assert!(end.contains("too long"), "{end}");
    let mut client = http(simulator).await;
    client.write(b"POST / HTTP/1.1\r\nHost: sim\r\nContent-Length: 2\r\n\r\n{}").await;
    let (mut bytes, mut block) = (0, vec![0; 65_536]);
    while bytes < 20_000_000 {
        bytes += client.read(&mut block).await.unwrap();
    }
}
