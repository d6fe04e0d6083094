//! The bytes of each message. A difference here is a contract change.
//!
//! To accept one on purpose, run the tests with `ACCEPT_GOLDEN=1` and say why in the commit.

#![expect(clippy::unwrap_used, reason = "what a test needs and does not find fails it")]

mod samples;

use std::fs;
use std::path::PathBuf;

use apache_avro::Schema;
use apache_avro::types::Value;
use flow::{DeadLetters, Decoder, Topic, TopicSchema, encode};
use flow_admin::DlqResolutions;
use schemas::{
    BookOfferRequest, BookOfferRequests, BookOffers, BookOffersAnswer, LedgerEvents, LedgerHeaders,
    LedgerRecords, Ledgers, SchemaDiscoveries, TransactionRecords, Transactions,
};

fn golden(name: &str, found: &[u8]) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("golden").join(format!("{name}.hex"));
    let lines = found
        .chunks(32)
        .map(|line| line.iter().map(|byte| format!("{byte:02x}")).collect::<String>());
    let found = lines.collect::<Vec<_>>().join("\n") + "\n";
    if std::env::var_os("ACCEPT_GOLDEN").is_some() {
        fs::write(&path, &found).unwrap();
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(found, expected, "the bytes of `{name}` have changed: {}", path.display());
}

