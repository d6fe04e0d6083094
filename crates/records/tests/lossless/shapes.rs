//! One ledger gives the same bytes, whatever shape of it a server had sent.

use records::reply::UnverifiedFields;
use records::{import, ledger_chunks, ledger_record, with_unverified};
use schemas::{Item, LedgerHeader, Transaction};
use serde_json::{Value, json};
use xrpl_codec::Ledger;

use crate::recorded::{
    CHAINS, RecordedLedger, chain_ledgers, files, fixture_ledgers, read_json, shared_data,
};
use crate::wire::{Wire, transactions};

/// The messages of a ledger's transactions.
fn messages(ledger: &Ledger) -> Vec<Vec<u8>> {
    let mut wire = Wire::new();
    transactions(ledger).map(|transaction| wire.written(&transaction)).collect()
}

/// As Clio writes the ledger: without `close_time_estimated`, `status` in the envelope.
fn as_clio(v1: &Value) -> Value {
    let mut result = v1.clone();
    result["ledger"].as_object_mut().unwrap().remove("close_time_estimated");
    result.as_object_mut().unwrap().remove("status");
    json!({"id": 1, "result": result, "status": "success", "type": "response", "warnings": [{"id": 2001}]})
}

/// As servers of 2015 wrote it.
fn as_2015(v1: &Value) -> Value {
    let mut ledger = v1["ledger"].clone();
    let members = ledger.as_object_mut().unwrap();
    for name in ["close_flags", "parent_close_time", "close_time_iso", "close_time_estimated"] {
        members.remove(name);
    }
    for (new, old) in
        [("ledger_hash", "hash"), ("total_coins", "totalCoins"), ("ledger_index", "seqNum")]
    {
        let value = members.remove(new).unwrap();
        members.insert(old.to_owned(), value);
    }
    members.insert("accepted".to_owned(), true.into());
    ledger
}

/// The parent's close time can be found only within an hour.
fn has_near_parent(v1: &Value) -> bool {
    let time = |name: &str| v1["ledger"][name].as_u64().unwrap();
    time("close_time") - time("parent_close_time").min(time("close_time")) <= 3_600
}

fn assert_same_bytes(recorded: &RecordedLedger) -> usize {
    let ledger = records::reply::ledger(&recorded.v2_binary).unwrap().ledger;
    let messages = messages(&ledger);
    let mut shapes = vec![
        ("v1", recorded.v1.clone()),
        ("v2", recorded.v2.clone()),
        ("v1 binary", recorded.v1_binary.clone()),
        ("Clio", as_clio(&recorded.v1)),
    ];
    shapes.extend(has_near_parent(&recorded.v1).then(|| ("2015", as_2015(&recorded.v1))));
    for (shape, json) in &shapes {
        let other = records::reply::ledger(json)
            .unwrap_or_else(|error| panic!("{} {shape}: {error}", recorded.name));
        let has_more = ["Clio", "2015"].contains(shape);
        let has_unverified = other.unverified != UnverifiedFields::default();
        assert_eq!(has_unverified, has_more, "{} {shape}", recorded.name);
        let other = other.ledger;
        assert_eq!(other, ledger, "{} {shape}", recorded.name);
        assert!(self::messages(&other) == messages, "{} {shape}", recorded.name);
    }
    shapes.len() + 1
}

#[test]
fn all_shapes_of_a_ledger_give_the_same_bytes() {
    let shapes: usize = fixture_ledgers().iter().map(assert_same_bytes).sum();
    println!("fixtures: {shapes} shapes of ledgers");
    let ledgers: Vec<_> = CHAINS.into_iter().flat_map(chain_ledgers).collect();
    let shapes: usize = ledgers.iter().map(assert_same_bytes).sum();
    println!("{} recorded ledgers in {shapes} shapes give the same bytes", ledgers.len());
    assert!(shapes > 5 * ledgers.len() - 10);
}

/// What the recordings lack is found by the header's hash.
#[test]
fn mainnet_ledgers_of_2015_are_read_and_verify() {
    let Some(data) = shared_data("mainnet ledgers of 2015") else { return };
    let (mut verified, mut refused) = (0, Vec::new());
    for path in files(&data.join("mainnet/ledgers"), "") {
        match records::reply::ledger(&read_json(&path)) {
            Ok(_) => verified += 1,
            Err(error) => refused.push(format!("{}: {error}", path.display())),
        }
    }
    println!("{verified} of 19 mainnet ledgers verify from their JSON; refused: {refused:?}");
    assert_eq!(verified, 18);
    assert!(refused[0].contains("87704323"), "the recording that is not the whole ledger");
}

