//! Instances that join and leave the group in order.

use std::time::Duration;

use ekspiper_tests::toy::{Copies, Sums};
use ekspiper_tests::{FlowProcess, Kafka, Lane, Reader};
use flow::Topic as _;

use crate::expected_topics::{ExpectedTopics, grows, holds};

#[test]
fn instances_that_join_and_leave_lose_nothing_and_double_nothing() {
    let kafka = Kafka::shared();
    let lane = Lane::make(kafka, "joins", 4);
    let mut source = FlowProcess::ready(&lane, "toy-source", &[]);
    let names = ["toy-copy", "toy-fetch", "toy-sums"];
    let _stays = names.map(|name| FlowProcess::ready(&lane, name, &[]));
    let reader = Reader::committed(kafka);
    for _ in 0..5 {
        let mut guests = names.map(|name| FlowProcess::ready(&lane, name, &[]));
        grows(&reader, &lane.topic(&Copies::SPEC), 4, 40);
        for guest in &mut guests {
            let (took, status) = guest.terminate(20);
            assert!(status.success(), "{status}");
            println!("left after {took:.1?}");
            assert!(took < Duration::from_secs(5));
        }
    }
    source.kill();
    let expected_topics = ExpectedTopics::as_read(&reader, &lane);
    expected_topics.answers_hold(kafka, &lane);
    holds::<Sums>(kafka, &lane, &expected_topics.sums());
}