/// Encodes the sample, compares its bytes with the golden ones, decodes them, and lets another implementation of Avro read
/// them by the schema alone.
fn check<T: Topic>(record: &T::Record<'_>) -> Value
where
    for<'a> T::Record<'a>: std::fmt::Debug,
{
    check_as::<T>(T::SPEC.name, record)
}

/// The same for a message that shares its topic with another one.
fn check_as<T: Topic>(name: &str, record: &T::Record<'_>) -> Value
where
    for<'a> T::Record<'a>: std::fmt::Debug,
{
    let bytes = encode::<T>(record).unwrap();
    golden(name, &bytes);
    let decoder = Decoder::new(&[TopicSchema::of::<T>()]);
    let decoded = decoder.decode::<T>(&bytes).unwrap();
    assert_eq!(format!("{decoded:?}"), format!("{record:?}"));

    let schema = Schema::parse_str(T::SCHEMA).unwrap();
    // The canonical form has no logical types, and "primitive schemas are converted to their simple form": this
    // implementation leaves an object behind where it strips one, unlike the reference one.
    let plain =
        T::SCHEMA.replace(r#"{"type": "long", "logicalType": "timestamp-millis"}"#, r#""long""#);
    let fingerprint = Schema::parse_str(&plain).unwrap().fingerprint::<apache_avro::rabin::Rabin>();
    assert_eq!(bytes[..2], [0xC3, 0x01]);
    assert_eq!(
        bytes[2..10],
        fingerprint.bytes[..],
        "the fingerprint is the one that others compute"
    );
    let mut datum = &bytes[10..];
    let value = apache_avro::from_avro_datum(&schema, &mut datum, None).unwrap();
    assert!(datum.is_empty(), "another implementation reads all of the bytes");
    value
}

fn long(value: &Value, field: &str) -> i64 {
    let Value::Record(fields) = value else { panic!("a message is a record") };
    let (_, value) = fields.iter().find(|(name, _)| name == field).unwrap();
    match value {
        Value::Long(long) => *long,
        Value::Int(int) => i64::from(*int),
        other => panic!("{field} is {other:?}"),
    }
}

#[test]
fn ledger_events() {
    let value = check::<LedgerEvents>(&samples::event());
    assert_eq!(long(&value, "ledger_index"), 90_000_001);
}

#[test]
fn ledgers() {
    let value = check::<Ledgers>(&samples::ledger());
    assert_eq!(long(&value, "total_coins"), 99_999_999_999_999_990);
}

#[test]
fn ledger_headers() {
    check::<LedgerHeaders>(&samples::header());
}

#[test]
fn transactions() {
    let value = check::<Transactions>(&samples::transaction());
    assert_eq!(long(&value, "close_time"), i64::from(u32::MAX));
}

#[test]
fn transaction_records() {
    check::<TransactionRecords>(&samples::transaction_record());
}

#[test]
fn ledger_records() {
    check::<LedgerRecords>(&samples::ledger_record());
}

#[test]
fn schema_discoveries() {
    check::<SchemaDiscoveries>(&samples::schema_discovery());
}

#[test]
fn book_offer_requests() {
    check::<BookOfferRequests>(&samples::book_offer_request());
}

#[test]
fn book_offers() {
    check::<BookOffers>(&samples::book_offers());
}

/// What a writer wrote whose schema lacked the last `fields` of the record, all of them null here.
fn of_older_writer<T: Topic>(record: &T::Record<'_>, fields: usize) -> (Decoder, Vec<u8>) {
    let mut schema: serde_json::Value = serde_json::from_str(T::SCHEMA).unwrap();
    let all = schema["fields"].as_array_mut().unwrap();
    all.truncate(all.len() - fields);
    let decoder = Decoder::default();
    let fingerprint = decoder.learn(&schema.to_string()).unwrap();
    let bytes = encode::<T>(record).unwrap();
    let (datum, nulls) = bytes[10..].split_at(bytes.len() - 10 - fields);
    assert_eq!(nulls, vec![0; fields]);
    (decoder, [&[0xC3, 0x01], &fingerprint.0[..], datum].concat())
}

#[test]
fn books_of_older_writers_are_read_and_what_they_lack_is_unknown() {
    let request = BookOfferRequest { domain: None, ..samples::book_offer_request() };
    let (decoder, bytes) = of_older_writer::<BookOfferRequests>(&request, 1);
    assert_eq!(decoder.decode::<BookOfferRequests>(&bytes).unwrap(), request);
    let answer = BookOffersAnswer { limit: None, complete: None, ..samples::book_offers() };
    let (decoder, bytes) = of_older_writer::<BookOffers>(&answer, 4);
    assert_eq!(decoder.decode::<BookOffers>(&bytes).unwrap(), answer);
}

#[test]
fn keys_are_what_people_look_for() {
    let mut key = Vec::new();
    Transactions::key(&samples::transaction(), &mut key);
    assert_eq!(key, "22".repeat(32).into_bytes());
    key.clear();
    LedgerEvents::key(&samples::event(), &mut key);
    assert_eq!(key, b"90000001");
    key.clear();
    BookOfferRequests::key(&samples::book_offer_request(), &mut key);
    let domain = "0A".repeat(32);
    let book = "XRP/USD.rvYAfWj5gh67oV6fW32ZzP3Aw4Eubs59B";
    assert_eq!(key, format!("{book}@{domain}").as_bytes());
    key.clear();
    let open = BookOfferRequest { domain: None, ..samples::book_offer_request() };
    BookOfferRequests::key(&open, &mut key);
    assert_eq!(key, book.as_bytes());
}

#[test]
fn every_field_of_every_message_is_documented() {
    for topic in schemas::all() {
        let schema: serde_json::Value = serde_json::from_str(topic.schema).unwrap();
        undocumented(topic.spec.name, &schema);
    }
}

fn undocumented(path: &str, node: &serde_json::Value) {
    if node["type"] == "record" && node.get("fields").is_some() {
        for field in node["fields"].as_array().unwrap() {
            let path = format!("{path}.{}", field["name"].as_str().unwrap());
            assert!(field["doc"].as_str().is_some_and(|doc| !doc.is_empty()), "{path} has no doc");
            undocumented(&path, &field["type"]);
        }
    }
    if let Some(items) = node.get("items") {
        undocumented(path, items);
    }
    // The other types of a field that may be null.
    for kind in node.as_array().into_iter().flatten() {
        undocumented(path, kind);
    }
}

#[test]
fn dead_letters() {
    let value = check::<DeadLetters>(&samples::dead_letter());
    assert_eq!((long(&value, "sequence"), long(&value, "attempt")), (90_000_001, 2));
}

#[test]
fn resolutions() {
    let value = check_as::<DlqResolutions>("resolutions", &samples::resolution());
    assert_eq!(long(&value, "offset"), 1_207);
}
