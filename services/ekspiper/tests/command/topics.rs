//! `ekspiper topics` creates, lists and checks the topics of a lane.

use ekspiper_tests::Kafka;

use crate::ekspiper::{output_of, refused};

#[test]
fn topics_are_created_once_and_checked() {
    let brokers = Kafka::shared().servers();
    let of = |command: &'static str| {
        vec!["topics", command, "--kafka-brokers", &brokers, "--network", "made"]
    };
    let with = |command, more: &[&'static str]| [of(command).as_slice(), more].concat();

    let missing = refused(&of("check"));
    assert!(missing.contains("made.ledgers does not exist"), "{missing}");

    let made = output_of(&with("create", &["--partitions", "3"]));
    assert!(made.contains("created: made.ledgers, 3 partitions"), "{made}");
    assert!(made.contains("created: made.checkpoints, 1 partition\n"), "{made}");
    assert!(made.contains("replication factor 1"), "{made}");
    let again = output_of(&with("create", &["--partitions", "3"]));
    assert!(again.contains("exists: made.ledgers, 3 partitions"), "{again}");
    assert!(!again.contains("created: "), "{again}");

    let checked = output_of(&with("check", &["--partitions", "3"]));
    assert!(checked.contains("all 12 topics of made are configured correctly"), "{checked}");
    let other = refused(&with("check", &["--partitions", "4"]));
    assert!(other.contains("made.ledgers has 3 partitions, not 4"), "{other}");
    let other = refused(&with("create", &["--partitions", "4"]));
    assert!(other.contains("has 3 partitions, not 4"), "{other}");

    let listed = output_of(&of("list"));
    let line =
        |topic: &str| listed.lines().find(|line| line.starts_with(topic)).unwrap_or_default();
    assert!(line("made.ledgers ").contains("168 h"), "{listed}");
    assert!(line("made.checkpoints").contains("latest per key"), "{listed}");
}

#[test]
fn a_replication_factor_above_the_brokers_is_refused() {
    let brokers = Kafka::shared().servers();
    let error = refused(&[
        "topics",
        "create",
        "--kafka-brokers",
        &brokers,
        "--network",
        "copies",
        "--replication",
        "3",
    ]);
    assert!(error.contains("needs 3 brokers, the cluster has 1 broker"), "{error}");
}
