//! Nothing is missing and nothing is there twice, whoever dies; and if it were, it would be noticed.

use std::sync::{Mutex, MutexGuard, PoisonError};

use ekspiper_tests::conservation::{Defect, Difference, Outcome, Plan, Run, undisturbed};
use ekspiper_tests::{FlowProcess, Kafka, Lane, TopicFault};
use flow::host::{DIE_AT, KillPoint};

/// One run at a time: sixteen processes beside a broker are enough.
fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

const KILLS: u32 = 40;

#[test]
fn forty_kills_and_what_else_goes_wrong_change_nothing() {
    let _turn = turn();
    let mut run = Run::start(Plan { all_points: true, says: true, ..Plan::new(20_260_701) });
    run.disturb(KILLS);
    let outcome = run.finish();
    print(&outcome);
    assert_eq!(outcome.differences, []);
    assert!(outcome.killed_so_far() >= KILLS);
    let reached: Vec<_> = outcome.points.keys().copied().collect();
    assert_eq!(reached, KillPoint::ALL, "a process died at every kill point");
}

#[test]
fn sequential_run_holds_what_the_reference_says() {
    let _turn = turn();
    let outcome = undisturbed(7, 40);
    print(&outcome);
    assert_eq!(outcome.differences, []);
    assert!(outcome.ledgers >= 40);
}

#[test]
fn offsets_committed_before_their_outputs_are_caught_as_missing() {
    let found = found(Defect::OffsetsFirst);
    assert!(found.iter().any(|fault| matches!(fault, TopicFault::Missing(_))), "{found:?}");
}

#[test]
fn batch_written_twice_is_caught_as_doubled() {
    let found = found(Defect::OutputsFirst);
    assert!(found.iter().any(|fault| matches!(fault, TopicFault::Doubled(_))), "{found:?}");
}

#[test]
fn dropped_gap_is_caught_as_missing_and_by_who_names_it() {
    let found = found(Defect::Gap);
    assert!(found.iter().any(|fault| matches!(fault, TopicFault::Missing(_))), "{found:?}");
    assert!(found.iter().any(|fault| matches!(fault, TopicFault::OtherPrevious(_))), "{found:?}");
}

#[test]
fn unfenced_zombie_is_caught_as_doubled_and_out_of_order() {
    let found = found(Defect::Unfenced);
    assert!(found.iter().any(|fault| matches!(fault, TopicFault::Doubled(_))), "{found:?}");
    assert!(found.iter().any(|fault| matches!(fault, TopicFault::OutOfOrder(_))), "{found:?}");
}

#[test]
fn chunk_acknowledged_before_it_is_durable_is_caught_as_missing() {
    let _turn = turn();
    let outcome = Defect::ForgetfulReceiver.run();
    let is_it =
        |it: &Difference| it.place == "the receiver" && matches!(&it.fault, TopicFault::Missing(_));
    let (of_it, others): (Vec<_>, Vec<_>) = outcome.differences.into_iter().partition(is_it);
    assert!(!of_it.is_empty());
    assert_eq!(others, []);
}

#[test]
fn kill_point_that_does_not_exist_is_refused() {
    let lane = Lane::of(&Kafka::given("127.0.0.1:1"), "nowhere", "live", 1);
    let nowhere = [(DIE_AT, "after-everything")];
    let mut copy = FlowProcess::start_with(&lane, "toy-copy", &[], &nowhere);
    assert_eq!(copy.ended(60).code(), Some(1));
    let said = copy.said();
    assert!(said.contains("which is for tests only, is no kill point"), "{said}");
}

/// What the comparison finds in the topic of the defective flow. It finds nothing anywhere else.
fn found(defect: Defect) -> Vec<TopicFault> {
    let _turn = turn();
    let outcome = defect.run();
    print(&outcome);
    let (of_it, others): (Vec<_>, Vec<_>) =
        outcome.differences.into_iter().partition(|it| it.place == "ledger-records");
    assert_eq!(others, []);
    of_it.into_iter().map(|difference| difference.fault).collect()
}

fn print(outcome: &Outcome) {
    println!(
        "{} kills {:?}, {:?}, {} cut, {} ledgers, {} transactions, {:.1?}",
        outcome.killed_so_far(),
        outcome.kills,
        outcome.disturbances,
        outcome.cut,
        outcome.ledgers,
        outcome.transactions,
        outcome.took
    );
    for crash in &outcome.crashes {
        println!("ended by itself: {crash}");
    }
}
