//! Both renderings, as events at a receiver.

use std::collections::BTreeSet;

use flow::host::Metrics;
use flow::{
    Decoder, Lane, MetricsHandle, Namespace, RecordOrder, RenderError, SinkRecord, Topic,
    TopicSchema,
};
use fluent::Entry;
use fluent::msgpack::Value as Packed;
use records::import;
use schemas::{
    Amount, Asset, BookOffers, LedgerPosition, LedgerRecords, PathRow, TransactionRecords,
    ledger_paths, ledger_shape, transaction_paths, transaction_shape,
};
use serde_json::{Map, Value, json};

use crate::Rendering;

mod real;
#[path = "../../../crates/records/tests/lossless/samples.rs"]
mod samples;

const PLACE: LedgerPosition = LedgerPosition {
    ledger_index: 90_000_001,
    ledger_hash: [1; 32],
    close_time: 0,
    position: 4,
    count: 5,
};

fn event<T: Topic>(rendering: &Rendering, record: &T::Record<'_>) -> Result<Value, RenderError> {
    rendered::<T>(rendering, T::order(record), &flow::encode::<T>(record).unwrap())
}

fn rendered<T: Topic>(
    rendering: &Rendering,
    position: RecordOrder,
    value: &[u8],
) -> Result<Value, RenderError> {
    let (decoder, meter) = (
        Decoder::new(&[TopicSchema::of::<T>()]),
        MetricsHandle::new("fluent-sink", &Metrics::default()),
    );
    let readable = SinkRecord {
        topic: T::SPEC.name,
        order: position,
        key: &[],
        value,
        decoder: &decoder,
        meter: &meter,
    };
    let mut out = Vec::new();
    rendering.render(&readable, &mut out)?;
    let entry = Entry::stream(&out).next().unwrap().unwrap();
    Ok(serde_json::to_value(Packed::Map(entry.record)).unwrap())
}

#[test]
fn a_record_above_the_limit_is_rejected_and_leaves_nothing() {
    let nothing = Map::new();
    let record = import::transaction_record(&nothing, PLACE);
    let of = |bytes_max| {
        event::<TransactionRecords>(&lossless().with_record_bytes_max(bytes_max), &record)
    };
    of(None).unwrap();
    of(Some(1_000_000)).unwrap();
    let Err(RenderError::Reject(reject)) = of(Some(10)) else { panic!("it was rendered") };
    assert_eq!(reject.reason(), "too-large");
    assert!(reject.causes()[1].contains("--fluent-record-bytes-max"), "{reject:?}");
}

fn rendering(network: &str, lane: &str, is_compatible: bool, with_id: bool) -> Rendering {
    let lane: Lane = lane.parse().unwrap();
    Rendering::new(Namespace::new(network.parse().unwrap(), lane.0), is_compatible, with_id)
}

fn lossless() -> Rendering {
    rendering("mainnet", "live", false, false)
}

fn compatible() -> Rendering {
    rendering("mainnet", "live", true, false)
}

fn transaction(rendering: &Rendering, json: &Value) -> Result<Value, RenderError> {
    let json = json.as_object().unwrap();
    event::<TransactionRecords>(rendering, &import::transaction_record(json, PLACE))
}

fn ledger(rendering: &Rendering, json: &Value) -> Value {
    let record = import::ledger_record(json.as_object().unwrap(), PLACE);
    event::<LedgerRecords>(rendering, &record).unwrap()
}

/// Every path of an event, as the table writes paths.
fn paths(prefix: &str, members: &Map<String, Value>, seen: &mut BTreeSet<String>) {
    for (name, value) in members {
        let path = format!("{prefix}{name}");
        below(&path, value, seen);
        seen.insert(path);
    }
}

fn below(path: &str, value: &Value, seen: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => paths(&format!("{path}."), members, seen),
        Value::Array(elements) => {
            for element in elements {
                if element.is_array() {
                    let list = format!("{path}.list");
                    below(&list, element, seen);
                    seen.insert(list);
                } else {
                    below(path, element, seen);
                }
            }
        }
        _ => {}
    }
}

#[track_caller]
fn assert_all_paths(what: &str, event: &Value, rows: &[PathRow], more: &[&str]) {
    let mut seen = BTreeSet::new();
    paths("", event.as_object().unwrap(), &mut seen);
    let missing: Vec<_> = rows.iter().filter(|row| !seen.contains(row.path)).collect();
    assert!(missing.is_empty(), "{what}: {missing:?}");
    println!("{what}: {} of {} paths are in the event", rows.len() - missing.len(), rows.len());
    seen.retain(|path| rows.iter().all(|row| row.path != path) && !path.ends_with(".kind"));
    assert_eq!(seen.iter().map(String::as_str).collect::<Vec<_>>(), more, "{what}");
}

