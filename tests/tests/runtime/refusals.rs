//! What a flow says when it can't start.

use std::net::TcpListener;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

use ekspiper_tests::{FlowProcess, Kafka, Lane, Process, binary};
use flow::Topic as _;

fn refused(mut process: Process, code: i32, wanted: &str) {
    let status = process.ended(60);
    let said = process.said();
    assert!(said.contains(wanted), "`{wanted}` is not in:\n{said}");
    assert_eq!(status.code(), Some(code), "{said}");
    assert!(said.lines().filter(|line| line.contains("ERROR")).count() <= 1, "{said}");
}

fn toy_copy(arguments: &[&str]) -> Process {
    let mut command = Command::new(binary("toy"));
    command.arg0("toy-copy").args(arguments);
    Process::start("toy-copy", command)
}

#[test]
fn unreachable_broker_is_named() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let process = toy_copy(&["--kafka-brokers", &free, "--admin-address", "127.0.0.1:0"]);
    refused(process, 1, &format!("no Kafka broker answers at {free}: check `--kafka-brokers`"));
}

#[test]
fn missing_topic_is_named_with_the_way_to_make_it() {
    let servers = Kafka::shared().servers();
    let arguments =
        ["--kafka-brokers", &servers, "--network", "nowhere", "--admin-address", "127.0.0.1:0"];
    refused(toy_copy(&arguments), 1, "does not exist: create it with `ekspiper topics create`");
}

#[test]
fn missing_lock_of_a_source_is_named() {
    let kafka = Kafka::shared();
    let lane = Lane::make(kafka, "lockless", 1);
    let checkpoints = lane.topic(&flow::ingest::Checkpoints::SPEC);
    kafka.delete_topic(&checkpoints);
    kafka.wait_gone(&checkpoints);
    let mut source = FlowProcess::start(&lane, "toy-source", &[]);
    assert_eq!(source.ended(60).code(), Some(1));
    assert!(
        source.said().contains("the topic lockless.checkpoints does not exist"),
        "{}",
        source.said()
    );
}

#[test]
fn port_in_use_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let process = toy_copy(&["--kafka-brokers", "127.0.0.1:1", "--admin-address", &address]);
    refused(process, 1, &format!("can't serve metrics at {address}: is the port in use?"));
}

#[test]
fn bad_flags_are_named() {
    refused(toy_copy(&[]), 2, "--kafka-brokers <KAFKA_BROKERS>");
    refused(
        toy_copy(&["--kafka-brokers", "x:1", "--start", "soon"]),
        2,
        "expected `first`, `latest` or a sequence number",
    );
    refused(
        toy_copy(&["--kafka-brokers", "x:1", "--kafka-config", "group.id=mine"]),
        2,
        "`group.id` is set by the flow itself",
    );
    refused(
        toy_copy(&["--kafka-brokers", "x:1", "--lanes", "x"]),
        2,
        "unexpected argument '--lanes'",
    );
    refused(
        toy_copy(&[
            "--kafka-brokers",
            "127.0.0.1:1",
            "--kafka-config",
            "no.such=thing",
            "--admin-address",
            "127.0.0.1:0",
        ]),
        1,
        "No such configuration property: ",
    );
}
