//! Faults by plan, by seed and by flag.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use serde_json::json;
use xrpl_sim::{ChainOptions, Conditions, Fault, Options, Schedule, Simulator};

use crate::client::HttpClient;

async fn planned(faults: Schedule) -> Simulator {
    let chain = ChainOptions::Generated {
        seed: 3,
        first_ledger: 1,
        transactions: 1,
        history: 1,
        data_dir: None,
    };
    let options = Options { listen: "127.0.0.1:0".parse().unwrap(), chain, interval: None };
    let conditions = Conditions { faults, ..Conditions::default() };
    Simulator::start_under(options, conditions).await.unwrap()
}

#[tokio::test]
async fn a_planned_fault_is_on_at_its_ledgers_and_at_no_others() {
    let planned = planned(Schedule {
        planned: vec!["silence@3-5".parse().unwrap(), "repeats@6".parse().unwrap()],
        seed: None,
    });
    let simulator = planned.await;
    let mut applied = Vec::new();
    for _ in 2..=8 {
        simulator.advance(1).unwrap();
        applied.push([Fault::Silence, Fault::Repeats].map(|fault| simulator.applied(fault)));
    }
    assert_eq!(applied, [[0, 0], [1, 0], [2, 0], [3, 0], [3, 1], [3, 1], [3, 1]]);
}

#[tokio::test]
async fn the_same_seed_gives_the_same_faults_to_servers_of_the_same_chain() {
    let mut counts = Vec::new();
    for seed in [5, 5, 6] {
        let simulator = planned(Schedule { planned: Vec::new(), seed: Some(seed) }).await;
        simulator.advance(400).unwrap();
        let applied = Fault::ALL.iter().map(|fault| (*fault, simulator.applied(*fault)));
        counts.push(applied.filter(|(_, n)| *n > 0).collect::<BTreeSet<_>>());
    }
    assert_eq!(counts[0], counts[1]);
    assert_ne!(counts[0], counts[2]);
    assert!(counts[0].len() > 2, "{counts:?}");
}

#[tokio::test]
async fn faults_are_given_on_the_command_line() {
    let mut program = Command::new(env!("CARGO_BIN_EXE_xrpl-sim"))
        .args(["--listen", "127.0.0.1:0", "--fault", "slow-down@1-", "--fault", "silence@1s-2s"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(program.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let address = line.split("ws://").nth(1).unwrap().split(' ').next().unwrap();
    let mut client = HttpClient::connect(address.parse().unwrap()).await;
    assert_eq!(client.result("ping", json!({})).await["error"], "slowDown");
    program.kill().unwrap();
    program.wait().unwrap();
}

#[test]
fn a_fault_that_there_is_not_is_told() {
    let cases = [("quiet", "no fault is named `quiet`"), ("silence@9-7", "`9-7` is no range")];
    for (fault, words) in cases {
        let program = Command::new(env!("CARGO_BIN_EXE_xrpl-sim"))
            .args(["--listen", "127.0.0.1:0", "--fault", fault])
            .output()
            .unwrap();
        let told = String::from_utf8(program.stderr).unwrap();
        assert!(!program.status.success() && told.contains(words), "{told}");
    }
}
