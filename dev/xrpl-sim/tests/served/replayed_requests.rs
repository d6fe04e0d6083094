//! Every recorded JSON-RPC request gets the recorded reply.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use xrpl_sim::Recording as Chain;

use crate::client::HttpClient;
use crate::recording::Recording as Captured;
use crate::{captured, start_recorded};

/// Asks and compares; `expected` is the `result` with its `status`.
async fn expect(client: &mut HttpClient, method: &str, params: &Value, expected: &Value) {
    let result = client.result(method, params.clone()).await;
    assert!(result == *expected, "{method} {params}\n got {result}\nwant {expected}");
}

#[tokio::test]
async fn every_recorded_ledger_in_four_shapes() {
    for (chain, replies) in captured() {
        let simulator = start_recorded(chain.clone(), None).await;
        let mut client = HttpClient::connect(simulator.address()).await;
        let indexes = replies.ledgers().unwrap();
        assert_eq!(indexes.len(), simulator.ledgers().count());
        for index in indexes {
            for (shape, version, binary) in
                [("v1", 1, false), ("v2", 2, false), ("v1-binary", 1, true), ("v2-binary", 2, true)]
            {
                let mut params = json!({
                    "ledger_index": index, "transactions": true, "expand": true, "binary": binary,
                    "api_version": version
                });
                let expected = replies.read(&format!("ledger-{index}-{shape}")).unwrap();
                // The small chain's JSON was asked for with the funds of offers' senders.
                if chain == Chain::Small && !binary {
                    params["owner_funds"] = true.into();
                }
                expect(&mut client, "ledger", &params, &expected).await;
            }
        }
    }
}

#[tokio::test]
async fn ledgers_are_found_by_hash_and_list_hashes_unless_expanded() {
    let [_, (chain, replies)] = captured();
    let simulator = start_recorded(chain, None).await;
    let mut client = HttpClient::connect(simulator.address()).await;
    for index in [3, 39, 340, 350] {
        let mut expected = replies.read(&format!("ledger-{index}-v2")).unwrap();
        let by_hash =
            json!({"ledger_hash": expected["ledger_hash"], "transactions": true, "api_version": 2});
        let transactions = expected["ledger"]["transactions"].as_array_mut().unwrap();
        transactions.iter_mut().for_each(|it| *it = it["hash"].take());
        expect(&mut client, "ledger", &by_hash, &expected).await;
        expected["ledger"].as_object_mut().unwrap().remove("transactions");
        let header_only = json!({"ledger_index": index.to_string(), "api_version": 2});
        expect(&mut client, "ledger", &header_only, &expected).await;
    }
}

#[tokio::test]
async fn recorded_errors_word_for_word() {
    let [(chain, replies), _] = captured();
    let simulator = start_recorded(chain, None).await;
    let mut client = HttpClient::connect(simulator.address()).await;
    for (name, case) in replies.read("errors-jsonrpc").unwrap().as_object().unwrap() {
        // One body was captured without its request: a JSON document that is a scalar.
        let request = case.get("request").map_or_else(|| "7".to_owned(), Value::to_string);
        let (status, body) = client.post(&request).await;
        assert_eq!(u64::from(status), case["http_status"], "{name}");
        match &case["body"] {
            Value::String(words) => assert_eq!(body, *words, "{name}"),
            expected => {
                assert_eq!(serde_json::from_str::<Value>(&body).unwrap(), *expected, "{name}");
            }
        }
    }
}

#[tokio::test]
async fn books_equal_the_recorded_ones() {
    let [small, large] = captured();
    let simulator = start_recorded(small.0, None).await;
    let mut client = HttpClient::connect(simulator.address()).await;
    let usd = json!({"currency": "USD", "issuer": "rKy1NvPUdX1xWSucGJERU125aMvQnMTeW6"});
    let xrp = json!({"currency": "XRP"});
    for (name, gets, pays) in [("usd-xrp", &usd, &xrp), ("xrp-usd", &xrp, &usd)] {
        let expected = small.1.read(&format!("book_offers-{name}")).unwrap();
        let params = json!({"taker_gets": gets, "taker_pays": pays, "ledger_index": 25});
        expect(&mut client, "book_offers", &params, &expected).await;
    }
    let simulator = start_recorded(large.0, None).await;
    let mut client = HttpClient::connect(simulator.address()).await;
    for book in 1..=3 {
        for name in ["fwd-30", "fwd-57", "fwd-343", "rev-30", "rev-57", "rev-343"] {
            let case = large.1.read(&format!("book_offers-{book}-{name}")).unwrap();
            expect(&mut client, "book_offers", &case["request"]["params"][0], &case["result"])
                .await;
        }
    }
}

#[tokio::test]
async fn pages_of_state_equal_the_recorded_ones() {
    let [small, large] = captured();
    let simulator = start_recorded(small.0, None).await;
    let mut client = HttpClient::connect(simulator.address()).await;
    for (shape, binary) in [("json", false), ("bin", true)] {
        let mut params = json!({"ledger_index": 25, "binary": binary, "limit": 20});
        for page in 0..10 {
            let expected = small.1.read(&format!("ledger_data-{shape}-page{page}")).unwrap();
            expect(&mut client, "ledger_data", &params, &expected).await;
            params["marker"] = expected["marker"].clone();
        }
    }
    let simulator = start_recorded(large.0, None).await;
    let mut client = HttpClient::connect(simulator.address()).await;
    for name in ["json-page0", "json-page1", "bin-page0", "bin-page1"] {
        let case = large.1.read(&format!("ledger_data-{name}")).unwrap();
        expect(&mut client, "ledger_data", &case["request"]["params"][0], &case["result"]).await;
    }
}

