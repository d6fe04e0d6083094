//! Secrets in the addresses of servers.

use std::process::Command;

use ekspiper_tests::{Process, binary, eventually, get};

use crate::network::{Made, Network, WAIT_S_MAX};

/// User, password, a token in the path, a key in the query, and user and password as they travel.
const SECRETS: [&str; 5] = ["somebody", "hunter2", "token-42", "s3cret", "c29tZWJvZHk6aHVudGVyMg"];

/// Everything is logged that there is to log, by all crates that see the address.
#[test]
fn secrets_in_addresses_are_in_no_log_no_metric_and_no_answer() {
    let network = Network::new("secrets", 2);
    let server =
        network.serve(None, Made { seed: 1, first_ledger: 1, ledgers: 5, transactions: 1 });
    let secret = |address: &str| format!("ws://somebody:hunter2@{address}/token-42?key=s3cret");
    let mut command = Command::new(binary("ledger-source"));
    command
        .env(
            "RUST_LOG",
            "info,xrpl=trace,tungstenite=trace,tokio_tungstenite=trace,ledger_source=trace",
        )
        .args(network.lane.arguments())
        .args(["--admin-address", "127.0.0.1:0", "--start", "3"])
        .args(["--xrpl-url", &secret(&server.address().to_string())])
        .args(["--xrpl-url", &secret("127.0.0.1:1")]);
    let mut source = Process::start("ledger-source", command);
    let line = source.line(WAIT_S_MAX, "/readyz");
    let admin = line.split('"').find_map(|word| word.parse().ok()).expect("the address is said");
    network.records("ledger-events", 3);
    source.line(WAIT_S_MAX, "disconnected");
    network.runtime.block_on(server.stop()).unwrap();
    eventually(WAIT_S_MAX, "nobody is followed", || {
        get(admin, "/readyz")?.1.contains("waiting for servers").then_some(())
    });
    let (ready, metrics) = (get(admin, "/readyz").unwrap().1, get(admin, "/metrics").unwrap().1);
    source.terminate(WAIT_S_MAX);
    let said = source.said();
    assert!(said.contains("127.0.0.1:1/…"), "the address itself is said: {said}");
    for secret in SECRETS {
        for (what, text) in [("log", &said), ("readiness", &ready), ("metrics", &metrics)] {
            let line = text.lines().find(|line| line.contains(secret));
            assert_eq!(line, None, "{secret} in the {what}");
        }
    }
}

#[test]
fn an_address_that_is_refused_is_not_repeated() {
    let mut command = Command::new(binary("ledger-source"));
    command.args(["--kafka-brokers", "127.0.0.1:1"]);
    command.args(["--xrpl-url", "https://somebody:hunter2@host/token-42?key=s3cret"]);
    let mut source = Process::start("ledger-source", command);
    assert!(!source.ended(WAIT_S_MAX).success());
    let said = source.said();
    assert!(said.contains("reached by ws:// or wss://, not by https://"), "{said}");
    for secret in SECRETS {
        assert!(!said.contains(secret), "{secret} in: {said}");
    }
}
