//! Kills flows, broker and connections for as long as one likes, and compares what comes out with what has to.

#![expect(clippy::unwrap_used, reason = "a test that fails panics")]

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser as _;
use ekspiper_tests::conservation::{FLOWS, Outcome, Plan, Run, percentile, watch_memory};
use serde::{Deserialize, Serialize};

/// Shows that no ledger is missing and none is there twice, whoever dies.
#[derive(clap::Parser, Debug)]
struct Args {
    /// What everything follows from; with the same file it goes on where it was
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many processes to kill in all
    #[arg(long, default_value_t = 300)]
    kills: u32,
    /// How many of them on one broker and chain
    #[arg(long, default_value_t = 50)]
    kills_per_round: u32,
    /// Where results are added
    #[arg(long, default_value = "target/conservation.jsonl")]
    results: PathBuf,
    /// Says what is done
    #[arg(long)]
    verbose: bool,
    /// Streams so many ledgers instead, disturbs nothing, and watches the memory of each flow
    #[arg(long)]
    memory: Option<u32>,
}

/// What is kept of a round.
#[derive(Serialize, Deserialize, Debug)]
struct Round {
    seed: u64,
    round: u64,
    kills: BTreeMap<String, u32>,
    disturbances: BTreeMap<String, u32>,
    points: BTreeMap<String, u32>,
    connections_cut: usize,
    faults: BTreeMap<String, u64>,
    ended_by_themselves: usize,
    ledgers: usize,
    transactions: usize,
    differences: Vec<String>,
    /// By how it ended.
    recoveries_ms: BTreeMap<String, Vec<u64>>,
    took_s: f64,
}

fn main() -> ExitCode {
    let args = Args::parse();
    let is_fine = match args.memory {
        Some(ledgers) => memory(&args, ledgers),
        None => kills(&args),
    };
    if is_fine { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn kills(args: &Args) -> bool {
    let mut rounds = read(&args.results, args.seed);
    let killed = |rounds: &[Round]| rounds.iter().map(Round::killed).sum::<u32>();
    while killed(&rounds) < args.kills {
        let number = rounds.len() as u64;
        let kills = args.kills_per_round.min(args.kills - killed(&rounds));
        // Rounds of different seeds have different chains and schedules.
        let seed = args.seed.wrapping_mul(1_000_003).wrapping_add(number);
        let mut run = Run::start(Plan { says: args.verbose, ..Plan::new(seed) });
        run.disturb(kills);
        let round = Round::of(args.seed, number, run.finish());
        round.print();
        append(&args.results, &round);
        let differs = !round.differences.is_empty();
        rounds.push(round);
        if differs {
            break;
        }
    }
    println!();
    println!("seed {}: {} rounds in {}", args.seed, rounds.len(), args.results.display());
    summarise(&rounds);
    rounds.iter().all(|round| round.differences.is_empty())
}

impl Round {
    fn of(seed: u64, round: u64, outcome: Outcome) -> Self {
        let named = |counts: BTreeMap<&'static str, u32>| {
            counts.into_iter().map(|(name, n)| (name.to_owned(), n)).collect()
        };
        let mut recoveries_ms = BTreeMap::<String, Vec<u64>>::new();
        for recovery in &outcome.recoveries {
            let ms = u64::try_from(recovery.took.as_millis()).unwrap();
            recoveries_ms.entry(recovery.kind.to_owned()).or_default().push(ms);
        }
        for crash in &outcome.crashes {
            println!("ended by itself: {crash}");
        }
        Self {
            seed,
            round,
            kills: named(outcome.kills),
            disturbances: named(outcome.disturbances),
            points: outcome.points.iter().map(|(it, n)| (it.name().to_owned(), *n)).collect(),
            connections_cut: outcome.cut,
            faults: outcome.faults.iter().map(|(name, n)| ((*name).to_owned(), *n)).collect(),
            ended_by_themselves: outcome.crashes.len(),
            ledgers: outcome.ledgers,
            transactions: outcome.transactions,
            differences: outcome.differences.iter().map(ToString::to_string).collect(),
            recoveries_ms,
            took_s: outcome.took.as_secs_f64(),
        }
    }

    fn killed(&self) -> u32 {
        self.kills.values().sum()
    }

    fn print(&self) {
        println!(
            "round {}: {} kills in {:.0} s, {} ledgers, {} transactions, {} differences",
            self.round,
            self.killed(),
            self.took_s,
            self.ledgers,
            self.transactions,
            self.differences.len()
        );
        for difference in self.differences.iter().take(20) {
            println!("  {difference}");
        }
    }
}

fn read(path: &Path, seed: u64) -> Vec<Round> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let rounds = text.lines().map(|line| serde_json::from_str::<Round>(line).unwrap());
    rounds.filter(|round| round.seed == seed).collect()
}

