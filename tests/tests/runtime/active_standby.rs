//! A source with one active instance and standbys.

use std::time::{Duration, Instant};

use ekspiper_tests::toy::Numbers;
use ekspiper_tests::{FlowProcess, Kafka, Lane, Reader, check_topic, eventually};
use flow::Topic as _;
use nix::sys::signal::Signal;

use crate::expected_topics::{ExpectedTopics, grows, written};

/// Waits until just one of the flows leads, and says which.
#[track_caller]
fn leader(flows: &[FlowProcess]) -> usize {
    eventually(60, "one leads", || {
        let leading: Vec<_> =
            flows.iter().map(|flow| flow.metric("ekspiper_active") > 0.0).collect();
        let one = leading.iter().filter(|leads| **leads).count() == 1;
        one.then(|| leading.iter().position(|leads| *leads).expect("one leads"))
    })
}

#[track_caller]
fn chain_holds(kafka: &Kafka, lane: &Lane) {
    let reader = Reader::committed(kafka);
    let expected_topics = ExpectedTopics::as_read(&reader, lane);
    let read = reader.all(&lane.topic(&Numbers::SPEC));
    assert!(expected_topics.numbers().len() > 100);
    assert_eq!(
        check_topic::<Numbers>(&read, lane.partitions(), expected_topics.numbers().to_vec()),
        []
    );
}

#[test]
fn one_source_is_active_and_a_standby_takes_over_when_it_is_killed_halted_or_stopped() {
    let kafka = Kafka::shared();
    let lane = Lane::make(kafka, "leaders", 4);
    let start = || FlowProcess::ready(&lane, "toy-source", &[]);
    let mut flows = vec![start()];
    assert_eq!(leader(&flows), 0);
    let (reader, topic) = (Reader::committed(kafka), lane.topic(&Numbers::SPEC));
    grows(&reader, &topic, 4, 50);
    flows.push(start());
    grows(&reader, &topic, 4, 50);
    assert_eq!(leader(&flows), 0, "whoever joins does not move the lead");
    assert_eq!(flows[0].said().matches("\"active\"").count(), 1);

    // What the old leader had under way is no sign of the new one.
    let taken_over = |by: &FlowProcess, since: Instant| {
        eventually(60, "another leads", || (by.metric("ekspiper_active") > 0.0).then_some(()));
        let before = written(&reader, &topic, 4);
        eventually(60, "it writes", || {
            (written(&reader, &topic, 4) > before).then_some(since.elapsed())
        })
    };
    flows[0].kill();
    let after_kill = taken_over(&flows[1], Instant::now());
    println!("no leader after SIGKILL for {after_kill:.1?}");
    assert!(after_kill < Duration::from_secs(10), "{after_kill:?}");

    flows[0] = start();
    assert_eq!(leader(&flows), 1);
    flows[1].signal(Signal::SIGSTOP);
    let after_stop = taken_over(&flows[0], Instant::now());
    println!("no leader after SIGSTOP for {after_stop:.1?}");
    assert!(after_stop < Duration::from_secs(10), "{after_stop:?}");
    flows[1].signal(Signal::SIGCONT);
    assert_eq!(leader(&flows), 0);
    eventually(60, "the zombie stands by", || {
        ekspiper_tests::get(flows[1].admin(), "/readyz")
            .filter(|(status, text)| *status == 200 && text.contains("standby"))
    });

    let asked = Instant::now();
    let (_, status) = flows[0].terminate(20);
    assert!(status.success());
    let after_term = taken_over(&flows[1], asked);
    println!("no leader after SIGTERM for {after_term:.1?}");
    assert!(after_term < Duration::from_secs(5), "{after_term:?}");
    flows[1].kill();
    chain_holds(kafka, &lane);
}

#[test]
fn block_that_does_not_follow_is_never_committed() {
    let kafka = Kafka::shared();
    let lane = Lane::make(kafka, "invalid", 4);
    let mut source =
        FlowProcess::start(&lane, "toy-source", &["--last", "200", "--invalid-at", "77"]);
    source.line(60, "invalid commit: Pointer(77");
    let reader = Reader::committed(kafka);
    eventually(60, "it has gone on from the pointer", || {
        (reader.all(&lane.topic(&Numbers::SPEC)).len() == 200).then_some(())
    });
    assert!(source.ended(60).success());
    chain_holds(kafka, &lane);
}

#[test]
fn pointer_of_a_newer_version_halts_with_what_to_do() {
    let kafka = Kafka::shared();
    let lane = Lane::make(kafka, "newer-version", 1);
    let mut source =
        FlowProcess::start(&lane, "toy-source", &["--last", "5", "--ingestion-version", "2"]);
    source.line(60, "finished");
    assert!(source.ended(60).success());
    let old = FlowProcess::start(&lane, "toy-source", &["--last", "10"]);
    old.wait_unready("the pointer of newer-version.toy-source is of ingestion version 2, this binary of 1: use a newer binary, or another lane");
    assert_eq!(Reader::committed(kafka).all(&lane.topic(&Numbers::SPEC)).len(), 5);
}
