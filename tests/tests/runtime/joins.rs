//! Instances that come and go in order.

use std::time::Duration;

use ekspiper_tests::toy::Copies;
use ekspiper_tests::{FlowProcess, Kafka, Lane, Reader};
use flow::Topic as _;

use crate::promise::{Promise, grows};

#[test]
fn instances_that_join_and_leave_lose_nothing_and_double_nothing() {
    let kafka = Kafka::shared();
    let lane = Lane::make(kafka, "joins", 4);
    let mut source = FlowProcess::ready(&lane, "toy-source", &[]);
    let _stays =
        [FlowProcess::ready(&lane, "toy-copy", &[]), FlowProcess::ready(&lane, "toy-fetch", &[])];
    let reader = Reader::committed(kafka);
    for _ in 0..5 {
        let mut guests = ["toy-copy", "toy-fetch"].map(|name| FlowProcess::ready(&lane, name, &[]));
        grows(&reader, &lane.topic(&Copies::SPEC), 4, 40);
        for guest in &mut guests {
            let (took, status) = guest.terminate(20);
            assert!(status.success(), "{status}");
            println!("left after {took:.1?}");
            assert!(took < Duration::from_secs(5));
        }
    }
    source.kill();
    Promise::as_read(&reader, &lane).answers_hold(kafka, &lane);
}
