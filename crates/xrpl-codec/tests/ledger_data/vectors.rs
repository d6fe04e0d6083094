//! The reference codec's vectors, refusals included.

use serde_json::{Value, json};
use xrpl_codec::json::write_object_json;
use xrpl_codec::{Definitions, LedgerHeader, encode};

use crate::recorded::{hex, read_json, shared_data};

fn vectors(test: &str, file: &str) -> Option<Value> {
    shared_data(test).map(|data| read_json(&data.join("codec").join(file)))
}

fn encoded(json: &Value) -> Vec<u8> {
    encode(Definitions::builtin(), json).unwrap_or_else(|error| panic!("{error} in {json}"))
}

fn decoded(bytes: &[u8]) -> Value {
    let mut out = Vec::new();
    write_object_json(Definitions::builtin(), bytes, &mut out).unwrap();
    serde_json::from_slice(&out).unwrap()
}

/// Both directions: the JSON makes these bytes, and the bytes' own JSON makes them again.
fn assert_both_ways(json: &Value, binary: &[u8]) {
    assert_eq!(encoded(json), binary, "{json}");
    assert_eq!(encoded(&decoded(binary)), binary, "{json}");
}

#[test]
fn entries_and_transactions_encode_and_decode() {
    let Some(vectors) = vectors("codec fixtures", "codec-fixtures.json") else { return };
    for (section, count) in [("accountState", 263), ("transactions", 39)] {
        let list = vectors[section].as_array().unwrap();
        assert_eq!(list.len(), count);
        for vector in list {
            assert_both_ways(&vector["json"], &hex(&vector["binary"]));
        }
    }
}

#[test]
fn ledger_header_is_read_and_written() {
    let Some(vectors) = vectors("ledger header", "codec-fixtures.json") else { return };
    for vector in vectors["ledgerData"].as_array().unwrap() {
        let bytes = hex(&vector["binary"]);
        let header = LedgerHeader::parse(&bytes).unwrap();
        assert_eq!(header.to_bytes()[..], bytes);
        let json = json!({
            "account_hash": header.account_hash,
            "close_flags": header.close_flags,
            "close_time": header.close_time,
            "close_time_resolution": header.close_time_resolution,
            "ledger_index": header.index,
            "parent_close_time": header.parent_close_time,
            "parent_hash": header.parent_hash,
            "total_coins": header.total_coins.to_string(),
            "transaction_hash": header.transaction_hash,
        });
        assert_eq!(json, vector["json"]);
    }
}

#[test]
fn x_addresses_encode_like_address_and_tag() {
    let Some(vectors) = vectors("X-addresses", "x-codec-fixtures.json") else { return };
    let list = vectors["transactions"].as_array().unwrap();
    assert_eq!(list.len(), 7);
    for vector in list {
        assert_both_ways(&vector["xjson"], &encoded(&vector["rjson"]));
        let mut twice = vector["xjson"].clone();
        twice["DestinationTag"] = json!(1);
        assert!(encode(Definitions::builtin(), &twice).is_err());
    }
}

#[test]
fn fields_have_the_published_numbers_and_headers() {
    let Some(vectors) = vectors("fields", "data-driven-tests.json") else { return };
    let list = vectors["fields_tests"].as_array().unwrap();
    assert_eq!(list.len(), 123);
    for vector in list {
        let field = Definitions::builtin().field_named(vector["name"].as_str().unwrap()).unwrap();
        assert_eq!(
            json!([field.code.type_code, field.code.nth]),
            json!([vector["type"], vector["nth_of_type"]])
        );
        let header = hex(&vector["expected_hex"]);
        assert_eq!(header[..], header_of(field.code.type_code, field.code.nth)[..]);
    }
    for kind in vectors["types"].as_array().unwrap() {
        let (name, ordinal) = (kind["name"].as_str().unwrap(), kind["ordinal"].as_i64().unwrap());
        let fields = Definitions::builtin().fields().iter();
        let mut of_kind = fields.filter(|field| i64::from(field.code.type_code) == ordinal);
        assert!(of_kind.next().is_some(), "no field of {name}");
    }
}

/// The header as the format's documentation has it, apart from the encoder.
fn header_of(kind: i16, nth: i16) -> Vec<u8> {
    let (kind, nth) = (u8::try_from(kind).unwrap(), u8::try_from(nth).unwrap());
    match (kind < 16, nth < 16) {
        (true, true) => vec![kind * 16 + nth],
        (true, false) => vec![kind * 16, nth],
        (false, true) => vec![nth, kind],
        (false, false) => vec![0, kind, nth],
    }
}

