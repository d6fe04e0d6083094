//! The eight ways in which an instance of `ledger-source` can begin to run: a lane that is empty or not, written by the same
//! ingestion version or a lower one, and led by this instance or by another.

use ekspiper_tests::{FlowProcess, eventually};
use schemas::INGESTION_VERSION;

use crate::ledgers::{Ledgers, leads, stands_by};

/// How a lane is found, and by whom it is led.
struct Scenario {
    exists: bool,
    upgraded: bool,
    leads: bool,
    /// The pointer that it begins to lead from; none where the lane is empty and this instance begins it.
    from: Option<u32>,
}

/// Where an empty lane begins.
const FIRST: u32 = 5;
/// Where a lane stands that exists.
const STANDS: u32 = 10;

const fn scenario(exists: bool, upgraded: bool, leads: bool, from: Option<u32>) -> Scenario {
    Scenario { exists, upgraded, leads, from }
}

/// In the order of the specification. A follower finds what the leader before it has left, ledger 24 here. An ingestion
/// version that can't go on from a lower one is a lane of its own, so a binary that is newer goes on.
const SCENARIOS: [Scenario; 8] = [
    scenario(false, false, true, None),
    scenario(false, false, false, Some(24)),
    scenario(false, true, true, None),
    scenario(false, true, false, Some(24)),
    scenario(true, false, true, Some(STANDS)),
    scenario(true, false, false, Some(24)),
    scenario(true, true, true, Some(STANDS)),
    scenario(true, true, false, Some(24)),
];

fn leading_from(instance: &FlowProcess) -> Option<u32> {
    let line = instance.line(60, "\"active\"");
    let (_, pointer) = line.split_once("\"pointer\":\"")?;
    Some(pointer.split(' ').next()?.parse().unwrap())
}

fn run(nth: usize, scenario: &Scenario) {
    let ledgers = Ledgers::new(&format!("scenario-{nth}"), 20, None);
    let before = INGESTION_VERSION - i32::from(scenario.upgraded);
    if scenario.exists {
        ledgers.commit(before, 1..=STANDS);
    } else {
        assert_eq!(ledgers.reached(), None);
    }
    let first = if scenario.exists { 1 } else { FIRST };
    let start = || ledgers.start(&["--start", "5"]);
    let instance = if scenario.leads {
        start()
    } else {
        let mut leader = start();
        eventually(60, "the other leads", || leads(&leader).then_some(()));
        let follower = start();
        stands_by(&follower);
        leader.line(60, "\"following\"");
        ledgers.close_to(24);
        ledgers.until(24);
        assert_eq!(follower.metric("ekspiper_emitted_total"), 0.0, "a follower writes nothing");
        assert!(leads(&leader), "whoever joins does not move the lead");
        assert_eq!(leader.said().matches("\"active\"").count(), 1);
        assert!(leader.terminate(20).1.success());
        follower
    };
    assert_eq!(leading_from(&instance), scenario.from);
    eventually(60, "it leads", || leads(&instance).then_some(()));
    instance.line(60, "\"following\"");
    ledgers.close_to(30);
    ledgers.until(30);
    ledgers.hold_from(first);
    let latest = ledgers.ingestor().latest().unwrap().unwrap();
    assert_eq!(latest.version, INGESTION_VERSION, "the pointer is of this binary's version now");
}

#[test]
fn each_of_the_eight_run_scenarios_continues_where_it_should() {
    for (nth, scenario) in SCENARIOS.iter().enumerate() {
        println!(
            "scenario {}: {}, {}, {}",
            nth + 1,
            if scenario.exists { "exists" } else { "empty" },
            if scenario.upgraded { "upgraded" } else { "same version" },
            if scenario.leads { "leader" } else { "follower" }
        );
        run(nth + 1, scenario);
    }
}
