//! The sink reads what writers of yesterday and of tomorrow have written, through the schema topic.

use std::collections::BTreeMap;

use ekspiper_tests::{Arrivals, FlowProcess, Kafka, Writer, eventually};
use flow::{Decoder, Topic as _};
use records::{Amounts, record_json};
use schemas::{TransactionRecord, TransactionRecords};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::chain::Chain;
use crate::contents::undisturbed;
use crate::pipeline::{PARTITIONS, Pipeline, Play, make_lane};

/// A flow, and a version of it whose records have one more field.
const TODAY: &str = "transaction-record";
const NEWER: &str = "newer-transaction-record";
/// The chain is played to these ledgers before the flow is rolled on, and back.
const ROLLED_AT: [u32; 2] = [22, 42];

/// How long an event may take to arrive.
const ARRIVE_S_MAX: u64 = 60;
/// What names the schema before each datum.
const PREFIX_BYTES: usize = 10;

/// A schema with other last fields of the record.
fn schema(change: impl FnOnce(&mut Vec<Value>)) -> String {
    let mut schema: Value = serde_json::from_str(TransactionRecords::SCHEMA).unwrap();
    change(schema["fields"].as_array_mut().unwrap());
    schema.to_string()
}

fn message(schema: &str, datum: &[u8]) -> (String, Vec<u8>) {
    let fingerprint = Decoder::default().learn(schema).unwrap();
    (fingerprint.to_string(), [&[0xC3, 0x01], &fingerprint.0[..], datum].concat())
}

#[test]
fn records_of_older_and_newer_writers_arrive() {
    let kafka = Kafka::shared();
    let lane = make_lane("upgrades", "live");
    let runtime = Runtime::new().unwrap();
    let arrivals = Arrivals::start(&runtime, PARTITIONS);
    let mut writer = Writer::new(kafka, &lane);
    let plain = Chain::small().transaction_records().find(|record| record.untyped.is_empty());
    let plain = plain.expect("some record has all in its fields");
    let records: Vec<TransactionRecord<'_>> = (1..=3)
        .map(|ledger_index| TransactionRecord {
            ledger_index,
            position: 0,
            count: 1,
            ..plain.clone()
        })
        .collect();
    let datum =
        |record| flow::encode::<TransactionRecords>(record).unwrap()[PREFIX_BYTES..].to_vec();

    let yesterday = schema(|fields| assert_eq!(fields.pop().unwrap()["name"], "untyped"));
    let more = json!({"name": "origin", "doc": "New.", "default": "", "type": "string"});
    let tomorrow = schema(|fields| fields.push(more));
    let mut first = datum(&records[0]);
    assert_eq!(first.pop(), Some(0), "there is no untyped field");
    let (old, first) = message(&yesterday, &first);
    let (new, third) = message(&tomorrow, &[&datum(&records[2])[..], &[2, b'x']].concat());
    let second = flow::encode::<TransactionRecords>(&records[1]).unwrap();

    writer.publish_schema(&old, &yesterday);
    for (record, value) in records.iter().zip([&first, &second, &third]) {
        writer.bytes::<TransactionRecords>(TransactionRecords::order(record), b"", value);
    }
    writer.flush();
    // Whoever reads only records knows today's schema from the flow that writes them.
    let (today, _) = message(TransactionRecords::SCHEMA, &[]);
    writer.publish_schema(&today, TransactionRecords::SCHEMA);

    let sink = FlowProcess::start(&lane, "fluent-sink", &["--fluent-address", &arrivals.address()]);
    eventually(ARRIVE_S_MAX, "what is known has arrived", || {
        (arrivals.distinct() == 2).then_some(())
    });
    sink.wait_unready("schema");
    assert_eq!(arrivals.distinct(), 2, "what was written with an unknown schema waits");
    writer.publish_schema(&new, &tomorrow);
    eventually(ARRIVE_S_MAX, "the newer record has arrived", || {
        (arrivals.distinct() == 3).then_some(())
    });
    let events = arrivals.events(&lane);
    for record in &records {
        let id = format!("transaction-records/{}/0", record.ledger_index);
        let mut expected = record_json(record, Amounts::Records).unwrap();
        expected.insert("_id".to_owned(), id.clone().into());
        assert_eq!(events[&id], Value::Object(expected));
    }
}

#[test]
fn a_writer_is_rolled_to_a_newer_version_and_back_and_its_reader_gets_everything_once() {
    let chain = Chain::large();
    let expected = undisturbed(chain);
    let mut path = Pipeline::live(chain, "rolled", Play::Parts);
    path.start_all();
    for (to, next) in ROLLED_AT.into_iter().zip([NEWER, TODAY]) {
        path.play_into((TODAY, "transaction-records"), to);
        let started = path.start(next);
        started.wait_ready();
        // As a Deployment rolls: the next one is there before the old one goes.
        assert!(path.flow(TODAY).terminate(20).1.success());
        path.flows.retain(|(name, _)| *name != TODAY);
        path.flows.push((TODAY, started));
    }
    path.play_rest();
    path.wait_whole();
    let contents = path.contents();
    contents.assert_same_events(expected);
    let mut written = BTreeMap::<_, usize>::new();
    for record in contents.topic("transaction-records") {
        *written.entry(&record.value[..PREFIX_BYTES]).or_default() += 1;
    }
    println!("records by schema: {:?}", written.values());
    assert_eq!(written.len(), 2, "both versions have written");
}
