//! Measures what partitions cost: threads, connections, memory and idle CPU of one flow at several numbers of partitions.
//!
//! `cargo run --release -p ekspiper-tests --bin partition-cost -- 8 64 256`

#![expect(clippy::unwrap_used, reason = "a measurement stops at the first surprise")]

use std::fs;
use std::time::{Duration, Instant};

use clap::Parser;
use ekspiper_tests::{FlowProcess, Kafka, Lane, Writer, cpu_s, eventually};

/// For how long an idle flow is watched.
const IDLE: Duration = Duration::from_secs(15);

/// Numbers of partitions to measure.
#[derive(Parser)]
struct Args {
    #[arg(default_values_t = [8, 64, 256])]
    partitions: Vec<u32>,
}

fn main() {
    println!(
        "| P | ready in | threads | connections | resident, idle | CPU, idle | resident, at most |"
    );
    println!("|---|---|---|---|---|---|---|");
    for partitions in Args::parse().partitions {
        measure(partitions);
    }
}

/// Starts a flow with one input and one output, and prints a row of what it takes.
fn measure(partitions: u32) {
    let kafka = Kafka::own();
    let lane = Lane::make(&kafka, "cost", partitions);
    let mut writer = Writer::new(&kafka, &lane);
    // Each partition has had its first commit when it is measured.
    writer.numbers(1..=u64::from(partitions) * 4, 200);
    let started = Instant::now();
    let flow = FlowProcess::start(&lane, "toy-copy", &[]);
    eventually(600, "every number is read", || {
        (flow.metric("ekspiper_received_total") >= f64::from(partitions) * 4.0).then_some(())
    });
    let ready = started.elapsed();
    std::thread::sleep(IDLE);
    let (before, since) = (cpu_s(flow.pid()), Instant::now());
    std::thread::sleep(IDLE);
    let cpu = (cpu_s(flow.pid()) - before) / since.elapsed().as_secs_f64();
    println!(
        "| {partitions} | {:.1} s | {} | {} | {} MB | {:.2} of a core | {} MB |",
        ready.as_secs_f64(),
        entries(flow.pid(), "task").len(),
        entries(flow.pid(), "fd").iter().filter(|it| it.contains("socket:")).count(),
        flow.resident_bytes() / 1_000_000,
        cpu,
        flow.peak_bytes() / 1_000_000,
    );
}

/// What a folder of `/proc/<pid>` holds, links resolved.
fn entries(pid: u32, folder: &str) -> Vec<String> {
    let entries = fs::read_dir(format!("/proc/{pid}/{folder}")).unwrap().flatten();
    let target = |path: std::path::PathBuf| fs::read_link(&path).unwrap_or(path);
    entries.map(|entry| target(entry.path()).display().to_string()).collect()
}