#[test]
fn all_paths_are_in_both_renderings() {
    let (transactions, ledgers) = (transaction_paths(), ledger_paths());
    let full = Value::Object(samples::full(transaction_shape()));
    let event = transaction(&compatible(), &full).unwrap();
    assert_all_paths("transaction, compatible", &event, &transactions, &[]);
    let event = transaction(&lossless(), &full).unwrap();
    let more = [
        "Balance.value",
        "Fee.value",
        "_id",
        "metaData.AffectedNodes.ModifiedNode.FinalFields.Amount.value",
        "metaData.AffectedNodes.ModifiedNode.PreviousFields.Amount.value",
    ];
    assert_all_paths("transaction, lossless", &event, &transactions, &more);
    assert_eq!((transactions.len(), ledgers.len()), (579, 26));
    let full = Value::Object(samples::full(ledger_shape()));
    assert_all_paths("ledger, compatible", &ledger(&compatible(), &full), &ledgers, &[]);
    let more = ["_id", "ledger.close_time_iso"];
    assert_all_paths("ledger, lossless", &ledger(&lossless(), &full), &ledgers, &more);
}

#[test]
fn lossless_event_tells_units_and_keeps_what_the_table_lacks() {
    let json = json!({
        "TransactionType": "Payment", "Fee": "10", "SendMax": {"mpt_issuance_id": "00", "value": "7"},
        "Flags": 9_007_199_254_740_993_u64, "Amount2": "5", "Field_2_99": {"a": [1, null]},
        "metaData": {"delivered_amount": "unavailable"},
    });
    let expected = json!({
        "_id": "mainnet.transaction-records/90000001/4",
        "TransactionType": "Payment", "Fee": {"kind": "xrp", "value": "10"},
        "SendMax": {"kind": "mpt", "mpt_issuance_id": "00", "value": "7"},
        "Flags": 9_007_199_254_740_993_u64, "Amount2": {"kind": "xrp", "value": "5"},
        "Field_2_99": {"a": [1, null]},
        "metaData": {"delivered_amount": {"kind": "unavailable", "value": ""}},
    });
    assert_eq!(transaction(&lossless(), &json).unwrap(), expected);
}

#[test]
fn lossless_event_tells_what_the_balances_say() {
    let json = json!({"Amount": "5"});
    let mut record = import::transaction_record(json.as_object().unwrap(), PLACE);
    record.delivered_by_balances = Some(Amount {
        kind: schemas::MPT,
        value: "1900",
        currency: None,
        issuer: None,
        mpt_issuance_id: Some("00"),
    });
    let told = event::<TransactionRecords>(&lossless(), &record).unwrap();
    let expected = json!({"kind": "mpt", "mpt_issuance_id": "00", "value": "1900"});
    assert_eq!(told["delivered_by_balances"], expected);
    let former = event::<TransactionRecords>(&compatible(), &record).unwrap();
    assert_eq!(former, json!({"Amount": {"currency": "XRP", "issuer": "", "value": "5"}}));
}

#[test]
fn ids_name_network_and_lane_in_both_renderings() {
    let id = |network, lane, is_compatible| {
        let rendering = rendering(network, lane, is_compatible, true);
        let event = transaction(&rendering, &json!({"Fee": "10"})).unwrap();
        event["_id"].as_str().unwrap().to_owned()
    };
    for is_compatible in [false, true] {
        let ids = [("mainnet", "live"), ("testnet", "live"), ("mainnet", "repair-9")]
            .map(|(network, lane)| id(network, lane, is_compatible));
        let expected = [
            "mainnet.transaction-records/90000001/4",
            "testnet.transaction-records/90000001/4",
            "mainnet.repair-9.transaction-records/90000001/4",
        ];
        assert_eq!(ids, expected);
    }
}

#[test]
fn compatible_event_has_an_id_only_if_asked() {
    let json = json!({"Fee": "10"});
    assert_eq!(transaction(&compatible(), &json).unwrap(), json);
    let with_id = json!({"_id": "mainnet.transaction-records/90000001/4", "Fee": "10"});
    assert_eq!(transaction(&rendering("mainnet", "live", true, true), &json).unwrap(), with_id);
}