#[tokio::test]
async fn every_recorded_state_comes_whole_by_following_markers() {
    let [_, (chain, replies)] = captured();
    let simulator = start_recorded(chain, None).await;
    let mut client = HttpClient::connect(simulator.address()).await;
    let states = replies.states().unwrap();
    assert_eq!(states.len(), 98);
    for index in states {
        let mut params = json!({"ledger_index": index, "binary": true, "limit": 700});
        let mut entries = Vec::new();
        loop {
            let mut page = client.result("ledger_data", params.clone()).await;
            entries.append(page["state"].as_array_mut().unwrap());
            match page.get_mut("marker") {
                Some(marker) => params["marker"] = marker.take(),
                None => break,
            }
        }
        let expected = replies.read(&format!("state-{index}")).unwrap();
        assert!(entries == *expected["entries"].as_array().unwrap(), "at ledger {index}");
    }
}

#[tokio::test]
async fn single_entries_equal_the_recorded_state() {
    let [_, (chain, replies)] = captured();
    let simulator = start_recorded(chain, None).await;
    let mut client = HttpClient::connect(simulator.address()).await;
    for index in [2, 257, 350] {
        let state = replies.read(&format!("state-{index}")).unwrap();
        for entry in state["entries"].as_array().unwrap() {
            let params = json!({"ledger_index": index, "index": entry["index"], "binary": true});
            let expected = json!({
                "index": entry["index"], "node_binary": entry["data"], "ledger_index": index, "validated": true,
                "ledger_hash": state["ledger_hash"], "status": "success"
            });
            expect(&mut client, "ledger_entry", &params, &expected).await;
        }
    }
    let missing =
        client.result("ledger_entry", json!({"ledger_index": 350, "index": "A".repeat(64)})).await;
    assert_eq!(
        (&missing["error"], &missing["ledger_index"]),
        (&json!("entryNotFound"), &json!(350))
    );
    let unrecorded = client.result("ledger_data", json!({"ledger_index": 345})).await;
    assert_eq!(unrecorded["error"], "notImpl");
}

#[tokio::test]
async fn what_the_server_says_of_itself() {
    for (chain, replies) in captured() {
        let simulator = start_recorded(chain, None).await;
        let mut client = HttpClient::connect(simulator.address()).await;
        for name in ["fee", "version", "server_definitions"] {
            expect(&mut client, name, &json!({}), &reply(&replies, name)).await;
        }
        let hash = reply(&replies, "server_definitions")["hash"].clone();
        let expected = json!({"hash": hash, "status": "success"});
        expect(&mut client, "server_definitions", &json!({"hash": hash}), &expected).await;
        for (name, member) in [("server_info", "info"), ("server_state", "state")] {
            let expected = reply(&replies, name)[member].take();
            let mut result = client.result(name, json!({})).await;
            compare_status(&result[member].take(), &expected);
        }
    }
}

fn reply(replies: &Captured, name: &str) -> Value {
    let mut reply = replies.read(name).unwrap();
    if reply.get("request").is_some() { reply["result"].take() } else { reply }
}

/// What administrators are told and others are not: the captures are an administrator's.
const ADMINISTRATORS_MEMBERS: [&str; 5] =
    ["load", "node_size", "pubkey_validator", "validator_list", "validator_list_expires"];

/// What differs from run to run, or tells of the machine and its configuration.
const MEMBERS_OF_THE_RUN: [&str; 12] = [
    "build_version",
    "complete_ledgers",
    "hostid",
    "initial_sync_duration_us",
    "last_close",
    "ports",
    "pubkey_node",
    "server_state",
    "server_state_duration_us",
    "state_accounting",
    "time",
    "uptime",
];

/// The same members, and the same values in all that is not of the run. (`validation_quorum` and the age of the
/// newest ledger are of the run, too.)
fn compare_status(ours: &Value, recorded: &Value) {
    let names =
        |members: &Value| members.as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>();
    let mut expected = names(recorded);
    expected.retain(|name| !ADMINISTRATORS_MEMBERS.contains(&name.as_str()));
    assert_eq!(names(ours), expected);
    for name in expected.iter().filter(|name| !MEMBERS_OF_THE_RUN.contains(&name.as_str())) {
        match name.as_str() {
            "validation_quorum" => {}
            "validated_ledger" => {
                let mut recorded = recorded[name].clone();
                if let Some(age) = recorded.get_mut("age") {
                    *age = ours[name]["age"].clone();
                }
                assert_eq!(ours[name], recorded);
            }
            name => assert_eq!(ours[name], recorded[name], "{name}"),
        }
    }
    assert_eq!(names(&ours["state_accounting"]), names(&recorded["state_accounting"]));
}
