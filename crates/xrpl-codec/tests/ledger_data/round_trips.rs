//! Decoding and encoding are inverse: on everything recorded, and on generated objects of every field there is.

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use xrpl_codec::json::{UNDECODED, Unknown, write_object_json};
use xrpl_codec::{
    AccountId, Currency, Decimal, Definitions, Field, FieldCode, MptId, SerializedType, encode,
};

use crate::recorded::{CHAINS, chain_ledgers, files, fixture_transactions, hex, ledger, read_json};

fn decoded(bytes: &[u8]) -> (Value, Unknown) {
    let mut out = Vec::new();
    let unknown = write_object_json(Definitions::builtin(), bytes, &mut out).unwrap();
    (serde_json::from_slice(&out).unwrap(), unknown)
}

fn assert_comes_back(bytes: &[u8]) {
    let (json, _) = decoded(bytes);
    let again =
        encode(Definitions::builtin(), &json).unwrap_or_else(|error| panic!("{error} in {json}"));
    assert_eq!(again, bytes, "{json}");
}

#[test]
fn fixtures_come_back() {
    for transaction in fixture_transactions() {
        assert_comes_back(&hex(&transaction["tx_blob"]));
        assert_comes_back(&hex(&transaction["meta_blob"]));
    }
}

#[test]
fn every_recorded_blob_comes_back() {
    for recorded in CHAINS.iter().flat_map(|chain| chain_ledgers(chain)) {
        for transaction in ledger(&recorded.v1_binary).transactions {
            assert_comes_back(&transaction.tx_blob);
            assert_comes_back(&transaction.meta_blob);
        }
    }
}

#[test]
fn every_recorded_entry_comes_back() {
    let last =
        |chain: &str| files(&recordings::folder().join(chain), "state-").into_iter().step_by(12);
    for path in CHAINS[1..].iter().flat_map(|chain| last(chain)) {
        for entry in read_json(&path)["entries"].as_array().unwrap() {
            assert_comes_back(&hex(&entry["data"]));
        }
    }
}

fn hex_digits(bytes: usize) -> impl Strategy<Value = String> {
    proptest::collection::vec(any::<u8>(), bytes)
        .prop_map(|bytes| bytes.iter().map(|it| format!("{it:02X}")).collect())
}

fn account() -> impl Strategy<Value = AccountId> {
    any::<[u8; 20]>()
        .prop_filter("nobody issues", |id| {
            *id != [0; 20] && *id != [[0; 19].as_slice(), &[1]].concat()[..]
        })
        .prop_map(AccountId)
}

fn currency() -> impl Strategy<Value = Currency> {
    let three = "[A-Za-z0-9?!@#$%^&*<>(){}|]{3}".prop_filter("not XRP", |code| code != "XRP");
    let three = three.prop_map(|code| code.parse().unwrap());
    prop_oneof![three, any::<[u8; 20]>().prop_map(Currency)]
        .prop_filter("issued", |code: &Currency| !code.is_xrp())
}

fn decimal() -> impl Strategy<Value = Decimal> {
    let parts = (any::<bool>(), 1_000_000_000_000_000_i64..10_000_000_000_000_000, -96..=80_i32);
    let some = parts.prop_map(|(minus, mantissa, exponent)| Decimal {
        mantissa: if minus { -mantissa } else { mantissa },
        exponent,
    });
    let round = (1_i64..1000, -15..=10_i32)
        .prop_map(|(number, power)| format!("{number}e{power}").parse().unwrap());
    prop_oneof![Just(Decimal::ZERO), some, round]
}

fn asset() -> impl Strategy<Value = Value> {
    let mpt = (any::<u32>(), account())
        .prop_map(|(sequence, issuer)| MptId::new(sequence, issuer).to_string());
    prop_oneof![
        Just(json!({ "currency": "XRP" })),
        (currency(), account())
            .prop_map(|(code, issuer)| json!({ "currency": code.to_string(), "issuer": issuer })),
        mpt.prop_map(|id| json!({ "mpt_issuance_id": id })),
    ]
}

fn amount() -> impl Strategy<Value = Value> {
    let issued = (decimal(), currency(), account());
    prop_oneof![
        (-100_000_000_000_000_000..=100_000_000_000_000_000_i64)
            .prop_map(|drops| json!(drops.to_string())),
        issued.prop_map(|(value, code, issuer)| {
            json!({ "value": value.to_string(), "currency": code.to_string(), "issuer": issuer })
        }),
        (any::<i64>().prop_filter("has a magnitude", |value| *value != i64::MIN), hex_digits(24))
            .prop_map(|(value, id)| json!({ "value": value.to_string(), "mpt_issuance_id": id })),
    ]
}