#[test]
fn compatible_event_is_what_validator_and_transformer_left() {
    let wrapped = |value: Value| json!({"currency": "XRP", "issuer": "", "value": value});
    let usd = json!({"currency": "USD", "issuer": "r", "value": "1"});
    let mut more = usd.clone();
    more["mpt_issuance_id"] = json!("00");
    let fields = |balance: Value| {
        json!({"metaData": {"AffectedNodes": [
            {"ModifiedNode": {"Unknown": 1, "FinalFields": {"Nope": [1], "Balance": balance, "Amount": "1"}}},
        ]}})
    };
    let rows = [
        (json!({"Amount": "1"}), json!({"Amount": wrapped("1".into())})),
        (json!({"Amount": 5}), json!({})),
        (json!({"Amount": null}), json!({})),
        (json!({"Amount": [1]}), json!({})),
        (json!({"Flags": true}), json!({})),
        (json!({"Flags": 1.0}), json!({})),
        (json!({"Fee": 12}), json!({})),
        (json!({"fee": "12"}), json!({})),
        (json!({"LimitAmount": "5"}), json!({})),
        (json!({"metaData": null}), json!({})),
        (json!({"Amount": more}), json!({"Amount": usd})),
        (
            json!({"_LedgerIndex": 5, "hash": "A", "ctid": "C", "date": 1}),
            json!({"_LedgerIndex": 5, "hash": "A"}),
        ),
        (fields(5.into()), fields(wrapped(5.into()))),
        (fields(Value::Null), fields(wrapped(Value::Null))),
        (json!({"Paths": [[{"a": 1}], {"b": 2}]}), json!({"Paths": [{"list": [{"a": 1}]}]})),
        (
            json!({"metaData": {"delivered_amount": "unavailable"}}),
            json!({"metaData": {"delivered_amount": wrapped("unavailable".into())}}),
        ),
        (json!({"metaData": {"TransactionIndex": "0", "Bogus": 1}}), json!({"metaData": {}})),
    ];
    for (json, expected) in rows {
        assert_eq!(transaction(&compatible(), &json).unwrap(), expected, "{json}");
    }
}

#[test]
fn compatible_event_that_the_former_pipeline_raised_at_is_rejected() {
    for json in [
        json!({"metaData": {"AffectedNodes": [{"ModifiedNode": null}]}}),
        json!({"metaData": {"AffectedNodes": ["text"]}}),
    ] {
        match transaction(&compatible(), &json).unwrap_err() {
            RenderError::Reject(reject) => assert_eq!(reject.reason(), "compatible-raised"),
            RenderError::Decode(error) => panic!("{error}"),
        }
    }
}

#[test]
fn compatible_ledger_is_what_the_validator_left() {
    let json = json!({
        "ledger": {"accepted": true, "ledger_index": 5, "close_time": 1, "close_time_iso": "z"},
        "ledger_index": 5, "status": "success", "validated": true,
    });
    let expected = json!({
        "ledger": {"accepted": true, "close_time": 1},
        "ledger_index": 5, "validated": true, "transaction_count": 5,
    });
    assert_eq!(ledger(&compatible(), &json), expected);
}

#[test]
fn book_says_what_was_asked() {
    let usd =
        Asset { currency: Some("USD".into()), issuer: Some("r".into()), mpt_issuance_id: None };
    let answer = schemas::BookOffersAnswer {
        ledger_index: 7,
        ledger_hash: [1; 32],
        close_time: 0,
        taker_gets: Asset::xrp(),
        taker_pays: usd,
        position: 0,
        count: 2,
        status: "ok",
        offers: r#"[{"quality":"2.5"}]"#,
        offer_count: 1,
        domain: Some("0A".repeat(32)),
        limit: Some(1),
        complete: Some(false),
        skipped_for: None,
    };
    let event = event::<BookOffers>(&lossless(), &answer).unwrap();
    assert_eq!(event["taker_gets"], json!({"currency": "XRP"}));
    assert_eq!(event["taker_pays"], json!({"currency": "USD", "issuer": "r"}));
    assert_eq!(event["offers"][0]["quality"], "2.5");
    assert_eq!((&event["limit"], &event["complete"]), (&json!(1), &json!(false)));
    assert_eq!(event["domain"], json!("0A".repeat(32)));
    let skipped = schemas::BookOffersAnswer {
        status: "skipped",
        limit: None,
        complete: None,
        skipped_for: Some(9),
        ..answer
    };
    let event = self::event::<BookOffers>(&lossless(), &skipped).unwrap();
    assert_eq!((&event["status"], &event["skipped_for"]), (&json!("skipped"), &json!(9)));
    assert_eq!(event.get("complete"), None);
}
