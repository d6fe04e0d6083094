//! `ekspiper topics` makes, lists and checks the topics of a lane.

use ekspiper_tests::Kafka;

use crate::ekspiper::{refused, told};

#[test]
fn topics_are_made_once_and_checked() {
    let brokers = Kafka::shared().servers();
    let of = |command: &'static str| {
        vec!["topics", command, "--kafka-brokers", &brokers, "--network", "made"]
    };
    let with = |command, more: &[&'static str]| [of(command).as_slice(), more].concat();

    let missing = refused(&of("check"));
    assert!(missing.contains("made.ledgers does not exist"), "{missing}");

    let made = told(&with("create", &["--partitions", "3"]));
    assert!(made.contains("made: made.ledgers, 3 partitions"), "{made}");
    assert!(made.contains("made: made.checkpoints, 1 partition\n"), "{made}");
    assert!(made.contains("has 1 copy"), "{made}");
    let again = told(&with("create", &["--partitions", "3"]));
    assert!(again.contains("is there: made.ledgers, 3 partitions"), "{again}");
    assert!(!again.contains("made: "), "{again}");

    let checked = told(&with("check", &["--partitions", "3"]));
    assert!(checked.contains("all 12 topics of made are as they should be"), "{checked}");
    let other = refused(&with("check", &["--partitions", "4"]));
    assert!(other.contains("made.ledgers has 3 partitions, not 4"), "{other}");
    let other = refused(&with("create", &["--partitions", "4"]));
    assert!(other.contains("has 3 partitions, not 4"), "{other}");

    let listed = told(&of("list"));
    let line =
        |topic: &str| listed.lines().find(|line| line.starts_with(topic)).unwrap_or_default();
    assert!(line("made.ledgers ").contains("168 h"), "{listed}");
    assert!(line("made.checkpoints").contains("latest of each key"), "{listed}");
}

#[test]
fn more_copies_than_brokers_are_refused() {
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
    assert!(error.contains("1 broker, which can't hold 3 copies"), "{error}");
}
