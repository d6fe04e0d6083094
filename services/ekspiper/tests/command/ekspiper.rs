//! The command as a test runs it.

use std::path::Path;
use std::process::{Command, Output};

use ekspiper_tests::Process;
use serde_json::Value;

/// The binary, without whatever the environment of the test would tell it.
pub(crate) fn ekspiper(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ekspiper"));
    for name in [
        "NETWORK",
        "LANE",
        "FROM_LANE",
        "KAFKA_BROKERS",
        "KAFKA_CONFIG",
        "XRPL_URL",
        "FLUENT_ADDRESS",
    ] {
        command.env_remove(name);
    }
    command.args(args);
    command
}

/// Runs it to its end.
pub(crate) fn run(args: &[&str]) -> Output {
    ekspiper(args).output().unwrap()
}

/// What it said when it did what it was asked to.
#[track_caller]
pub(crate) fn told(args: &[&str]) -> String {
    let output = run(args);
    assert!(output.status.success(), "{args:?}: {}", text(&output.stderr));
    text(&output.stdout)
}

/// The one sentence that it said when it refused.
#[track_caller]
pub(crate) fn refused(args: &[&str]) -> String {
    refusal(&run(args))
}

/// The one sentence of a refusal.
#[track_caller]
pub(crate) fn refusal(output: &Output) -> String {
    let error = text(&output.stderr);
    assert!(!output.status.success(), "it was not refused: {}", text(&output.stdout));
    assert!(!error.contains("panicked"), "{error}");
    error
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// `ekspiper status --json` of a lane, if it has one.
pub(crate) fn status(brokers: &str, network: &str, lane: &str) -> Option<Value> {
    let args =
        ["status", "--json", "--kafka-brokers", brokers, "--network", network, "--lane", lane];
    let output = run(&args);
    output.status.success().then(|| serde_json::from_slice(&output.stdout).unwrap())
}

/// `ekspiper up`, with a broker of its own and everything it keeps in `data`.
pub(crate) fn up_alone(data: &Path, more: &[&str]) -> Process {
    let cache = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.cache");
    let mut command = ekspiper(&[
        "up",
        "--partitions",
        "2",
        "--sim-interval-ms",
        "250",
        "--sim-transactions",
        "8",
    ]);
    command.arg("--data-dir").arg(data).arg("--cache-dir").arg(cache).args(more);
    Process::start("ekspiper", command)
}

/// Processes that have `part` in their command line.
pub(crate) fn processes_with(part: &str) -> Vec<String> {
    let command_lines = std::fs::read_dir("/proc").unwrap().flatten().filter_map(|entry| {
        let bytes = std::fs::read(entry.path().join("cmdline")).ok()?;
        Some(text(&bytes).replace('\0', " "))
    });
    command_lines.filter(|line| line.contains(part)).collect()
}
