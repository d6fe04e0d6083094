//! The command as tests run it.

use std::path::Path;
use std::process::{Command, Output};

use ekspiper_tests::Process;
use serde_json::Value;

/// The binary, without settings from the environment of the test.
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

/// The output of a command that succeeds.
#[track_caller]
pub(crate) fn output_of(args: &[&str]) -> String {
    let output = run(args);
    assert!(output.status.success(), "{args:?}: {}", text(&output.stderr));
    text(&output.stdout)
}

/// The error of a command that fails.
#[track_caller]
pub(crate) fn refused(args: &[&str]) -> String {
    refusal(&run(args))
}

/// The error of a failed command.
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

/// The ids of Java processes that have all `parts` in their command line.
pub(crate) fn pids_with(parts: &[&str]) -> Vec<u32> {
    let processes = std::fs::read_dir("/proc").unwrap().flatten().filter_map(|entry| {
        let line = text(&std::fs::read(entry.path().join("cmdline")).ok()?);
        let is_java = line.split('\0').next().is_some_and(|program| program.ends_with("java"));
        let pid = entry.file_name().to_str()?.parse().ok()?;
        (is_java && parts.iter().all(|part| line.contains(part))).then_some(pid)
    });
    let pids: Vec<u32> = processes.collect();
    assert!(!pids.is_empty(), "no process with {parts:?}");
    pids
}