#[test]
fn whole_objects_encode_field_by_field() {
    let Some(vectors) = vectors("whole objects", "data-driven-tests.json") else { return };
    let list = vectors["whole_objects"].as_array().unwrap();
    assert_eq!(list.len(), 18);
    for vector in list {
        let mut json = vector["tx_json"].clone();
        // The vector's bytes leave out what no signature covers; that is the one thing this codec has no mode for.
        let object = json.as_object_mut().unwrap();
        object.retain(|name, _| {
            Definitions::builtin().field_named(name).is_none_or(|field| field.is_signing)
        });
        let binary = hex(&vector["blob_with_no_signing"]);
        assert_both_ways(&json, &binary);
        for field in vector["fields"].as_array().unwrap() {
            let (name, parts) = (field[0].as_str().unwrap(), &field[1]);
            if parts["binary"].is_array() && object_has(&json, name) {
                let mut bytes = hex(&parts["field_header"]);
                bytes.extend(
                    parts["vl_length"]
                        .as_str()
                        .map(|_| hex(&parts["vl_length"]))
                        .unwrap_or_default(),
                );
                bytes.extend(parts["binary"].as_array().unwrap().iter().flat_map(hex_parts));
                if parts["json"].is_array() && name != "Paths" {
                    // The vectors leave out the end of an array, which the whole object's bytes have.
                    bytes.push(0xF1);
                }
                assert_eq!(encoded(&json!({ name: json[name] })), bytes, "{name}");
            }
        }
    }
}

fn object_has(json: &Value, name: &str) -> bool {
    json.get(name).is_some()
}

/// A vector's bytes: hex, or lists of it.
fn hex_parts(part: &Value) -> Vec<u8> {
    match part {
        Value::Array(parts) => parts.iter().flat_map(hex_parts).collect(),
        part => hex(part),
    }
}

#[test]
fn amounts_encode_unless_the_binary_form_lacks_them() {
    let Some(vectors) = vectors("amounts", "data-driven-tests.json") else { return };
    let (mut written, mut refused, mut beyond) = (0, 0, Vec::new());
    for vector in vectors["values_tests"].as_array().unwrap() {
        assert_eq!(vector["type"], "Amount");
        let transaction = json!({ "TransactionType": "Payment", "Amount": vector["test_json"] });
        let result = encode(Definitions::builtin(), &transaction);
        if vector.get("error").is_some() {
            match result {
                Err(error) => {
                    assert!(error.path.starts_with("Amount"), "{error}");
                    refused += 1;
                }
                Ok(bytes) => {
                    assert_eq!(decoded(&bytes)["Amount"], vector["test_json"]);
                    beyond.push(vector["test_json"].clone());
                }
            }
        } else {
            let bytes = result.unwrap();
            assert_eq!(bytes[..4], [0x12, 0, 0, 0x61]);
            assert_eq!(bytes[4..], hex(&vector["expected_hex"]), "{}", vector["test_json"]);
            assert_eq!(encoded(&decoded(&bytes)), bytes);
            written += 1;
        }
    }
    assert_eq!((written, refused), (33, 14));
    // The reference refuses these too. The binary form has them, and ledgers of 2013 as well, so a ledger's JSON has to be
    // encoded with them.
    let negative_mpt = json!({
        "mpt_issuance_id": "00002403C84A0A28E0190E208E982C352BBD5006600555CF", "value": "-1",
    });
    assert_eq!(beyond, [json!("-1"), json!("1000000000000000000"), negative_mpt]);
}

#[test]
fn builtin_definitions_are_the_published_ones() {
    let file = "definitions-ripple-binary-codec-2.11.0.json";
    let Some(data) = shared_data("definitions") else { return };
    let published =
        Definitions::from_json(&std::fs::read(data.join("codec").join(file)).unwrap()).unwrap();
    let builtin = Definitions::builtin();
    assert_eq!(published.fields().len(), builtin.fields().len());
    for field in published.fields() {
        assert_eq!(builtin.field_named(&field.name), Some(field));
    }
    assert!(published.transaction_types().eq(builtin.transaction_types()));
    assert!(published.ledger_entry_types().eq(builtin.ledger_entry_types()));
    assert!(published.transaction_results().eq(builtin.transaction_results()));
}

#[test]
fn a_servers_definitions_are_read_with_and_without_envelope() {
    for chain in ["rippled-standalone", "rippled-standalone-2"] {
        let json = read_json(&recordings::folder().join(chain).join("server_definitions.json"));
        let definitions = Definitions::from_json(json.to_string().as_bytes()).unwrap();
        assert_eq!(definitions.transaction_type_code("OfferCreate"), Some(7));
        if let Some(result) = json.get("result") {
            let bare = Definitions::from_json(result.to_string().as_bytes()).unwrap();
            assert_eq!(bare.fields(), definitions.fields());
        }
    }
}
