//! Start and end positions of a flow.

use ekspiper_tests::toy::{Copies, Copy, Number};
use ekspiper_tests::{FlowProcess, Kafka, Lane, Writer};

use crate::expected_topics::{BODY_BYTES, ExpectedTopics, holds};

fn written(network: &str, partitions: u32) -> (&'static Kafka, Lane) {
    let kafka = Kafka::shared();
    let lane = Lane::make(kafka, network, partitions);
    Writer::new(kafka, &lane).numbers(1..=100, BODY_BYTES);
    (kafka, lane)
}

#[track_caller]
fn copies_from(kafka: &Kafka, lane: &Lane, from: u64, to: u64) {
    let numbers: Vec<_> = (from..=to).map(|index| Number::of(index, BODY_BYTES)).collect();
    let copies: Vec<_> = numbers.iter().filter_map(Copy::all_of).flatten().collect();
    holds::<Copies>(kafka, lane, &copies);
}

#[test]
fn flow_begins_at_a_number_and_ends_after_another() {
    let (kafka, lane) = written("from-to", 4);
    let mut copy = FlowProcess::start(&lane, "toy-copy", &["--start", "31", "--until", "70"]);
    assert!(copy.ended(60).success());
    copies_from(kafka, &lane, 31, 70);
    // What was committed counts now, not `--start`.
    let mut copy = FlowProcess::start(&lane, "toy-copy", &["--start", "1", "--until", "80"]);
    assert!(copy.ended(60).success());
    copies_from(kafka, &lane, 31, 80);
}

/// As a Job of several pods needs it: each of them has to succeed, the one that finds no partition of its own too.
#[test]
fn all_instances_of_a_flow_end_after_its_last_number() {
    let (kafka, lane) = written("instances-end", 2);
    let bounds = ["--start", "1", "--until", "70"];
    let mut instances = [(); 3].map(|()| FlowProcess::start(&lane, "toy-copy", &bounds));
    for instance in &mut instances {
        assert!(instance.ended(120).success());
    }
    copies_from(kafka, &lane, 1, 70);
}

#[test]
fn flow_without_a_committed_offset_asks_for_a_start_if_its_outputs_hold_something() {
    let (kafka, lane) = written("asks", 1);
    let mut writer = Writer::new(kafka, &lane);
    writer.copies(1..=3);
    let mut copy = FlowProcess::start(&lane, "toy-copy", &[]);
    let asks = "asks.toy-copy has no committed offset at asks.numbers/0, but asks.copies/0 has records up to 3/2/3: if its offsets have expired";
    copy.wait_unready(asks);
    copy.kill();
    let doubling = FlowProcess::start(&lane, "toy-copy", &["--start", "2"]);
    doubling.wait_unready(
        "asks.copies/0 has records up to 3/2/3: starting there would write them twice",
    );
    drop(doubling);
    let _copy = FlowProcess::start(&lane, "toy-copy", &["--start", "4"]);
    let numbers: Vec<_> =
        (1..=100).map(|index| Number::of(index, if index < 4 { 40 } else { BODY_BYTES })).collect();
    let copies: Vec<_> = numbers.iter().filter_map(Copy::all_of).flatten().collect();
    holds::<Copies>(kafka, &lane, &copies);
}

#[test]
fn flow_that_begins_at_the_latest_leaves_out_what_is_there() {
    let kafka = Kafka::shared();
    let lane = Lane::make(kafka, "latest", 1);
    let mut writer = Writer::new(kafka, &lane);
    writer.numbers(1..=100, BODY_BYTES);
    let copy = FlowProcess::ready(&lane, "toy-copy", &["--start", "latest"]);
    copy.line(30, "\"partition started\"");
    writer.numbers(101..=110, BODY_BYTES);
    copies_from(kafka, &lane, 101, 110);
}

#[test]
fn flow_begins_at_the_first_record_if_its_outputs_are_empty() {
    let (kafka, lane) = written("first", 4);
    let _copy = FlowProcess::start(&lane, "toy-copy", &[]);
    holds::<Copies>(kafka, &lane, &ExpectedTopics::up_to(100).copies());
}