fn append(path: &Path, round: &Round) {
    let mut file = std::fs::File::options().create(true).append(true).open(path).unwrap();
    writeln!(file, "{}", serde_json::to_string(round).unwrap()).unwrap();
}

fn summarise(rounds: &[Round]) {
    let sum = |count: fn(&Round) -> usize| rounds.iter().map(count).sum::<usize>();
    let killed: u32 = rounds.iter().map(Round::killed).sum();
    let took_s: f64 = rounds.iter().map(|round| round.took_s).sum();
    println!(
        "{killed} kills in {took_s:.0} s ({:.1} s each), {} ledgers, {} transactions, {} differences",
        took_s / f64::from(killed.max(1)),
        sum(|round| round.ledgers),
        sum(|round| round.transactions),
        sum(|round| round.differences.len())
    );
    println!("kills: {}", added(rounds, |round| &round.kills));
    println!("kill points: {}", added(rounds, |round| &round.points));
    println!("disturbances: {}", added(rounds, |round| &round.disturbances));
    println!(
        "{} connections cut, {} processes ended by themselves",
        sum(|round| round.connections_cut),
        sum(|round| round.ended_by_themselves)
    );
    let mut all = Vec::new();
    let kinds: std::collections::BTreeSet<_> =
        rounds.iter().flat_map(|round| round.recoveries_ms.keys()).collect();
    println!("recovery, from the end to the next output of every partition in hand:");
    for kind in kinds {
        let of_kind = rounds.iter().filter_map(|round| round.recoveries_ms.get(kind)).flatten();
        let times: Vec<_> = of_kind.map(|ms| Duration::from_millis(*ms)).collect();
        all.extend(&times);
        print_times(kind, times);
    }
    print_times("all", all);
}

fn added(rounds: &[Round], counts: fn(&Round) -> &BTreeMap<String, u32>) -> String {
    let mut sums = BTreeMap::<&str, u32>::new();
    for (name, n) in rounds.iter().flat_map(counts) {
        *sums.entry(name).or_default() += n;
    }
    let parts: Vec<_> = sums.into_iter().map(|(name, n)| format!("{name} {n}")).collect();
    parts.join(", ")
}

fn print_times(kind: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    let at = |share| percentile(&times, share).unwrap_or_default().as_secs_f64();
    println!(
        "  {kind:12} n {:4}  p50 {:5.1} s  p90 {:5.1} s  p99 {:5.1} s  max {:5.1} s",
        times.len(),
        at(0.5),
        at(0.9),
        at(0.99),
        at(1.0)
    );
}

fn memory(args: &Args, ledgers: u32) -> bool {
    let memory = watch_memory(args.seed, ledgers, args.verbose);
    let mut is_fine = memory.outcome.differences.is_empty();
    println!(
        "{} ledgers in {:.0} s, {} differences; MiB resident, sample by sample:",
        memory.outcome.ledgers,
        memory.outcome.took.as_secs_f64(),
        memory.outcome.differences.len()
    );
    for (flow, _) in FLOWS {
        let samples: Vec<_> =
            memory.resident[flow].iter().map(|bytes| (bytes >> 20).to_string()).collect();
        let (middle, last, holds) = memory.thirds(flow);
        is_fine &= holds;
        println!("{flow:20} {}", samples.join(" "));
        println!(
            "{:20} middle third {:.1}, last third {:.1}: {}",
            "",
            middle as f64 / f64::from(1 << 20),
            last as f64 / f64::from(1 << 20),
            if holds { "flat" } else { "GROWS" }
        );
    }
    is_fine
}
