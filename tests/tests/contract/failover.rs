//! Instances of `ledger-source`: one is active, the others stand by, and one of them takes over.

use std::time::{Duration, Instant};

use ekspiper_tests::{FlowProcess, eventually};
use nix::sys::signal::Signal;

use crate::ledgers::{Ledgers, leads, stands_by};

/// How long the chain stood still, to within a tenth of a second.
fn stands_still(ledgers: &Ledgers, since: Instant) -> Duration {
    // What was committed before the end of the old leader is no sign of a new one.
    let reached = ledgers.reached().unwrap();
    eventually(60, "another leads", || {
        (ledgers.reached() > Some(reached + 3)).then(|| since.elapsed())
    })
}

fn grows(ledgers: &Ledgers, by: u32) {
    let reached = ledgers.reached().unwrap_or(0);
    ledgers.until(reached + by);
}

/// The one of several that leads.
#[track_caller]
fn leader(instances: &[FlowProcess]) -> usize {
    eventually(60, "one leads", || {
        let leading: Vec<_> = instances.iter().map(leads).collect();
        let one = leading.iter().filter(|leads| **leads).count() == 1;
        one.then(|| leading.iter().position(|leads| *leads).unwrap())
    })
}

#[test]
fn one_instance_is_active_and_a_standby_takes_over_when_it_is_killed_halted_or_stopped() {
    let ledgers = Ledgers::new("led", 20, Some(100));
    let start = || ledgers.start(&["--start", "5"]);
    let mut instances = vec![start()];
    instances[0].wait_ready();
    ledgers.until(25);
    instances.extend([start(), start()]);
    instances[1..].iter().for_each(stands_by);
    grows(&ledgers, 20);
    assert_eq!(leader(&instances), 0, "whoever joins does not move the lead");
    assert_eq!(instances[0].said().matches("\"active\"").count(), 1);

    instances[0].kill();
    let after_kill = stands_still(&ledgers, Instant::now());
    println!("no ledger after SIGKILL for {after_kill:.2?}");
    instances[0] = start();
    stands_by(&instances[0]);

    let led = leader(&instances);
    assert_ne!(led, 0);
    instances[led].signal(Signal::SIGSTOP);
    let since = Instant::now();
    let after_stop = stands_still(&ledgers, since);
    println!("no ledger after SIGSTOP for {after_stop:.2?}");
    let next = eventually(60, "another of the two that run leads", || {
        (0..3).find(|nth| *nth != led && leads(&instances[*nth]))
    });
    instances[led].signal(Signal::SIGCONT);
    stands_by(&instances[led]);
    grows(&ledgers, 20);
    assert_eq!(leader(&instances), next, "a zombie that comes back does not move the lead");

    let asked = Instant::now();
    instances[next].signal(Signal::SIGTERM);
    assert!(instances[next].ended(60).success());
    let after_term = stands_still(&ledgers, asked);
    println!("no ledger after SIGTERM for {after_term:.2?}");
    instances.remove(next);
    grows(&ledgers, 20);
    leader(&instances);
    for mut instance in instances {
        assert!(instance.terminate(20).1.success());
    }
    ledgers.hold_from(5);
    assert!(after_kill < Duration::from_secs(10), "{after_kill:?}");
    assert!(after_stop < Duration::from_secs(10), "{after_stop:?}");
    assert!(after_term < Duration::from_secs(2), "{after_term:?}");
}
