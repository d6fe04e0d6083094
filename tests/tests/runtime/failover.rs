//! How long a partition stalls when its worker goes.

use std::time::{Duration, Instant};

use ekspiper_tests::toy::Copies;
use ekspiper_tests::{FlowProcess, Kafka, Lane, Reader, eventually, get};
use flow::Topic as _;
use nix::sys::signal::Signal;

use crate::expected_topics::ExpectedTopics;

/// The partitions that a flow works on, as it says itself.
fn partitions(flow: &FlowProcess) -> Vec<i32> {
    let (_, text) = get(flow.admin(), "/readyz").expect("it answers");
    let running = text.lines().filter_map(|line| line.strip_suffix(": running"));
    running.filter_map(|part| part.rsplit('/').next()?.parse().ok()).collect()
}

/// Waits until committed readers see something new in each of `partitions`.
fn all_advance(reader: &Reader, topic: &str, partitions: &[i32]) {
    let ends = || partitions.iter().map(|it| reader.ends(topic, *it).1).collect::<Vec<_>>();
    let before = ends();
    eventually(60, "something new in each partition", || {
        ends().iter().zip(&before).all(|(now, then)| now > then).then_some(())
    });
}

fn take_over(signal: Signal, turns: usize, network: &str) -> Vec<Duration> {
    let kafka = Kafka::shared();
    let lane = Lane::make(kafka, network, 4);
    let mut source = FlowProcess::ready(&lane, "toy-source", &["--rate-per-s", "400"]);
    let mut flows = ["toy-copy", "toy-copy"].map(|name| FlowProcess::ready(&lane, name, &[]));
    let (reader, topic) = (Reader::committed(kafka), lane.topic(&Copies::SPEC));
    let mut standstills = Vec::new();
    for turn in 0..turns {
        let held = eventually(60, "both have partitions and work", || {
            let held = [partitions(&flows[0]), partitions(&flows[1])];
            held.iter().all(|held| held.len() == 2).then_some(held)
        });
        all_advance(&reader, &topic, &[0, 1, 2, 3]);
        let victim = turn % 2;
        let asked = Instant::now();
        flows[victim].signal(signal);
        // What it writes until its end is no sign of another.
        flows[victim].ended(60);
        all_advance(&reader, &topic, &held[victim]);
        standstills.push(asked.elapsed());
        flows[victim] = FlowProcess::ready(&lane, "toy-copy", &[]);
    }
    source.kill();
    ExpectedTopics::as_read(&reader, &lane).copies_hold(kafka, &lane);
    standstills.sort();
    standstills
}

#[test]
fn partitions_of_a_killed_instance_stall_for_seconds() {
    let standstills = take_over(Signal::SIGKILL, 4, "takeover-kill");
    println!("standing still after SIGKILL: {standstills:.1?}");
    assert!(standstills.iter().all(|it| *it < Duration::from_secs(15)), "{standstills:?}");
}

#[test]
fn partitions_of_an_instance_that_leaves_hardly_stall() {
    let standstills = take_over(Signal::SIGTERM, 6, "takeover-term");
    println!("standing still after SIGTERM: {standstills:.2?}");
    assert!(standstills.iter().all(|it| *it < Duration::from_secs(8)), "{standstills:?}");
    assert!(standstills[standstills.len() / 2] < Duration::from_secs(3), "{standstills:?}");
}
