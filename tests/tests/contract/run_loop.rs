//! The run loop: retries, giving up, and the order of commits.

use std::time::{Duration, Instant};

use ekspiper_tests::toy::{Number, Numbers};
use ekspiper_tests::{FlowProcess, Kafka, Lane, Reader, check_topic, eventually};
use flow::Topic as _;

use crate::committer::{ingestor, pointer};

/// The last block of most chains here.
const LAST: u64 = 0xff;

#[track_caller]
fn chain_holds(kafka: &Kafka, lane: &Lane, last: u64) {
    let read = Reader::committed(kafka).all(&lane.topic(&Numbers::SPEC));
    let expected = (1..=last).map(|index| Number::of(index, 100));
    assert_eq!(check_topic::<Numbers>(&read, lane.partitions(), expected), []);
    assert_eq!(ingestor(lane, "toy-source").latest().unwrap().unwrap().pointer(), pointer(last));
}

fn source(network: &str, arguments: &[&str]) -> (&'static Kafka, Lane, FlowProcess) {
    let kafka = Kafka::shared();
    let lane = Lane::make(kafka, network, 4);
    let source = FlowProcess::start(&lane, "toy-source", arguments);
    (kafka, lane, source)
}

fn times(source: &FlowProcess, text: &str) -> usize {
    source.said().matches(text).count()
}

// Test 5.
#[test]
fn a_runner_that_is_asked_to_end_does_so_at_once() {
    let (_, _, mut source) = source("cancelled", &[]);
    source.line(60, "\"active\"");
    let (took, status) = source.terminate(20);
    assert!(status.success());
    assert!(took < Duration::from_secs(10), "{took:?}");
}

// Test 6.
#[test]
fn attempts_end_again_and_again_and_the_runner_does_not() {
    let (kafka, lane, mut source) =
        source("attempts", &["--fail-every", "20", "--failures", "8", "--rate-per-s", "1000"]);
    eventually(60, "eight attempts have failed", || {
        (times(&source, "restarting from the last commit") == 8).then_some(())
    });
    assert_eq!(times(&source, "leaving the group"), 0, "each of them has committed something");
    eventually(60, "the ninth goes on", || {
        let latest = ingestor(&lane, "toy-source").latest().unwrap();
        latest.filter(|latest| latest.sequence > 8 * 20 + 50)
    });
    assert!(source.terminate(20).1.success());
    let last = ingestor(&lane, "toy-source").latest().unwrap().unwrap().pointer().sequence;
    chain_holds(kafka, &lane, last);
}

// Test 7.
#[test]
fn of_two_runners_one_commits_all() {
    let kafka = Kafka::shared();
    let lane = Lane::make(kafka, "single", 4);
    let last = LAST.to_string();
    let mut runners = [(); 2].map(|()| {
        FlowProcess::start(&lane, "toy-source", &["--last", &last, "--rate-per-s", "100"])
    });
    for runner in &mut runners {
        assert!(runner.ended(60).success());
    }
    chain_holds(kafka, &lane, LAST);
    let led = |runner: &FlowProcess| runner.find("\"active\"").expect("it has led");
    let at_the_end = format!("\"pointer\":\"{LAST} ");
    let idle: Vec<_> = runners.iter().map(|runner| led(runner).contains(&at_the_end)).collect();
    assert_eq!(idle.iter().filter(|idle| **idle).count(), 1, "{idle:?}");
}

// Test 8.
#[test]
fn a_failure_of_the_source_is_retried_from_the_pointer() {
    let last = LAST.to_string();
    let (kafka, lane, mut source) =
        source("failed-once", &["--last", &last, "--fail-every", "100", "--failures", "1"]);
    assert!(source.ended(60).success());
    assert_eq!(times(&source, "failed as it was told to"), 1);
    chain_holds(kafka, &lane, LAST);
}

// Test 9.
#[test]
fn invalid_commit_makes_the_runner_reopen_from_the_pointer() {
    let last = LAST.to_string();
    let (kafka, lane, mut source) =
        source("invalid-once", &["--last", &last, "--invalid-at", "77"]);
    assert!(source.ended(60).success());
    assert_eq!(times(&source, "invalid commit: Pointer(77"), 1);
    assert_eq!(times(&source, "\"active\""), 2, "the fence was opened a second time");
    chain_holds(kafka, &lane, LAST);
}

// The queue of futures.
#[test]
fn blocks_are_processed_concurrently_and_committed_in_order() {
    let last = LAST.to_string();
    let (kafka, lane, mut source) = source(
        "beside",
        &["--last", &last, "--parallel", "16", "--work-ms", "80", "--rate-per-s", "100000"],
    );
    source.line(60, "\"active\"");
    let begun = Instant::now();
    assert!(source.ended(60).success());
    let one_by_one = Duration::from_millis(40) * u32::try_from(LAST).unwrap();
    assert!(begun.elapsed() < one_by_one, "{:?}", begun.elapsed());
    chain_holds(kafka, &lane, LAST);
}

// Where the original gives up the lock after five attempts, since the trouble may be near to the one that holds it.
#[test]
fn source_that_keeps_failing_yields_to_a_standby() {
    let kafka = Kafka::shared();
    let lane = Lane::make(kafka, "passed-on", 4);
    let ill = FlowProcess::start(&lane, "toy-source", &["--fail-every", "0"]);
    ill.line(60, "\"active\"");
    let well = FlowProcess::ready(&lane, "toy-source", &[]);
    ill.line(60, "leaving the group, so that another instance tries");
    well.line(60, "\"active\"");
    eventually(60, "the other leads, and the first stands by", || {
        let led = |flow: &FlowProcess| flow.metric("ekspiper_active") > 0.0;
        (led(&well) && !led(&ill)).then_some(())
    });
    let latest = || ingestor(&lane, "toy-source").latest().unwrap();
    eventually(60, "the chain grows", || latest().filter(|latest| latest.sequence > 300));
    assert_eq!(times(&well, "\"active\""), 1, "whoever comes back does not take the lead");
}
