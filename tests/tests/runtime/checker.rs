//! The checker of topics finds what defective flows leave behind.

use std::time::Duration;

use ekspiper_tests::toy::{Copies, Copy, Number, Numbers};
use ekspiper_tests::{Kafka, Lane, Reader, TopicFault, Writer, check_topic};
use flow::{Decoder, Topic as _, TopicSchema};
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _};

use crate::expected_topics::{BODY_BYTES, ExpectedTopics};

const WAIT: Duration = Duration::from_secs(20);

/// Copies the numbers from `begin` in a transaction which ends as `commit` says; the offset is kept by whoever calls.
fn copy_in_a_transaction(kafka: &Kafka, lane: &Lane, begin: usize, end: usize, commit: bool) {
    let decoder = Decoder::new(&[TopicSchema::of::<Numbers>()]);
    let mut config = kafka.client();
    config.set("transactional.id", format!("{}.broken", lane.group("broken")));
    let producer: BaseProducer = config.create().unwrap();
    producer.init_transactions(WAIT).unwrap();
    producer.begin_transaction().unwrap();
    let topic = lane.topic(&Copies::SPEC);
    let mut previous: Option<String> = Reader::committed(kafka)
        .all(&topic)
        .last()
        .and_then(|record| Some(record.position().rsplit_once('/')?.0.to_owned()));
    for record in &Reader::committed(kafka).all(&lane.topic(&Numbers::SPEC))[begin..end] {
        let number: Number<'_> = decoder.decode::<Numbers>(&record.value).unwrap();
        for copy in Copy::all_of(&number).into_iter().flatten() {
            let (position, mut key) = (Copies::order(&copy), Vec::new());
            Copies::key(&copy, &mut key);
            let text = position.to_string();
            let mut headers =
                OwnedHeaders::new().insert(Header { key: "position", value: Some(&text) });
            if let Some(previous) = previous.replace(position.id().to_string()) {
                headers = headers.insert(Header { key: "previous", value: Some(&previous) });
            }
            let value = flow::encode::<Copies>(&copy).unwrap();
            let record = BaseRecord::to(&topic).partition(0).key(&key).payload(&value);
            producer.send(record.headers(headers)).map_err(|(error, _)| error).unwrap();
        }
    }
    producer.flush(WAIT).unwrap();
    if commit {
        producer.commit_transaction(WAIT).unwrap();
    } else {
        producer.abort_transaction(WAIT).unwrap();
    }
}

fn lane(network: &str) -> (&'static Kafka, Lane) {
    let kafka = Kafka::shared();
    let lane = Lane::make(kafka, network, 1);
    Writer::new(kafka, &lane).numbers(1..=40, BODY_BYTES);
    (kafka, lane)
}

fn faults(reader: &Reader, lane: &Lane) -> Vec<TopicFault> {
    check_topic::<Copies>(
        &reader.all(&lane.topic(&Copies::SPEC)),
        1,
        ExpectedTopics::up_to(40).copies(),
    )
}

#[test]
fn offset_committed_after_the_transaction_is_caught_as_doubled() {
    let (kafka, lane) = lane("late-offset");
    copy_in_a_transaction(kafka, &lane, 0, 25, true);
    // Killed before it has committed the offset 25, it begins again where it was.
    copy_in_a_transaction(kafka, &lane, 20, 40, true);
    let faults = faults(&Reader::committed(kafka), &lane);
    assert!(faults.contains(&TopicFault::Doubled("21/0/1".into())), "{faults:?}");
    assert!(faults.iter().any(|fault| matches!(fault, TopicFault::OutOfOrder(_))), "{faults:?}");
}

#[test]
fn offset_committed_before_the_transaction_is_caught_as_missing() {
    let (kafka, lane) = lane("early-offset");
    copy_in_a_transaction(kafka, &lane, 0, 20, true);
    // Killed after it has committed the offset 25, and before the transaction.
    copy_in_a_transaction(kafka, &lane, 20, 25, false);
    copy_in_a_transaction(kafka, &lane, 25, 40, true);
    let faults = faults(&Reader::committed(kafka), &lane);
    let missing = [TopicFault::Missing("21/0/1".into()), TopicFault::Missing("22/0/2".into())];
    assert!(missing.iter().all(|fault| faults.contains(fault)), "{faults:?}");
}

#[test]
fn reader_of_what_is_not_committed_is_caught() {
    let (kafka, lane) = lane("uncommitted");
    copy_in_a_transaction(kafka, &lane, 0, 20, true);
    copy_in_a_transaction(kafka, &lane, 20, 30, false);
    copy_in_a_transaction(kafka, &lane, 20, 40, true);
    assert_eq!(faults(&Reader::committed(kafka), &lane), []);
    let faults = faults(&Reader::uncommitted(kafka), &lane);
    assert!(faults.contains(&TopicFault::Doubled("21/0/1".into())), "{faults:?}");
}
