//! A broker that is killed, or does not answer for a while.

use std::time::{Duration, Instant};

use ekspiper_tests::toy::Answers;
use ekspiper_tests::{FlowProcess, Kafka, Lane, Reader, eventually};
use flow::Topic as _;

use crate::expected_topics::{ExpectedTopics, grows};

#[test]
fn broker_that_is_killed_or_hangs_costs_time_only() {
    let mut kafka = Kafka::own();
    let lane = Lane::make(&kafka, "outages", 4);
    let names = ["toy-source", "toy-copy", "toy-fetch"];
    let mut flows = names.map(|name| FlowProcess::ready(&lane, name, &[]));
    let answers = lane.topic(&Answers::SPEC);
    for _ in 0..2 {
        grows(&Reader::committed(&kafka), &answers, 4, 50);
        kafka.kill_and_restart();
        let restarted = Instant::now();
        grows(&Reader::committed(&kafka), &answers, 4, 50);
        println!("goes on {:.1?} after the broker is back", restarted.elapsed());
    }
    kafka.hang(Duration::from_secs(15));
    grows(&Reader::committed(&kafka), &answers, 4, 50);
    for flow in &flows {
        flow.wait_ready();
    }
    flows[0].kill();
    ExpectedTopics::as_read(&Reader::committed(&kafka), &lane).answers_hold(&kafka, &lane);
}

#[test]
fn flow_ends_within_its_grace_although_the_broker_hangs() {
    let mut kafka = Kafka::own();
    let lane = Lane::make(&kafka, "grace", 4);
    let mut flows = ["toy-source", "toy-copy"].map(|name| FlowProcess::ready(&lane, name, &[]));
    grows(&Reader::committed(&kafka), &lane.topic(&ekspiper_tests::toy::Copies::SPEC), 4, 20);
    kafka.pause();
    for flow in &mut flows {
        let (took, status) = flow.terminate(25);
        println!("ended after {took:.1?}: {status}");
    }
    kafka.resume();
    eventually(60, "they are gone", || {
        flows.iter_mut().all(|flow| !flow.is_running()).then_some(())
    });
}
