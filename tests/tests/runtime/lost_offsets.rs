//! Committed offsets that are gone, while the input has lost its first records.

use ekspiper_tests::toy::{Answers, Copies, Copy, Number, Numbers};
use ekspiper_tests::{FlowProcess, Kafka, Lane, Reader, Receiver, Writer};
use flow::Topic as _;

use crate::expected_topics::{BODY_BYTES, ExpectedTopics, holds};

/// A lane whose numbers 1 to 10 have been deleted; 11 to 20 are left.
fn trimmed(network: &str) -> (&'static Kafka, Lane) {
    let kafka = Kafka::shared();
    let lane = Lane::make(kafka, network, 1);
    Writer::new(kafka, &lane).numbers(1..=20, BODY_BYTES);
    kafka.delete_records(&lane.topic(&Numbers::SPEC), 0, 10);
    (kafka, lane)
}

#[test]
fn a_processor_without_offset_does_not_skip_deleted_records_in_silence() {
    let (kafka, lane) = trimmed("skipped");
    let copy = FlowProcess::start(&lane, "toy-copy", &[]);
    let why = copy.wait_unready("whose first records have been deleted");
    assert!(why.contains("`offsets.retention.minutes`") && why.contains("--start"), "{why}");
    assert_eq!(Reader::committed(kafka).all(&lane.topic(&Copies::SPEC)), []);
    drop(copy);
    let _copy = FlowProcess::start(&lane, "toy-copy", &["--start", "first"]);
    let numbers: Vec<_> = (11..=20).map(|index| Number::of(index, BODY_BYTES)).collect();
    let copies: Vec<_> = numbers.iter().filter_map(Copy::all_of).flatten().collect();
    holds::<Copies>(kafka, &lane, &copies);
}

#[test]
fn a_sink_without_offset_does_not_skip_deleted_records_in_silence() {
    let kafka = Kafka::shared();
    let lane = Lane::make(kafka, "skipped-sink", 1);
    let mut writer = Writer::new(kafka, &lane);
    ExpectedTopics::up_to(20).answers().iter().for_each(|it| writer.record::<Answers>(it));
    writer.flush();
    kafka.delete_records(&lane.topic(&Answers::SPEC), 0, 10);
    let receiver = Receiver::start();
    let sink = FlowProcess::start(&lane, "toy-sink", &["--receiver", &receiver.address()]);
    sink.wait_unready("whose first records have been deleted");
    assert_eq!(receiver.received().len(), 0);
}

#[test]
fn a_flow_without_offset_starts_where_the_first_record_of_the_lane_is_left() {
    let kafka = Kafka::shared();
    let lane = Lane::make(kafka, "whole", 1);
    Writer::new(kafka, &lane).numbers(1..=20, BODY_BYTES);
    let _copy = FlowProcess::start(&lane, "toy-copy", &[]);
    holds::<Copies>(kafka, &lane, &ExpectedTopics::up_to(20).copies());
}
