//! Missing records, and topics that were recreated.

use ekspiper_tests::toy::{Copies, Numbers};
use ekspiper_tests::{FlowProcess, Kafka, Lane, Writer};
use flow::Topic as _;

use crate::expected_topics::{BODY_BYTES, ExpectedTopics, holds};

/// A lane on which `toy-copy` has come to number 20 and was stopped.
fn begun(network: &str) -> (&'static Kafka, Lane, Writer) {
    let kafka = Kafka::shared();
    let lane = Lane::make(kafka, network, 1);
    let mut writer = Writer::new(kafka, &lane);
    writer.numbers(1..=20, BODY_BYTES);
    let mut copy = FlowProcess::start(&lane, "toy-copy", &[]);
    holds::<Copies>(kafka, &lane, &ExpectedTopics::up_to(20).copies());
    copy.wait_ready();
    assert!(copy.terminate(20).1.success());
    (kafka, lane, writer)
}

#[test]
fn records_deleted_unread_halt_the_partition_with_the_range() {
    let (kafka, lane, mut writer) = begun("deleted");
    writer.numbers(21..=40, BODY_BYTES);
    kafka.delete_records(&lane.topic(&Numbers::SPEC), 0, 30);
    let copy = FlowProcess::start(&lane, "toy-copy", &[]);
    copy.wait_unready(
        "halted: at offset 30: records are missing: 20/0 was read last, but 31/0 follows 30/0",
    );
    holds::<Copies>(kafka, &lane, &ExpectedTopics::up_to(20).copies());
}

#[test]
fn all_unread_records_deleted_are_missed_when_the_next_one_comes() {
    let (kafka, lane, mut writer) = begun("all-deleted");
    writer.numbers(21..=40, BODY_BYTES);
    kafka.delete_records(&lane.topic(&Numbers::SPEC), 0, 40);
    let copy = FlowProcess::ready(&lane, "toy-copy", &[]);
    writer.numbers(41..=41, BODY_BYTES);
    copy.wait_unready("records are missing: 20/0 was read last, but 41/0 follows 40/0");
}

#[test]
fn record_without_its_predecessor_under_a_live_reader_halts() {
    let kafka = Kafka::shared();
    let lane = Lane::make(kafka, "torn", 1);
    let mut writer = Writer::new(kafka, &lane);
    writer.numbers(1..=20, BODY_BYTES);
    let copy = FlowProcess::start(&lane, "toy-copy", &[]);
    holds::<Copies>(kafka, &lane, &ExpectedTopics::up_to(20).copies());
    writer.forget();
    writer.numbers(22..=22, BODY_BYTES);
    copy.wait_unready("records are missing: 20/0 was read last, but 22/0 follows nothing");
}

#[test]
fn recreated_topic_halts() {
    let (kafka, lane, _) = begun("anew");
    let topic = lane.topic(&Numbers::SPEC);
    kafka.delete_topic(&topic);
    kafka.wait_gone(&topic);
    lane.make_topics(kafka, &[Numbers::SPEC], 1);
    Writer::new(kafka, &lane).numbers(1..=30, BODY_BYTES);
    // With the topic Kafka has deleted what was committed about it.
    let copy = FlowProcess::start(&lane, "toy-copy", &[]);
    copy.wait_unready("anew.toy-copy has no committed offset at anew.numbers/0, but anew.copies/0 has records up to 19/3/4: if its offsets have expired");
    holds::<Copies>(kafka, &lane, &ExpectedTopics::up_to(20).copies());
}

#[test]
fn topic_recreated_under_a_live_reader_is_not_read_further() {
    let kafka = Kafka::shared();
    let lane = Lane::make(kafka, "anew-live", 1);
    Writer::new(kafka, &lane).numbers(1..=20, BODY_BYTES);
    let copy = FlowProcess::start(&lane, "toy-copy", &[]);
    holds::<Copies>(kafka, &lane, &ExpectedTopics::up_to(20).copies());
    let topic = lane.topic(&Numbers::SPEC);
    kafka.delete_topic(&topic);
    kafka.wait_gone(&topic);
    lane.make_topics(kafka, &[Numbers::SPEC], 1);
    Writer::new(kafka, &lane).numbers(1..=40, BODY_BYTES);
    let why = copy.wait_unready("halted");
    println!("{why}");
    holds::<Copies>(kafka, &lane, &ExpectedTopics::up_to(20).copies());
}

#[test]
fn topic_that_was_given_more_partitions_halts() {
    let (kafka, lane, mut writer) = begun("more");
    kafka.add_partitions("more.numbers", 2);
    writer.numbers(21..=22, BODY_BYTES);
    // `copies` still has one.
    let mut copy = FlowProcess::start(&lane, "toy-copy", &[]);
    assert_eq!(copy.ended(60).code(), Some(1));
    let said = copy.said();
    assert!(
        said.contains("the lane more has 2 partitions, which does not divide the 1 of more"),
        "{said}"
    );
    for topic in ["more.copies", "more.dead-letters"] {
        kafka.add_partitions(topic, 2);
    }
    let copy = FlowProcess::start(&lane, "toy-copy", &[]);
    copy.wait_unready("halted: more.numbers had 1 partitions when it was last read and has 2");
}
