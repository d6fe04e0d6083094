//! Settings of a broker that a flow has to deal with, or to name.

use ekspiper_tests::toy::{Copies, Numbers};
use ekspiper_tests::{FlowProcess, Kafka, Lane, Writer};
use flow::Topic as _;

use crate::expected_topics::{BODY_BYTES, ExpectedTopics, holds};

#[test]
fn a_group_that_can_not_be_joined_says_why_and_the_user_can_mend_it() {
    let kafka = Kafka::own_configured(&[("group.min.session.timeout.ms", "10000")]);
    let lane = Lane::make(&kafka, "sessions", 1);
    Writer::new(&kafka, &lane).numbers(1..=20, BODY_BYTES);
    let copy = FlowProcess::start(&lane, "toy-copy", &[]);
    let why = copy.wait_unready("Invalid session timeout");
    assert!(why.contains("toy-copy: joining its group"), "{why}");
    copy.line(60, "Invalid session timeout");
    drop(copy);
    let config = ["--kafka-config", "session.timeout.ms=10000"];
    let _copy = FlowProcess::ready(&lane, "toy-copy", &config);
    holds::<Copies>(&kafka, &lane, &ExpectedTopics::up_to(20).copies());
}

#[test]
fn a_transaction_timeout_above_the_brokers_is_named() {
    let kafka = Kafka::own_configured(&[("transaction.max.timeout.ms", "10000")]);
    let lane = Lane::make(&kafka, "timeouts", 1);
    let copy = FlowProcess::start(&lane, "toy-copy", &[]);
    copy.wait_unready("transaction.timeout.ms");
}

#[test]
fn a_record_that_the_topic_refuses_is_reported_with_the_brokers_reason() {
    let kafka = Kafka::shared();
    let lane = Lane::make(kafka, "refuses", 1);
    kafka.configure_topic(&lane.topic(&Copies::SPEC), "max.message.bytes", "100");
    Writer::new(kafka, &lane).numbers(1..=3, BODY_BYTES);
    let copy = FlowProcess::start(&lane, "toy-copy", &[]);
    let why =
        copy.wait_unready("records were not delivered, the first of them to refuses.copies/0");
    assert!(why.contains("Message size too large"), "{why}");
}

#[test]
fn topics_in_every_compression_of_kafka_are_read() {
    let kafka = Kafka::shared();
    for codec in ["zstd", "gzip", "snappy", "lz4"] {
        let lane = Lane::make(kafka, codec, 1);
        kafka.configure_topic(&lane.topic(&Numbers::SPEC), "compression.type", codec);
        Writer::new(kafka, &lane).numbers(1..=20, BODY_BYTES);
        let _copy = FlowProcess::start(&lane, "toy-copy", &[]);
        holds::<Copies>(kafka, &lane, &ExpectedTopics::up_to(20).copies());
    }
}
