//! A flow that reads another lane than the one it writes.

use ekspiper_tests::toy::{Copies, Numbers};
use ekspiper_tests::{FlowProcess, Kafka, Lane, Reader, Writer};
use flow::Topic as _;

use crate::expected_topics::{BODY_BYTES, ExpectedTopics, holds};

#[test]
fn lane_with_a_multiple_of_the_partitions_is_fed_in_order() {
    let kafka = Kafka::shared();
    let narrow = Lane::make(kafka, "widening", 2);
    let wide = Lane::make_named(kafka, "widening", "wide", 6);
    Writer::new(kafka, &narrow).numbers(1..=200, BODY_BYTES);
    let _copy = FlowProcess::start(&wide, "toy-copy", &["--from-lane", "live"]);
    let expected_topics = ExpectedTopics::up_to(200);
    holds::<Copies>(kafka, &wide, &expected_topics.copies());
    assert_eq!(Reader::committed(kafka).all(&narrow.topic(&Copies::SPEC)), []);
}

/// What 64 partitions hold last is more than the metadata of an offset takes.
#[test]
fn lane_of_many_partitions_is_fed_from_one_and_goes_on_after_a_restart() {
    let kafka = Kafka::shared();
    let network = "n".repeat(60);
    let narrow = Lane::make(kafka, &network, 1);
    let wide = Lane::make_named(kafka, &network, "wide", 64);
    let mut writer = Writer::new(kafka, &narrow);
    writer.numbers(1..=200, BODY_BYTES);
    let mut copy = FlowProcess::start(&wide, "toy-copy", &["--from-lane", "live"]);
    holds::<Copies>(kafka, &wide, &ExpectedTopics::up_to(200).copies());
    copy.kill();
    writer.numbers(201..=300, BODY_BYTES);
    let _copy = FlowProcess::start(&wide, "toy-copy", &["--from-lane", "live"]);
    holds::<Copies>(kafka, &wide, &ExpectedTopics::up_to(300).copies());
}

#[test]
fn lane_with_other_partitions_is_refused() {
    let kafka = Kafka::shared();
    let _four = Lane::make(kafka, "narrowing", 4);
    let six = Lane::make_named(kafka, "narrowing", "six", 6);
    let mut copy = FlowProcess::start(&six, "toy-copy", &["--from-lane", "live"]);
    assert_eq!(copy.ended(60).code(), Some(1));
    let said = copy.said();
    assert!(
        said.contains(
            "the lane narrowing has 4 partitions, which does not divide the 6 of narrowing.six"
        ),
        "{said}"
    );
    assert_eq!(Reader::committed(kafka).all(&six.topic(&Numbers::SPEC)), []);
}
