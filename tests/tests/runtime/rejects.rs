//! Records that can never be processed.

use ekspiper_tests::toy::{Copies, Copy, Number, Numbers};
use ekspiper_tests::{FlowProcess, Kafka, Lane, Reader, Record, Writer, eventually};
use flow::tooling::DeadLetter;
use flow::{DeadLetters, Decoder, RecordOrder, Topic, TopicSchema};

use crate::expected_topics::holds;

fn dead_letters(kafka: &Kafka, lane: &Lane, n: usize) -> Vec<Record> {
    let (reader, topic) = (Reader::committed(kafka), lane.topic(&DeadLetters::SPEC));
    eventually(60, &format!("{n} dead letters"), || {
        let read = reader.all(&topic);
        (read.len() >= n).then_some(read)
    })
}

fn decode(record: &Record) -> DeadLetter<'_> {
    let decoder = Decoder::new(&[TopicSchema::of::<DeadLetters>()]);
    decoder.decode::<DeadLetters>(&record.value).unwrap()
}

#[test]
fn rejected_record_is_kept_whole_with_its_causes_and_the_rest_is_processed() {
    let kafka = Kafka::shared();
    let lane = Lane::make(kafka, "rejects", 1);
    let mut writer = Writer::new(kafka, &lane);
    writer.numbers(1..=3, 50);
    writer.number(4, b"reject me");
    writer.number(5, b"panic now");
    writer.bytes::<Numbers>(RecordOrder::whole(6), b"key of six", b"this is no Avro at all");
    let torn = &flow::encode::<Numbers>(&Number::of(7, 50)).unwrap()[..20];
    writer.bytes::<Numbers>(RecordOrder::whole(7), b"seven", torn);
    writer.raw::<Numbers>(
        0,
        b"nowhere",
        b"at all",
        &[("origin", b"a stranger"), ("position", b"x")],
    );
    writer.numbers(8..=11, 50);
    let copy = FlowProcess::start(&lane, "toy-copy", &[]);
    let numbers: Vec<_> = [1, 2, 3, 8, 9, 10, 11].map(|index| Number::of(index, 50)).into();
    let copies: Vec<_> = numbers.iter().filter_map(Copy::all_of).flatten().collect();
    let read = dead_letters(kafka, &lane, 5);
    holds::<Copies>(kafka, &lane, &copies);
    let letters: Vec<_> = read.iter().map(decode).collect();
    let reasons: Vec<_> = letters.iter().map(|letter| (letter.reason, letter.sequence)).collect();
    let wanted = [
        ("not-to-be-copied", 4),
        ("panic", 5),
        ("undecodable", 6),
        ("undecodable", 7),
        ("no-position", -1),
    ];
    assert_eq!(reasons, wanted);
    assert_eq!(letters[0].causes, ["not-to-be-copied", "it says so itself", "number 4"]);
    assert_eq!(letters[1].causes, ["panic", "the number 5 is a trap"]);
    assert_eq!(
        (letters[2].key, letters[2].payload),
        (&b"key of six"[..], &b"this is no Avro at all"[..])
    );
    assert_eq!(
        (letters[2].topic, letters[2].partition, letters[2].offset),
        ("rejects.numbers", 0, 5)
    );
    assert_eq!(letters[2].payload_bytes, 22);
    let headers: Vec<_> =
        letters[4].headers.iter().map(|header| (header.key, header.value)).collect();
    assert_eq!(headers, [("origin", &b"a stranger"[..]), ("position", b"x")]);
    assert_eq!((read[4].key.as_slice(), letters[4].flow), (&b"nowhere"[..], "toy-copy"));
    copy.wait_ready();
    assert_eq!(copy.metric("ekspiper_rejected_total"), 5.0);
}

#[test]
fn dead_letter_and_the_outputs_before_it_are_one_transaction() {
    let kafka = Kafka::shared();
    let lane = Lane::make(kafka, "one-transaction", 1);
    let mut writer = Writer::new(kafka, &lane);
    writer.numbers(1..=3, 50);
    writer.number(4, b"reject");
    let _copy = FlowProcess::start(&lane, "toy-copy", &[]);
    dead_letters(kafka, &lane, 1);
    // One marker ends the one transaction, in each of the topics.
    let reader = Reader::committed(kafka);
    assert_eq!(reader.ends(&lane.topic(&DeadLetters::SPEC), 0).1, 2);
    assert_eq!(reader.ends(&lane.topic(&Copies::SPEC), 0).1, 1 + 2 + 3 + 1);
}

