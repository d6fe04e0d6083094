//! A client that does not read is dropped, and nobody else notices.

use serde_json::json;
use xrpl_sim::ChainOptions;

use crate::client::WsClient;
use crate::start;

/// Far more than the sockets' buffers and the hundred messages that may wait.
const LEDGERS: u32 = 1_000;

#[tokio::test]
async fn a_slow_reader_is_dropped_with_1008_and_stops_nobody() {
    let chain = ChainOptions::Generated {
        seed: 5,
        first_ledger: 1,
        transactions: 20,
        history: 1,
        data_dir: None,
    };
    let simulator = start(chain).await;
    let mut slow = WsClient::connect(&simulator.url()).await;
    let mut quick = WsClient::connect(&simulator.url()).await;
    slow.ask(&json!({"command": "subscribe", "streams": ["transactions"]})).await;
    quick.ask(&json!({"command": "subscribe", "streams": ["ledger"]})).await;
    for ledger in 0..LEDGERS {
        assert_eq!(simulator.advance(1).unwrap(), ledger + 2);
        assert_eq!(quick.next().await.unwrap()["ledger_index"], ledger + 2);
    }
    let mut received = 0;
    let close = loop {
        match slow.next().await {
            Ok(_) => received += 1,
            Err(close) => break close.unwrap(),
        }
    };
    assert_eq!(u16::from(close.code), 1008);
    assert!(received < LEDGERS * 20, "{received}");
    assert_eq!(quick.ask(&json!({"command": "ping", "id": 1})).await["id"], 1);
}
