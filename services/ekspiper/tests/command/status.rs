//! `ekspiper status`, `ekspiper describe` and `ekspiper acls`.

use ekspiper_tests::Kafka;

use crate::ekspiper::{output_of, refused};

#[test]
fn a_lane_without_topics_is_named() {
    let brokers = Kafka::shared().servers();
    let error = refused(&["status", "--kafka-brokers", &brokers, "--network", "nowhere"]);
    assert!(error.contains("nowhere.checkpoints does not exist"), "{error}");
}

#[test]
fn a_lane_without_a_commit_has_no_pointer() {
    let brokers = Kafka::shared().servers();
    output_of(&[
        "topics",
        "create",
        "--kafka-brokers",
        &brokers,
        "--network",
        "fresh",
        "--partitions",
        "2",
    ]);
    let text = output_of(&["status", "--kafka-brokers", &brokers, "--network", "fresh"]);
    assert!(text.starts_with("fresh: no pointer committed yet"), "{text}");
    assert!(text.contains("fluent-sink"), "{text}");
}

#[test]
fn every_flow_is_described() {
    let text = output_of(&["describe", "--network", "net"]);
    assert_eq!(text.lines().count(), 9, "{text}");
    let acls = output_of(&["acls", "--network", "net"]);
    assert!(acls.contains("--transactional-id net.ledger-source --resource-pattern-type literal"));
}
