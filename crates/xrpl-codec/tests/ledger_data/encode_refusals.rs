//! JSON that no server writes is refused, and the place named.

use serde_json::{Value, json};
use xrpl_codec::{Definitions, encode};

fn refusal(json: &Value) -> (String, String) {
    let error = encode(Definitions::builtin(), json).unwrap_err();
    (error.path, error.reason.into_owned())
}

fn assert_refused(json: Value, path: &str, reason: &str) {
    assert_eq!(refusal(&json), (path.to_owned(), reason.to_owned()), "{json}");
}

#[test]
fn unknown_names_are_refused_and_a_servers_additions_left_out() {
    assert_refused(json!({ "Flgas": 1 }), "Flgas", "no such field");
    assert_refused(json!({ "DeliverMax": "1" }), "DeliverMax", "no such field");
    assert_refused(json!({ "Field_27_1": "00" }), "Field_27_1", "no such field");
    assert_refused(json!({ "TransactionType": "Paymnet" }), "TransactionType", "no such name");
    let added =
        json!({ "Flags": 1, "hash": "x", "index": "y", "delivered_amount": 1, "owner_funds": 0 });
    assert_eq!(encode(Definitions::builtin(), &added).unwrap(), [0x22, 0, 0, 0, 1]);
}

#[test]
fn deliver_max_is_the_amount_of_a_payment() {
    let payment = |member: &str| json!({ "TransactionType": "Payment", member: "5" });
    let definitions = Definitions::builtin();
    assert_eq!(
        encode(definitions, &payment("DeliverMax")),
        encode(definitions, &payment("Amount"))
    );
    let mut both = payment("DeliverMax");
    both["Amount"] = json!("5");
    assert_eq!(encode(definitions, &both), encode(definitions, &payment("Amount")));
    both["Amount"] = json!("6");
    assert_refused(both, "DeliverMax", "differs from Amount");
}

#[test]
fn the_place_is_named_through_objects_and_arrays() {
    let memo =
        json!({ "Memos": [{ "Memo": { "MemoData": "00" } }, { "Memo": { "MemoData": "0" } }] });
    assert_refused(memo, "Memos[1].Memo.MemoData", "not hex");
    let path =
        json!({ "Paths": [[{ "account": "rrrrrrrrrrrrrrrrrrrrrhoLvTp" }, { "currency": "?" }]] });
    assert_refused(path, "Paths[0][1].currency", "not a part of a step");
    assert_refused(
        json!({ "Memos": [{ "Memo": {}, "Memo2": {} }] }),
        "Memos[0]",
        "not an object with one member",
    );
    let amount = json!({ "Amount": { "currency": "XRP", "issuer": "rrrrrrrrrrrrrrrrrrrrBZbvji", "value": "1" } });
    assert_refused(amount, "Amount.currency", "XRP is not issued");
    assert_refused(json!([]), "", "not an object");
}

#[test]
fn numbers_out_of_range_are_refused() {
    for wrong in [
        json!(-1),
        json!(4_294_967_296_u64),
        json!(1.5),
        json!("x"),
        json!("+1"),
        json!(null),
        json!(true),
    ] {
        assert_refused(json!({ "Flags": wrong }), "Flags", "not an integer in range");
    }
    assert_refused(
        json!({ "OwnerNode": "12345678901234567" }),
        "OwnerNode",
        "not up to 16 hex digits",
    );
    assert_refused(json!({ "OwnerNode": "" }), "OwnerNode", "not up to 16 hex digits");
    assert_refused(json!({ "MPTAmount": "ff" }), "MPTAmount", "not an integer in range");
    assert_refused(json!({ "TickSize": 256 }), "TickSize", "not an integer in range");
}

#[test]
fn both_spellings_of_a_64_bit_number_are_read() {
    let encoded =
        |text: &str| encode(Definitions::builtin(), &json!({ "OwnerNode": text })).unwrap();
    assert_eq!(encoded("2e4"), encoded("00000000000002E4"));
}

#[test]
fn hashes_and_addresses_of_another_length_are_refused() {
    assert_refused(json!({ "AccountTxnID": "00" }), "AccountTxnID", "has another length");
    assert_refused(
        json!({ "Account": "rrrrrrrrrrrrrrrrrrrrrhoLvTq" }),
        "Account",
        "address has a wrong checksum",
    );
    assert_refused(json!({ "Amendments": ["00"] }), "Amendments[0]", "not 64 hex digits");
    assert_refused(
        json!({ "Owner": "X7tFPvjMH7nDxP8nTGkeeggcUpCZj8UbyT2QoiRHGDfjqrB" }),
        "Owner",
        "cannot have a tag",
    );
}

#[test]
fn nesting_beyond_what_servers_read_is_refused() {
    let deep = (0..12).fold(json!({}), |inner, _| json!({ "Memo": inner }));
    let (path, reason) = refusal(&deep);
    assert_eq!((path.matches("Memo").count(), reason.as_str()), (11, "is nested too deeply"));
}
