//! The ledger at which `ledger-source` starts.

use ekspiper_tests::eventually;
use schemas::INGESTION_VERSION;

use crate::ledgers::{Ledgers, event, leads, simulator};

// Test 10.
#[test]
fn a_source_asks_for_what_comes_after_the_pointer_and_waits_where_there_is_nothing() {
    let ledgers = Ledgers::new("after-pointer", 12, None);
    ledgers.commit(INGESTION_VERSION, 1..=12);
    let mut source = ledgers.start(&["--start", "3"]);
    source.line(60, "\"following\"");
    eventually(60, "it leads", || leads(&source).then_some(()));
    assert_eq!(ledgers.reached(), Some(12));
    ledgers.close_to(13);
    ledgers.until(13);
    assert_eq!(source.metric("ekspiper_emitted_total"), 1.0);
    ledgers.hold_from(1);
    assert!(source.terminate(20).1.success());
    assert_eq!(ledgers.reached(), Some(13));
}

// Test 11.
#[test]
fn ledgers_come_in_order_each_linked_to_the_one_before_and_once() {
    let ledgers = Ledgers::new("round-trip", 3, None);
    let source = ledgers.start(&["--start", "1"]);
    source.line(60, "\"following\"");
    ledgers.close_to(4);
    ledgers.until(4);
    ledgers.hold_from(1);
    assert_eq!(ledgers.reached(), Some(4));
}

#[test]
fn a_lane_begins_at_the_tip_at_an_index_or_at_a_trusted_hash() {
    for (name, first) in [("latest", 300), ("index", 17), ("hash", 250), ("hash", 300)] {
        let ledgers = Ledgers::new(&format!("begins-{name}-{first}"), 300, None);
        let hash = ledgers.simulator.ledger_hash(first).unwrap().to_string();
        let start = match name {
            "hash" => hash,
            "index" => first.to_string(),
            other => other.to_owned(),
        };
        let source = ledgers.start(&["--start", &start]);
        source.line(60, "\"following\"");
        // What was the tip when it began to follow is known to it; the next one comes after.
        let begun = eventually(60, "it has begun, or waits for a ledger", || {
            ledgers.reached().is_some().then_some(true).or_else(|| {
                ledgers.simulator.advance(1).unwrap();
                None
            })
        });
        assert!(begun);
        ledgers.until(*ledgers.simulator.ledgers().end());
        match name {
            // Which ledger is the first depends on when it began to follow.
            "latest" => assert!(ledgers.reached() >= Some(300)),
            _ => ledgers.hold_from(first),
        }
    }
}

#[test]
fn a_trusted_hash_that_no_server_has_begins_nothing() {
    let ledgers = Ledgers::new("untrusted", 30, None);
    let hash = event(&simulator(2, 30, None), 20).ledger_hash;
    let hash: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    let source = ledgers.start(&["--start", &hash]);
    source.line(60, "\"following\"");
    ledgers.close_to(31);
    let why = source.wait_unready("looking for the trusted ledger");
    println!("{why}");
    assert_eq!(ledgers.reached(), None);
}
