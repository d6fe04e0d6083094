//! A pointer that is not for these servers, or not for this binary.

use ekspiper_tests::{Kafka, Lane, Reader};
use flow::ingest::{Checkpoints, Committer};
use flow::{Block, Pointer, SCHEMAS, Topic as _};
use schemas::{INGESTION_VERSION, LedgerEvents};

use crate::ledgers::{Ledgers, event, pointer, simulator};

fn events(ledgers: &Ledgers) -> usize {
    Reader::committed(ledgers.kafka).all(&ledgers.lane.topic(&LedgerEvents::SPEC)).len()
}

#[test]
fn a_pointer_far_beyond_every_server_is_of_another_network() {
    let ledgers = Ledgers::new("beyond", 30, None);
    let mut record = event(&ledgers.simulator, 30);
    record.ledger_index = 1_000_000;
    let pointer = Pointer { sequence: 1_000_000, hash: record.ledger_hash.to_vec() };
    let block = Block::<LedgerEvents> { parent: None, pointer, announced_ms: None, record };
    Committer::open(ledgers.ingestor()).unwrap().commit(vec![block]).unwrap();
    let source = ledgers.start(&[]);
    let why = source.wait_unready("halted: another network: the pointer is at ledger 1000000");
    assert!(why.contains("the newest ledger of any server is 30: check `--network`"), "{why}");
    assert_eq!(events(&ledgers), 1);
}

#[test]
fn a_pointer_on_another_chain_halts_as_forked() {
    let ledgers = Ledgers::new("other-chain", 30, None);
    ledgers.commit(INGESTION_VERSION, 1..=20);
    let other = simulator(2, 40, Some(200));
    let source = Ledgers::start_at(&ledgers.lane, &other, &[]);
    let why =
        source.wait_unready("halted: forked: every server contradicts the committed ledger 20");
    println!("{why}");
    assert_eq!(events(&ledgers), 20);
}

#[test]
fn a_pointer_of_a_newer_version_refuses_and_stays() {
    let ledgers = Ledgers::new("newer", 30, Some(200));
    ledgers.commit(INGESTION_VERSION + 1, 1..=20);
    let source = ledgers.start(&[]);
    source.wait_unready("the pointer of newer.ledger-source is of ingestion version 2, this binary of 1: use a newer binary, or another lane");
    assert_eq!(events(&ledgers), 20);
    let latest = ledgers.ingestor().latest().unwrap().unwrap();
    assert_eq!(latest.pointer(), pointer(&ledgers.simulator, 20));
}

#[test]
fn lane_whose_pointer_was_lost_does_not_start_over() {
    let ledgers = Ledgers::new("pointerless", 30, Some(200));
    ledgers.commit(INGESTION_VERSION, 1..=20);
    let kafka = Kafka::shared();
    let checkpoints = ledgers.lane.topic(&Checkpoints::SPEC);
    kafka.delete_topic(&checkpoints);
    kafka.wait_gone(&checkpoints);
    ledgers.lane.make_topics(kafka, &[Checkpoints::SPEC, SCHEMAS], 4);
    let lane: &Lane = &ledgers.lane;
    let source = Ledgers::start_at(lane, &ledgers.simulator, &["--start", "1"]);
    source.wait_unready("pointerless.ledger-source has no pointer, but pointerless.ledger-events has records up to 20");
    assert_eq!(events(&ledgers), 20);
}
