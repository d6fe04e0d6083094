//! Runs without any disturbance.

use std::time::Duration;

use ekspiper_tests::toy::Sums;
use ekspiper_tests::{FlowProcess, Kafka, Lane, eventually};

use crate::expected_topics::{ExpectedTopics, holds};

#[test]
fn all_flows_together_write_each_record_once_and_in_order() {
    let kafka = Kafka::shared();
    let lane = Lane::make(kafka, "steady", 4);
    let flows = [
        FlowProcess::start(&lane, "toy-source", &["--last", "600", "--rate-per-s", "300"]),
        FlowProcess::start(&lane, "toy-copy", &[]),
        FlowProcess::start(&lane, "toy-fetch", &[]),
        FlowProcess::start(&lane, "toy-sums", &[]),
    ];
    let expected_topics = ExpectedTopics::up_to(600);
    expected_topics.answers_hold(kafka, &lane);
    holds::<Sums>(kafka, &lane, &expected_topics.sums());
    for flow in &flows[1..] {
        flow.wait_ready();
        let announced = flow.metric("ekspiper_latency_seconds_count");
        assert!(announced > 0.0);
        let mean_ms = flow.metric("ekspiper_latency_seconds_sum") / announced * 1000.0;
        println!("{mean_ms:.0} ms on average from the announcement to a commit");
        assert_eq!(flow.metric("ekspiper_restarts_total"), 0.0);
    }
}

#[test]
fn idle_flow_takes_little() {
    let kafka = Kafka::shared();
    let lane = Lane::make(kafka, "idle", 8);
    let copy = FlowProcess::ready(&lane, "toy-copy", &[]);
    const WINDOW_S: f64 = 5.0;
    let before = copy.cpu_s();
    std::thread::sleep(Duration::from_secs_f64(WINDOW_S));
    let (cpu, memory) = ((copy.cpu_s() - before) / WINDOW_S, copy.peak_bytes());
    println!("{:.1} % of a core and {} MB for 8 partitions", cpu * 100.0, memory >> 20);
    assert!(cpu < 0.2, "{cpu}");
    assert!(memory < 100 << 20, "{memory}");
}

#[test]
fn announcement_reaches_the_third_flow_at_once() {
    let kafka = Kafka::shared();
    let lane = Lane::make(kafka, "latency", 4);
    let flows = ["toy-copy", "toy-fetch", "toy-source"].map(|name| {
        let arguments: &[&str] = match name {
            "toy-fetch" => &["--latency-ms-max", "0", "--transient-every", "0"],
            "toy-source" => &["--rate-per-s", "10"],
            _ => &[],
        };
        FlowProcess::ready(&lane, name, arguments)
    });
    let seen = |n: usize| {
        let [sum, count] =
            ["sum", "count"].map(|it| flows[n].metric(&format!("ekspiper_latency_seconds_{it}")));
        (sum, count)
    };
    let latency = |n: usize| {
        // The first ones open transactions and connections.
        eventually(60, "a few have come", || (seen(n).1 >= 20.0).then_some(()));
        let before = seen(n);
        eventually(60, "more have come", || (seen(n).1 >= before.1 + 50.0).then_some(()));
        let after = seen(n);
        (after.0 - before.0) / (after.1 - before.1) * 1000.0
    };
    let [copied, answered] = [0, 1].map(latency);
    println!("announced, copied after {copied:.0} ms, answered after {answered:.0} ms, on average");
    assert!(answered < 1000.0, "{answered}");
}
