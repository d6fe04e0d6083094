//! `ekspiper up` runs everything, stops all of it, and goes on where it stopped.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ekspiper_tests::{Process, eventually, get};
use nix::sys::signal::Signal;
use tempfile::TempDir;

use crate::ekspiper::{pids_with, processes_with, up_alone};
use crate::figures::figures;

/// How long the first ledger may take on a machine that has much else to do.
const FIRST_S: u64 = 180;
/// How long a stop may take.
const STOP_S_MAX: u64 = 10;

/// The newest ledger, once records of this run have been acknowledged and all flows work.
fn newest_when_well(up: &Process, limit_s: u64) -> u64 {
    eventually(limit_s, "all flows are ready and records are acknowledged", || {
        let line = figures(&up.said()).pop()?;
        let (working, flows) = line.flows_ready.split_once(" of ")?;
        let well = flows.split(' ').next() == Some(working) && line.acknowledged > 0;
        line.ledger.filter(|_| well)
    })
}

/// Each `up` takes the first free port for its broker some seconds before the broker listens there: one at a time.
fn one_at_a_time() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

fn stop(up: &mut Process, data: &TempDir) {
    up.signal(Signal::SIGINT);
    let asked = std::time::Instant::now();
    let status = up.ended(2 * STOP_S_MAX);
    assert!(status.success(), "{status}");
    assert!(asked.elapsed() < Duration::from_secs(STOP_S_MAX), "{:?}", asked.elapsed());
    assert_eq!(processes_with(&data.path().to_string_lossy()), Vec::<String>::new());
}

#[test]
fn up_runs_everything_and_goes_on_where_it_stopped() {
    let _turn = one_at_a_time();
    let data = tempfile::tempdir().unwrap();
    let mut up = up_alone(data.path(), &[]);
    let first = newest_when_well(&up, FIRST_S);
    let metrics = up.line(1, "metrics at");
    let address = metrics.split("http://").nth(1).unwrap().split("/metrics").next().unwrap();
    let address = address.parse().unwrap();
    let (status, body) = get(address, "/readyz").unwrap();
    assert_eq!(status, 200, "{body}");
    assert!(get(address, "/metrics").unwrap().1.contains("ekspiper_acknowledged_total"));
    stop(&mut up, &data);

    let mut up = up_alone(data.path(), &[]);
    up.line(FIRST_S, "topics exist");
    let second = newest_when_well(&up, FIRST_S);
    assert!(second > first, "{second} after {first}");
    stop(&mut up, &data);
}

#[test]
fn up_ends_with_an_error_when_its_broker_exits() {
    let _turn = one_at_a_time();
    let data = tempfile::tempdir().unwrap();
    let mut up = up_alone(data.path(), &[]);
    up.line(FIRST_S, " flows ready");
    let folder = data.path().to_string_lossy().into_owned();
    let broker = pids_with(&[&folder, "kafka.Kafka", "-Xmx512m"]);
    for pid in broker {
        let kill = std::process::Command::new("kill").args(["-KILL", &pid.to_string()]).status();
        assert!(kill.unwrap().success());
    }
    assert!(!up.ended(60).success());
    let said = up.said();
    assert!(said.contains("Apache Kafka exited (signal: 9"), "{said}");
    assert_eq!(processes_with(&folder), Vec::<String>::new());
}

#[test]
fn nothing_outlives_up_when_it_is_killed() {
    let _turn = one_at_a_time();
    let data = tempfile::tempdir().unwrap();
    let mut up = up_alone(data.path(), &[]);
    up.line(FIRST_S, "flows started");
    let of_data = || processes_with(&data.path().to_string_lossy());
    assert!(!of_data().is_empty());
    up.kill();
    eventually(STOP_S_MAX, "the broker is gone", || of_data().is_empty().then_some(()));
}

#[test]
fn a_stop_while_it_starts_leaves_nothing() {
    let _turn = one_at_a_time();
    let data = tempfile::tempdir().unwrap();
    let mut up = up_alone(data.path(), &[]);
    eventually(FIRST_S, "a broker is being started", || {
        (processes_with(&data.path().to_string_lossy()).len() > 1).then_some(())
    });
    stop(&mut up, &data);
}
