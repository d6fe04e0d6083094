//! How fast `toy-copy` is beside a raw copy of the same records: `bench-copy --help`.

use std::time::{Duration, Instant};

use clap::Parser as _;
use ekspiper_tests::toy::{Number, Numbers};
use ekspiper_tests::{FlowProcess, Kafka, Lane, RawCopy, Writer, cpu_s, eventually};
use flow::{Cleanup, Extent, Topic as _, TopicSpec};

/// Compares `toy-copy` with a raw copy by librdkafka: the same records, as many in a transaction, a thread a partition.
#[derive(clap::Parser)]
struct Bench {
    /// How many numbers to copy
    #[arg(long, default_value_t = 400_000)]
    records: u32,
    /// The size of each
    #[arg(long, default_value_t = 500)]
    body_bytes: usize,
    /// In so many partitions
    #[arg(long, default_value_t = 4)]
    partitions: u32,
    /// How often
    #[arg(long, default_value_t = 3)]
    turns: u32,
}

/// What a raw copy writes.
const fn raw(name: &'static str) -> TopicSpec {
    TopicSpec { name, extent: Extent::Partitioned, cleanup: Cleanup::DeleteAfterHours(24) }
}

struct Run {
    name: &'static str,
    took: Duration,
    cpu_s: f64,
    broker_cpu_s: f64,
}

fn main() {
    let bench = Bench::parse();
    let kafka = Kafka::own();
    let lane = Lane::make(&kafka, "bench", bench.partitions);
    let mut writer = Writer::new(&kafka, &lane);
    for index in 1..=u64::from(bench.records) {
        let mut number = Number::of(index, bench.body_bytes);
        number.body.to_mut()[..6].copy_from_slice(b"number");
        writer.record::<Numbers>(&number);
    }
    writer.flush();
    for turn in 0..bench.turns {
        let (flow, inputs_per_transaction) = copy_by_flow(&bench, &kafka, turn);
        let mut runs = vec![flow];
        for (name, headers) in [("raw", false), ("raw with headers", true)] {
            runs.push(copy_raw(
                &bench,
                &kafka,
                &lane,
                (name, headers),
                inputs_per_transaction,
                turn,
            ));
        }
        for run in &runs {
            let rate = f64::from(bench.records) / run.took.as_secs_f64();
            println!(
                "{turn} {:17} {rate:9.0} inputs/s {:6.2} s  CPU {:5.2} s  broker CPU {:5.2} s  {inputs_per_transaction} inputs a transaction",
                run.name,
                run.took.as_secs_f64(),
                run.cpu_s,
                run.broker_cpu_s
            );
        }
        println!(
            "{turn} of raw: {:.2}, with headers {:.2}",
            ratio(&runs[1], &runs[0]),
            ratio(&runs[2], &runs[0])
        );
    }
}

fn ratio(raw: &Run, flow: &Run) -> f64 {
    raw.took.as_secs_f64() / flow.took.as_secs_f64()
}

fn copy_by_flow(bench: &Bench, kafka: &Kafka, turn: u32) -> (Run, usize) {
    let to = Lane::make_named(kafka, "bench", &format!("turn-{turn}"), bench.partitions);
    let broker = cpu_s(kafka.pid());
    let flow = FlowProcess::start(&to, "toy-copy", &["--from-lane", "live"]);
    flow.line(60, "\"working\"");
    let (started, cpu) = (Instant::now(), flow.cpu_s());
    eventually(600, "all is copied", || {
        (flow.metric("ekspiper_batch_records_sum") >= f64::from(bench.records)).then_some(())
    });
    let took = started.elapsed();
    let per_transaction =
        flow.metric("ekspiper_batch_records_sum") / flow.metric("ekspiper_batch_records_count");
    println!("{turn} toy-copy peak memory {} MB", flow.peak_bytes() >> 20);
    let cpu_s = cpu_s(flow.pid()) - cpu;
    let run =
        Run { name: "toy-copy", took, cpu_s, broker_cpu_s: self::cpu_s(kafka.pid()) - broker };
    (run, per_transaction as usize)
}

fn copy_raw(
    bench: &Bench,
    kafka: &Kafka,
    lane: &Lane,
    (name, headers): (&'static str, bool),
    inputs_per_transaction: usize,
    turn: u32,
) -> Run {
    let topics = ["raw-0", "raw-1", "raw-2", "raw-3", "raw-4", "raw-5", "raw-6", "raw-7"];
    let spec = raw(topics[usize::try_from(turn).unwrap_or(0) * 2 % 8 + usize::from(headers)]);
    lane.make_topics(kafka, &[spec], bench.partitions);
    let copy = RawCopy {
        from: lane.topic(&Numbers::SPEC),
        to: lane.topic(&spec),
        inputs_per_transaction,
        copies: (0..5).collect(),
        headers,
    };
    let (own, broker) = (cpu_s(std::process::id()), cpu_s(kafka.pid()));
    let took = copy.run(kafka, bench.partitions.cast_signed());
    let (own, broker_cpu_s) = (cpu_s(std::process::id()) - own, cpu_s(kafka.pid()) - broker);
    Run { name, took, cpu_s: own, broker_cpu_s }
}
