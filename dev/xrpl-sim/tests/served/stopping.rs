//! How a simulator ends.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;
use xrpl_sim::Recording;

use crate::client::WsClient;
use crate::start_recorded;

#[tokio::test]
async fn clients_are_told_that_the_server_goes_away() {
    let simulator = start_recorded(Recording::Small, None).await;
    let mut client = WsClient::connect(&simulator.url()).await;
    client.ask(&json!({"command": "ping"})).await;
    let address = simulator.address();
    let (stopped, close) = tokio::join!(simulator.stop(), client.next());
    stopped.unwrap();
    let close = close.unwrap_err().unwrap();
    assert_eq!((u16::from(close.code), close.reason.as_str()), (1001, "Shutting Down"));
    tokio::net::TcpListener::bind(address).await.unwrap();
}

#[tokio::test]
async fn a_port_in_use_is_named() {
    let simulator = start_recorded(Recording::Small, None).await;
    let program = env!("CARGO_BIN_EXE_xrpl-sim");
    let output = Command::new(program)
        .args(["--listen", &simulator.address().to_string()])
        .output()
        .unwrap();
    assert!(!output.status.success());
    let words = String::from_utf8(output.stderr).unwrap();
    assert!(words.contains(&format!("cannot listen on {}", simulator.address())), "{words}");
}

#[test]
fn the_program_ends_with_zero_on_sigterm() {
    let mut program = Command::new(env!("CARGO_BIN_EXE_xrpl-sim"))
        .args(["--listen", "127.0.0.1:0", "--interval-ms", "50"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(program.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert!(line.starts_with("xrpl-sim listens on ws://127.0.0.1:"), "{line}");
    let told = Instant::now();
    let status = Command::new("kill").arg(program.id().to_string()).status().unwrap();
    assert!(status.success());
    assert_eq!(program.wait().unwrap().code(), Some(0));
    assert!(told.elapsed() < Duration::from_secs(2));
}

#[test]
fn a_wrong_argument_is_told_in_one_line() {
    let cases = [
        (["--chain", "recorded-small", "--play-from", "99"].as_slice(), "ledgers 2 to 25, not 99"),
        (&["--play-from", "3"], "--play-from is for a recorded chain"),
        (&["--ledgers-per-s", "0"], "--ledgers-per-s has to be above 0"),
        (&["--archive", "Cargo.toml"], "not an archive of a recorded chain"),
        (&["--data-dir", "/proc/nowhere"], "cannot be used"),
        (&["--chain", "recorded-small", "--seed", "1"], "--seed is for a generated chain"),
        (&["--chain", "recorded-large", "--history", "9"], "--history is for a generated chain"),
    ];
    for (arguments, words) in cases {
        let program = Command::new(env!("CARGO_BIN_EXE_xrpl-sim"))
            .args(["--listen", "127.0.0.1:0"])
            .args(arguments)
            .output()
            .unwrap();
        let told = String::from_utf8(program.stderr).unwrap();
        assert!(!program.status.success());
        assert!(told.contains(words) && told.lines().count() == 1, "{told}");
    }
}