#[test]
fn flow_that_must_not_reject_halts_its_partition_visibly_and_others_go_on() {
    let kafka = Kafka::shared();
    let lane = Lane::make(kafka, "halts", 2);
    let mut writer = Writer::new(kafka, &lane);
    writer.numbers(1..=5, 50);
    writer.number(6, b"reject");
    writer.numbers(8..=11, 50);
    let mut copy = FlowProcess::start(&lane, "toy-copy", &["--halt"]);
    let wanted =
        "toy-copy numbers/0: halted: at offset 2: not-to-be-copied: it says so itself: number 6";
    let why = copy.wait_unready(wanted);
    assert!(why.contains("toy-copy numbers/1: running"), "{why}");
    let numbers: Vec<_> = [1, 2, 3, 4, 5, 9, 11].map(|index| Number::of(index, 50)).into();
    let copies: Vec<_> = numbers.iter().filter_map(Copy::all_of).flatten().collect();
    holds::<Copies>(kafka, &lane, &copies);
    assert_eq!(Reader::committed(kafka).all(&lane.topic(&DeadLetters::SPEC)), []);
    // Again and again the same, until a binary comes that can.
    let (_, status) = copy.terminate(20);
    assert!(status.success());
    let _again = FlowProcess::start(&lane, "toy-copy", &["--halt"]).wait_unready(wanted);
    let _able = FlowProcess::start(&lane, "toy-copy", &[]);
    dead_letters(kafka, &lane, 1);
}

#[test]
fn unknown_schema_is_waited_for_and_resolved_once_it_is_published() {
    let kafka = Kafka::shared();
    let lane = Lane::make(kafka, "newer", 1);
    let mut writer = Writer::new(kafka, &lane);
    writer.numbers(1..=2, 50);
    let (fingerprint, newer) = Newer::schema();
    let mut value = vec![0xC3, 1];
    value.extend_from_slice(&fingerprint);
    value.extend_from_slice(&Newer::datum(3));
    writer.bytes::<Numbers>(RecordOrder::whole(3), b"3", &value);
    writer.numbers(4..=5, 50);
    let copy = FlowProcess::start(&lane, "toy-copy", &[]);
    copy.wait_unready("is not published yet");
    let before: Vec<_> = [1, 2].map(|index| Number::of(index, 50)).into();
    let copies: Vec<_> = before.iter().filter_map(Copy::all_of).flatten().collect();
    holds::<Copies>(kafka, &lane, &copies);
    let key: String = fingerprint.iter().map(|byte| format!("{byte:02x}")).collect();
    writer.publish_schema(&key, &newer);
    copy.wait_ready();
    let mut numbers: Vec<_> = (1..=5).map(|index| Number::of(index, 50)).collect();
    numbers[2].body = b"new".into();
    let copies: Vec<_> = numbers.iter().filter_map(Copy::all_of).flatten().collect();
    holds::<Copies>(kafka, &lane, &copies);
    assert_eq!(Reader::committed(kafka).all(&lane.topic(&DeadLetters::SPEC)), []);
}

/// The schema of numbers as a newer writer has it: with a field more.
struct Newer;

impl Newer {
    fn schema() -> ([u8; 8], String) {
        let field = r#""fields": [ {"name": "colour", "type": "string", "doc": "New."}, "#;
        let newer = Numbers::SCHEMA.replacen(r#""fields": ["#, field, 1);
        (Decoder::default().learn(&newer).unwrap().0, newer)
    }

    /// Avro's binary form, by hand: a string, three longs (zigzag), bytes.
    fn datum(index: i64) -> Vec<u8> {
        let mut datum = vec![6];
        datum.extend_from_slice(b"red");
        let zigzag = u8::try_from(index * 2).unwrap();
        datum.extend_from_slice(&[zigzag, 0, 0, 6]);
        datum.extend_from_slice(b"new");
        datum
    }
}