#[test]
fn ledger_with_another_hash_than_stated_is_refused() {
    let mut reply = fixture_ledgers().remove(0).v1;
    reply["ledger"]["total_coins"] = "1".into();
    let refused = records::reply::ledger(&reply).unwrap_err().to_string();
    assert!(refused.contains("the header does not hash to"), "{refused}");
}

fn ledger_with_transactions() -> Value {
    let has_several = |reply: &Value| {
        reply["ledger"]["transactions"]
            .as_array()
            .is_some_and(|transactions| transactions.len() > 1)
    };
    fixture_ledgers().into_iter().map(|recorded| recorded.v1).find(has_several).unwrap()
}

#[test]
fn transaction_with_another_hash_than_stated_is_named() {
    let mut reply = ledger_with_transactions();
    let transaction = &mut reply["ledger"]["transactions"][0];
    let hash = transaction["hash"].as_str().unwrap().to_owned();
    transaction["Fee"] = "999".into();
    let refused = records::reply::ledger(&reply).unwrap_err().to_string();
    assert!(refused.contains(&format!("transaction 0 is called {hash}")), "{refused}");
}

#[test]
fn ledgers_that_are_not_validated_are_refused() {
    let recorded = fixture_ledgers().remove(0);
    let refusal = |change: &dyn Fn(&mut Value)| {
        let mut reply = recorded.v1.clone();
        change(&mut reply);
        records::reply::ledger(&reply).unwrap_err().to_string()
    };
    let refused = refusal(&|reply| reply["validated"] = false.into());
    assert_eq!(refused, "its ledger is not validated: it says `\"validated\": false`");
    let refused = refusal(&|reply| reply["ledger"]["accepted"] = false.into());
    assert_eq!(refused, "its ledger is not validated: it says `\"accepted\": false`");
    let refused = refusal(&|reply| *reply = json!({"result": {"error": "lgrNotFound"}}));
    assert_eq!(refused, "it is the error lgrNotFound, not a ledger");
}

#[test]
fn fields_that_no_hash_covers_come_into_the_records() {
    let mut reply = ledger_with_transactions();
    let more =
        json!({"accepted": true, "hash": reply["ledger_hash"], "seqNum": "7", "totalCoins": "8"});
    reply["ledger"].as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    reply["warnings"] = json!([{"id": 2001, "message": "This is a clio server."}]);
    let transaction = reply["ledger"]["transactions"][0].as_object_mut().unwrap();
    let position = transaction["metaData"]["TransactionIndex"].as_u64().unwrap();
    transaction.extend(json!({"_ExecutionID": "run", "Asset1": "5"}).as_object().unwrap().clone());
    let imported = records::reply::ledger(&reply).unwrap();

    let header = imported.ledger.header.to_bytes();
    let chunks: Vec<_> = ledger_chunks(&imported.ledger, &header, &imported.unverified).collect();
    let message = LedgerHeader::from(&chunks[0]);
    let record = ledger_record(&message).unwrap();
    let json = with_unverified(&record, message.unverified.unwrap()).unwrap();
    let result = import::ledger_record(&json, message.at()).result;
    let ledger = result.object("ledger").unwrap();
    assert_eq!(ledger.get("accepted"), Some(&Item::Bool(true)));
    assert_eq!(ledger.get("seqNum"), Some(&Item::Number(7)));
    assert_eq!(ledger.get("totalCoins"), Some(&Item::Number(8)));
    assert_eq!(ledger.bytes("hash"), Some(&imported.ledger.hash.0[..]));
    assert!(matches!(result.get("warnings"), Some(Item::List(warnings)) if warnings.len() == 1));

    let mut wire = Wire::new();
    for (position_found, transaction) in (0..).zip(transactions(&imported.ledger)) {
        let unverified = imported.unverified.transaction(position_found);
        let message = wire.written(&Transaction { unverified, ..transaction });
        let plain = wire.written(&transaction);
        let (record, plain) = (wire.read(&message), wire.read(&plain));
        if position_found as u64 != position {
            assert_eq!(record, plain);
            continue;
        }
        assert_eq!(record.transaction.text("_ExecutionID"), Some("run"));
        let amount = record.transaction.get("Asset1");
        assert!(matches!(amount, Some(Item::Amount(amount)) if amount.value == "5"));
        assert_eq!(record.transaction.items.len(), plain.transaction.items.len() + 2);
        assert_eq!(record.untyped, plain.untyped);
    }
}