fn paths() -> impl Strategy<Value = Value> {
    let step = (
        proptest::option::of(account()),
        proptest::option::of(currency()),
        proptest::option::of(account()),
    );
    let step = step.prop_filter_map("no empty step", |(account, currency, issuer)| {
        let parts = [
            account.map(|it| ("account", it.to_string(), 1)),
            currency.map(|it| ("currency", it.to_string(), 0x10)),
            issuer.map(|it| ("issuer", it.to_string(), 0x20)),
        ];
        let kind: u8 = parts.iter().flatten().map(|(_, _, bit)| bit).sum();
        let mut step: Map<String, Value> = parts
            .into_iter()
            .flatten()
            .map(|(name, text, _)| (name.to_owned(), json!(text)))
            .collect();
        step.insert("type".into(), json!(kind));
        (kind != 0).then_some(Value::Object(step))
    });
    let path = proptest::collection::vec(step, 1..4);
    proptest::collection::vec(path, 1..4).prop_map(|paths| json!(paths))
}

fn bridge() -> impl Strategy<Value = Value> {
    (account(), asset(), account(), asset()).prop_map(|(locking, locked, issuing, issued)| {
        json!({
            "LockingChainDoor": locking,
            "LockingChainIssue": locked,
            "IssuingChainDoor": issuing,
            "IssuingChainIssue": issued,
        })
    })
}

/// A number of 19 digits, as servers write it; and zero.
fn number() -> impl Strategy<Value = Value> {
    let parts = (1_000_000_000_000_000_000..=i64::MAX, any::<bool>(), -32_768..=32_700_i32);
    let some = parts.prop_map(|(mantissa, minus, exponent)| {
        let mantissa = if minus { -mantissa } else { mantissa };
        json!(xrpl_codec::Number { mantissa, exponent }.to_string())
    });
    prop_oneof![Just(json!("0")), some]
}

/// A value of this field, spelled as the writer spells it.
fn value(field: &Field) -> BoxedStrategy<Value> {
    let is_decimal = field.is_decimal;
    match field.serialized_type.unwrap() {
        SerializedType::UInt8 if field.code == FieldCode::TRANSACTION_RESULT => {
            Just(json!("tecPATH_DRY")).boxed()
        }
        SerializedType::UInt16 if field.code == FieldCode::LEDGER_ENTRY_TYPE => {
            Just(json!("Offer")).boxed()
        }
        SerializedType::UInt16 if field.code == FieldCode::TRANSACTION_TYPE => {
            Just(json!("Unknown_4242")).boxed()
        }
        SerializedType::UInt32 if field.code == FieldCode::PERMISSION_VALUE => {
            Just(json!("PaymentMint")).boxed()
        }
        SerializedType::UInt8 => any::<u8>().prop_map(|number| json!(number)).boxed(),
        SerializedType::UInt16 => any::<u16>().prop_map(|number| json!(number)).boxed(),
        SerializedType::UInt32 => any::<u32>().prop_map(|number| json!(number)).boxed(),
        SerializedType::UInt64 => {
            let text = move |number: u64| {
                if is_decimal { number.to_string() } else { format!("{number:x}") }
            };
            any::<u64>().prop_map(move |number| json!(text(number))).boxed()
        }
        SerializedType::Int32 => any::<i32>().prop_map(|number| json!(number)).boxed(),
        SerializedType::Int64 => any::<i64>().prop_map(|number| json!(number.to_string())).boxed(),
        SerializedType::Amount => amount().boxed(),
        SerializedType::Blob => {
            (0..400_usize).prop_flat_map(hex_digits).prop_map(|text| json!(text)).boxed()
        }
        SerializedType::AccountId => {
            prop_oneof![1 => Just(json!("")), 9 => account().prop_map(|id| json!(id))].boxed()
        }
        SerializedType::Vector256 => proptest::collection::vec(hex_digits(32), 0..20)
            .prop_map(|hashes| json!(hashes))
            .boxed(),
        SerializedType::PathSet => paths().boxed(),
        SerializedType::Issue => asset().boxed(),
        SerializedType::Currency => currency().prop_map(|code| json!(code.to_string())).boxed(),
        SerializedType::XChainBridge => bridge().boxed(),
        SerializedType::Number => number().boxed(),
        SerializedType::Object | SerializedType::Array => unreachable!("made by `object`"),
        kind => hex_digits(kind.length_bytes().unwrap()).prop_map(|text| json!(text)).boxed(),
    }
}

/// Any serialized field, and now and then one that the definitions lack.
fn field() -> impl Strategy<Value = Field> {
    let is_usable = |field: &&Field| {
        let is_marker = [FieldCode::OBJECT_END, FieldCode::ARRAY_END].contains(&field.code);
        field.is_serialized && field.serialized_type.is_some() && !is_marker
    };
    let known: Vec<Field> =
        Definitions::builtin().fields().iter().filter(is_usable).cloned().collect();
    let unknown =
        (proptest::sample::select(vec![1, 2, 3, 5, 6, 7, 8, 14, 15, 16, 19]), 200..256_i16);
    let unknown = unknown.prop_map(|(kind, nth)| Field::unknown(FieldCode::new(kind, nth)));
    prop_oneof![20 => proptest::sample::select(known), 1 => unknown]
}

