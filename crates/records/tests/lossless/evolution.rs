//! Today's reader reads what yesterday's and tomorrow's writers wrote, through their schemas.

use apache_avro::types::Value as Avro;
use apache_avro::{Schema, from_avro_datum, to_avro_datum};
use flow::Topic as _;
use records::{Amounts, import, record_json};
use schemas::{TransactionRecord, TransactionRecords, transaction_shape};
use serde_json::{Map, Value, json};

use crate::every_path::AT;
use crate::samples::full;
use crate::wire::Wire;

/// The fields of the record at this path of names in a schema.
fn fields<'s>(schema: &'s mut Value, path: &[&str]) -> &'s mut Vec<Value> {
    let fields = schema["fields"].as_array_mut().unwrap();
    let [name, rest @ ..] = path else { return fields };
    let field = fields.iter_mut().find(|field| field["name"] == **name).unwrap();
    let mut kind = &mut field["type"];
    while kind["type"] != "record" {
        kind = if kind.is_array() { &mut kind[1] } else { &mut kind["items"] };
    }
    self::fields(kind, rest)
}

/// A message of a writer whose schema is another one.
fn written_with(wire: &Wire, schema: &Value, record: &TransactionRecord<'_>) -> Vec<u8> {
    let ours = flow::encode::<TransactionRecords>(record).unwrap();
    let today = Schema::parse_str(TransactionRecords::SCHEMA).unwrap();
    let theirs = Schema::parse_str(&schema.to_string()).unwrap();
    let value: Avro = from_avro_datum(&today, &mut &ours[10..], None).unwrap();
    let datum = to_avro_datum(&theirs, value.resolve(&theirs).unwrap()).unwrap();
    let fingerprint = wire.decoder.learn(&schema.to_string()).unwrap();
    [&[0xC3, 0x01], &fingerprint.0[..], &datum].concat()
}

#[track_caller]
fn assert_read(change: impl Fn(&mut Value), left: impl Fn(&mut Map<String, Value>)) {
    let mut json = full(transaction_shape());
    let record = import::transaction_record(&json, AT);
    let mut schema: Value = serde_json::from_str(TransactionRecords::SCHEMA).unwrap();
    change(&mut schema);
    let wire = Wire::new();
    let message = written_with(&wire, &schema, &record);
    left(&mut json);
    assert_eq!(record_json(&wire.read(&message), Amounts::Server).unwrap(), json);
}

const FINAL_FIELDS: [&str; 5] =
    ["transaction", "metaData", "AffectedNodes", "ModifiedNode", "FinalFields"];

#[test]
fn yesterdays_record_lacks_fields_and_is_read() {
    assert_read(
        |schema| {
            fields(schema, &[]).retain(|field| field["name"] != "delivered_by_balances");
            fields(schema, &["transaction"]).retain(|field| field["name"] != "Flags");
            fields(schema, &FINAL_FIELDS).retain(|field| field["name"] != "Balance");
        },
        |json| {
            json.remove("Flags");
            let node = &mut json["metaData"]["AffectedNodes"][0]["ModifiedNode"]["FinalFields"];
            node.as_object_mut().unwrap().remove("Balance");
        },
    );
}

#[test]
fn tomorrows_record_has_more_fields_and_is_read() {
    let more = |name: &str| json!({"name": name, "doc": "New.", "default": "x", "type": "string"});
    assert_read(
        |schema| {
            fields(schema, &[]).insert(0, more("origin"));
            fields(schema, &["transaction"]).insert(3, more("NewField"));
            fields(schema, &FINAL_FIELDS).push(more("NewField"));
        },
        |_| {},
    );
}

#[test]
fn tomorrows_record_in_another_order_is_read() {
    assert_read(
        |schema| {
            fields(schema, &FINAL_FIELDS).reverse();
            fields(schema, &["transaction", "Signers", "Signer"]).reverse();
        },
        |_| {},
    );
}
