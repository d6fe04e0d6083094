//! One ledger gives the same bytes, whatever shape of it a server had sent.

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
    let ledger = records::reply::ledger(&recorded.v2_binary).unwrap();
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
        assert_eq!(other, ledger, "{} {shape}", recorded.name);
        assert!(self::messages(&other) == messages, "{} {shape}", recorded.name);
    }
    shapes.len() + 1
}

#[test]
fn all_shapes_of_a_ledger_give_the_same_bytes() {
    let shapes: usize = fixture_ledgers().iter().map(assert_same_bytes).sum();
    println!("fixtures: {shapes} shapes of ledgers");
    let ledgers: Vec<_> = CHAINS.into_iter().flat_map(|chain| chain_ledgers(chain)).collect();
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
fn ledger_that_does_not_hash_to_its_name_is_refused() {
    let mut reply = fixture_ledgers().remove(0).v1;
    reply["ledger"]["total_coins"] = "1".into();
    let refused = records::reply::ledger(&reply).unwrap_err().to_string();
    assert!(refused.contains("the header is not that of"), "{refused}");
}