fn object(depth: u32) -> BoxedStrategy<Value> {
    let member = field().prop_flat_map(move |field| {
        let name = field.name.to_string();
        let value = match field.serialized_type.unwrap() {
            SerializedType::Object | SerializedType::Array if depth == 0 => Just(None).boxed(),
            SerializedType::Object => object(depth - 1).prop_map(Some).boxed(),
            SerializedType::Array => {
                let element = (
                    proptest::sample::select(vec!["Memo", "ModifiedNode", "Field_14_201"]),
                    object(depth - 1),
                );
                let element = element.prop_map(|(name, object)| json!({ name: object }));
                proptest::collection::vec(element, 0..4)
                    .prop_map(|elements| Some(json!(elements)))
                    .boxed()
            }
            _ => value(&field).prop_map(Some).boxed(),
        };
        value.prop_map(move |value| Some((name.clone(), value?)))
    });
    let members = proptest::collection::vec(member, 0..12);
    members.prop_map(|members| Value::Object(members.into_iter().flatten().collect())).boxed()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn generated_objects_come_back(json in object(3)) {
        let bytes = encode(Definitions::builtin(), &json).unwrap();
        let (back, unknown) = decoded(&bytes);
        prop_assert_eq!(&back, &json);
        prop_assert_eq!(unknown.tails, 0);
        prop_assert_eq!(encode(Definitions::builtin(), &back).unwrap(), bytes);
    }

    #[test]
    fn fields_of_unknown_types_come_back_as_they_were(
        json in object(2),
        tail in proptest::collection::vec(any::<u8>(), 0..50),
    ) {
        let mut bytes = encode(Definitions::builtin(), &json.as_object().map(without_type).unwrap()).unwrap();
        // Type 27 is nobody's yet.
        bytes.extend([0x01, 27]);
        bytes.extend(tail);
        let (back, unknown) = decoded(&bytes);
        prop_assert_eq!(unknown.tails, 1);
        prop_assert!(back[UNDECODED].is_string());
        prop_assert_eq!(encode(Definitions::builtin(), &back).unwrap(), bytes);
    }

    #[test]
    fn any_bytes_decode_or_are_malformed(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = xrpl_codec::affected_books(&bytes);
        let _ = xrpl_codec::summary(Definitions::builtin(), &bytes, &bytes);
        let _ = xrpl_codec::LedgerHashes::parse(&bytes);
        let mut out = Vec::new();
        if write_object_json(Definitions::builtin(), &bytes, &mut out).is_ok() {
            prop_assert!(serde_json::from_slice::<Value>(&out).is_ok());
        }
    }

    #[test]
    fn real_bytes_with_one_changed_never_panic(
        at in any::<proptest::sample::Index>(),
        byte in any::<u8>(),
        which in 0..105_usize,
    ) {
        let mut bytes = hex(&fixtures()[which]["meta_blob"]);
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let mut out = Vec::new();
        if write_object_json(Definitions::builtin(), &bytes, &mut out).is_ok() {
            prop_assert!(serde_json::from_slice::<Value>(&out).is_ok());
        }
        let _ = xrpl_codec::affected_books(&bytes);
    }
}

fn without_type(object: &Map<String, Value>) -> Value {
    Value::Object(
        object
            .iter()
            .filter(|(name, _)| *name != "TransactionType")
            .map(|(k, v)| (k.clone(), v.clone()))
            .collect(),
    )
}

fn fixtures() -> &'static [Value] {
    static FIXTURES: std::sync::OnceLock<Vec<Value>> = std::sync::OnceLock::new();
    FIXTURES.get_or_init(fixture_transactions)
}

#[test]
fn undecoded_bytes_inside_an_array_close_all_that_is_open() {
    let bytes = [
        0x20, 0x1C, 0, 0, 0, 1, 0xF8, 0xE5, 0x11, 0, 0x61, 0x01, 27, 0xAA, 0xE1, 0xF1, 0x03, 0x10,
        0,
    ];
    let (json, unknown) = decoded(&bytes);
    let node = json!({ "LedgerEntryType": "AccountRoot", UNDECODED: "011BAAE1F1031000" });
    assert_eq!(json, json!({ "TransactionIndex": 1, "AffectedNodes": [{ "ModifiedNode": node }] }));
    assert_eq!(unknown, Unknown { fields: 0, codes: 0, tails: 1 });
    assert_comes_back(&bytes);
}

#[test]
fn unknown_codes_are_counted_and_come_back() {
    let bytes = [0x11, 0x12, 0x34, 0x12, 0xFF, 0xFF, 0x20, 0xC8, 0, 0, 0, 7, 0x03, 0x10, 99];
    let (json, unknown) = decoded(&bytes);
    let codes = json!({
        "LedgerEntryType": "Unknown_4660",
        "TransactionType": "Unknown_65535",
        "Field_2_200": 7,
        "TransactionResult": "Unknown_99",
    });
    assert_eq!(json, codes);
    assert_eq!(unknown, Unknown { fields: 1, codes: 3, tails: 0 });
    assert_comes_back(&bytes);
}
