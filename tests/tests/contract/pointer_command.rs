//! `ekspiper pointer`, the operator's command.

use std::process::Command;

use ekspiper_tests::{Lane, binary, eventually};
use schemas::INGESTION_VERSION;

use crate::ledgers::{Ledgers, event, pointer, simulator};

/// What `ekspiper pointer` says on a lane, and whether it did what it was asked to.
fn ekspiper(lane: &Lane, arguments: &[&str]) -> (bool, String) {
    let mut command = Command::new(binary("ekspiper"));
    let output = command.arg("pointer").args(arguments).args(lane.arguments()).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(said).unwrap())
}

fn told(lane: &Lane, arguments: &[&str]) -> String {
    let (done, said) = ekspiper(lane, arguments);
    assert!(done, "{said}");
    said
}

#[test]
fn forked_source_continues_where_the_operator_sets_the_pointer_and_doubles_nothing() {
    let ledgers = Ledgers::new("put-right", 20, None);
    ledgers.commit(INGESTION_VERSION, 1..=20);
    let other = simulator(2, 40, Some(200));
    let mut halted = Ledgers::start_at(&ledgers.lane, &other, &[]);
    halted.wait_unready("halted: forked");

    let to = format!("17:{}", other.ledger_hash(17).unwrap());
    let why = "the validators went back to ledger 17";
    let set = ["set", &to, "--by", "ann", "--why", why];
    let rehearsal = told(&ledgers.lane, &[&set[..], &["--dry-run"]].concat());
    println!("{rehearsal}");
    assert!(rehearsal.contains("next:       ledger 21 is the first"), "{rehearsal}");
    assert!(rehearsal.contains("ledgers 18 to 20 are verified"), "{rehearsal}");
    assert!(rehearsal.contains("the active one of 1 instance"), "{rehearsal}");
    assert_eq!(ledgers.reached(), Some(20), "it was a rehearsal");
    let shown = told(&ledgers.lane, &["show"]);
    assert!(shown.contains("no resets"), "{shown}");

    println!("{}", told(&ledgers.lane, &set));
    assert_eq!(ledgers.reached(), Some(17));
    assert!(halted.terminate(20).1.success());
    let _source = Ledgers::start_at(&ledgers.lane, &other, &[]);
    let reached = ledgers.until(45);
    let shown = told(&ledgers.lane, &["show"]);
    println!("{shown}");
    for part in ["ann", why, "group members: 1 instance"] {
        assert!(shown.contains(part), "{shown}");
    }
    let read = eventually(60, "an end to compare with", || ledgers.reached());
    assert!(read >= reached);
    drop(_source);
    let read = ledgers.reached().unwrap();
    let expected = (1..=20).map(|index| event(&ledgers.simulator, index));
    let expected = expected.chain((21..=read).map(|index| event(&other, index)));
    ledgers.hold(expected.collect());
}

#[test]
fn active_instance_is_fenced_by_the_operator_and_recovers() {
    let ledgers = Ledgers::new("put-back", 20, Some(100));
    let source = ledgers.start(&["--start", "5"]);
    ledgers.until(30);
    let to = format!("25:{}", ledgers.simulator.ledger_hash(25).unwrap());
    let moved = told(&ledgers.lane, &["set", &to, "--by", "ann", "--why", "an exercise"]);
    assert!(moved.contains("repeated:   nothing"), "{moved}");
    source.line(60, "another instance has taken over");
    let newest = *ledgers.simulator.ledgers().end();
    ledgers.until(newest + 20);
    drop(source);
    ledgers.hold_from(5);
}

#[test]
fn what_would_leave_a_hole_or_lacks_a_reason_is_refused() {
    let ledgers = Ledgers::new("put-beyond", 40, None);
    ledgers.commit(INGESTION_VERSION, 1..=20);
    let to = |index| format!("{index}:{}", ledgers.simulator.ledger_hash(index).unwrap());
    let beyond = to(30);
    let set = ["set", beyond.as_str(), "--by", "ann", "--why", "hurry"];
    let (done, said) = ekspiper(&ledgers.lane, &set);
    assert!(!done && said.contains("21 to 30 would be skipped, a gap"), "{said}");
    let rehearsal = told(&ledgers.lane, &[&set[..], &["--dry-run"]].concat());
    assert!(rehearsal.contains("skipped:    ledgers 21 to 30\n"), "{rehearsal}");
    assert!(rehearsal.contains("refused:    21 to 30 would be skipped"), "{rehearsal}");
    for (arguments, words) in [
        (vec!["set", beyond.as_str(), "--by", "ann"], "--why <WHY>"),
        (vec!["set", beyond.as_str(), "--by", "ann", "--why", ""], "--why"),
        (vec!["set", "30", "--by", "ann", "--why", "x"], "expected `<sequence number>:<hash>`"),
    ] {
        let (done, said) = ekspiper(&ledgers.lane, &arguments);
        assert!(!done && said.contains(words), "{said}");
    }
    let latest = ledgers.ingestor().latest().unwrap().unwrap();
    assert_eq!(latest.pointer(), pointer(&ledgers.simulator, 20));
}
