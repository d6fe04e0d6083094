//! What imports make of single values.

use records::import;
use schemas::{Item, TransactionRecord};
use serde_json::{Map, Value, json};

use crate::every_path::AT;

fn object(json: &Value) -> &Map<String, Value> {
    json.as_object().unwrap()
}

/// Paths, kinds and values of the untyped fields.
fn untyped(record: &TransactionRecord<'_>) -> Vec<[String; 3]> {
    let values = record.untyped.iter();
    values.map(|it| [it.path.to_string(), it.kind.to_string(), it.json.to_string()]).collect()
}

#[test]
fn values_of_other_types_become_untyped_fields() {
    let json = json!({
        "Amount": 5, "Flags": true, "Fee": 12, "LimitAmount": "5", "fee": "12", "Sequence": 1.0,
        "Memos": [{"Memo": {"MemoData": "xyz", "Nope": null}}, "text"],
        "metaData": {"AffectedNodes": [{"ModifiedNode": null}], "Bogus": [[1], []]},
    });
    let record = import::transaction_record(object(&json), AT);
    let expected = [
        ["Amount", "int", "5"],
        ["Fee", "int", "12"],
        ["Flags", "bool", "true"],
        ["LimitAmount", "amount", "\"5\""],
        ["Memos[0].Memo.MemoData", "string", "\"xyz\""],
        ["Memos[0].Memo.Nope", "null", "null"],
        ["Memos[1]", "string", "\"text\""],
        ["Sequence", "float", "1.0"],
        ["fee", "string", "\"12\""],
        ["metaData.AffectedNodes[0].ModifiedNode", "null", "null"],
        ["metaData.Bogus[0]", "array", "[1]"],
        ["metaData.Bogus[1]", "array", "[]"],
    ];
    assert_eq!(untyped(&record), expected.map(|row| row.map(str::to_owned)));
}

#[test]
fn amounts_state_their_unit() {
    let json = json!({
        "Amount": "100",
        "SendMax": {"currency": "USD", "issuer": "r", "value": "1.5"},
        "DeliverMin": {"mpt_issuance_id": "00", "value": "7"},
        "metaData": {"delivered_amount": "unavailable"},
    });
    let record = import::transaction_record(object(&json), AT);
    let kind = |item: Option<&Item<'_>>| match item {
        Some(Item::Amount(amount)) => (amount.kind.to_owned(), amount.value.to_owned()),
        other => panic!("{other:?} is no amount"),
    };
    let (fields, text) = (&record.transaction, |text: &str| text.to_owned());
    assert_eq!(kind(fields.get("Amount")), (text("xrp"), text("100")));
    assert_eq!(kind(fields.get("SendMax")), (text("issued"), text("1.5")));
    assert_eq!(kind(fields.get("DeliverMin")), (text("mpt"), text("7")));
    let meta = fields.object("metaData").unwrap();
    assert_eq!(kind(meta.get("delivered_amount")), (text("unavailable"), text("")));
}
