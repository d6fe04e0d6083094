//! The throughput of a flow compared with a raw copy of the same records: `bench-flow --help`.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use clap::Parser as _;
use ekspiper_tests::toy::{Number, Numbers};
use ekspiper_tests::{
    FlowProcess, Kafka, Lane, RawCopy, Reader, Record, Writer, cpu_s, eventually,
};
use flow::{Cleanup, DEAD_LETTERS, Extent, TopicSpec};

/// Compares a flow with a raw copy by librdkafka that knows the outputs beforehand: the same records, as many in a
/// transaction, a thread a partition. Without brokers it starts one, fills it with numbers and looks at `toy-copy`.
#[derive(clap::Parser)]
struct Bench {
    /// Brokers on which the input is
    #[arg(long)]
    kafka_brokers: Option<String>,
    /// Its network
    #[arg(long, default_value = "bench")]
    network: String,
    /// Its lane
    #[arg(long, default_value = "live")]
    from_lane: String,
    /// The flow
    #[arg(long, default_value = "toy-copy")]
    flow: String,
    /// The topic that it reads
    #[arg(long, default_value = "numbers")]
    from: String,
    /// The topics that it writes
    #[arg(long, default_value = "copies", value_delimiter = ',')]
    to: Vec<String>,
    /// How many numbers to fill in
    #[arg(long, default_value_t = 400_000)]
    records: u32,
    /// The size of each
    #[arg(long, default_value_t = 500)]
    body_bytes: usize,
    /// In so many partitions
    #[arg(long, default_value_t = 4)]
    partitions: u32,
    /// How often to compare
    #[arg(long, default_value_t = 3)]
    turns: u32,
}

/// What is written, and where, by the position of the input.
type Known = HashMap<String, Vec<(String, Record)>>;

struct Run {
    name: &'static str,
    took: Duration,
    cpu_s: f64,
}

struct Place {
    kafka: Kafka,
    live: Lane,
    from: String,
    inputs: u32,
}

fn spec(name: &str) -> TopicSpec {
    let name = Box::leak(name.to_owned().into_boxed_str());
    TopicSpec { name, extent: Extent::Partitioned, cleanup: Cleanup::DeleteAfterHours(24) }
}

fn main() {
    let bench = Bench::parse();
    let place = bench.place();
    for turn in 0..bench.turns {
        let (flow, known, inputs_per_transaction, bytes) = bench.flow(&place, turn);
        let mut copy =
            RawCopy { from: place.from.clone(), known, inputs_per_transaction, with_headers: true };
        let with = bench.raw(&place, "raw", &copy);
        copy.with_headers = false;
        let without = bench.raw(&place, "raw, no headers", &copy);
        for run in [&flow, &with, &without] {
            let s = run.took.as_secs_f64();
            println!(
                "{turn} {:16} {s:6.2} s, {:8.0} inputs/s, {:6.1} MB/s written, CPU {:5.2} s",
                run.name,
                f64::from(place.inputs) / s,
                bytes as f64 / s / 1e6,
                run.cpu_s
            );
        }
        println!(
            "{turn} {} of raw: {:.2} ({:.2} of raw without headers), {inputs_per_transaction} inputs a transaction",
            bench.flow,
            with.took.as_secs_f64() / flow.took.as_secs_f64(),
            without.took.as_secs_f64() / flow.took.as_secs_f64()
        );
    }
}

impl Bench {
    /// The broker with the input.
    fn place(&self) -> Place {
        let (kafka, live) = match &self.kafka_brokers {
            Some(servers) => {
                let kafka = Kafka::given(servers);
                let live = Lane::of(&kafka, &self.network, &self.from_lane, 0);
                let partitions =
                    Reader::committed(&kafka).partitions(&live.topic(&spec(&self.from)));
                let live =
                    Lane::of(&kafka, &self.network, &self.from_lane, partitions.cast_unsigned());
                (kafka, live)
            }
            None => {
                let kafka = Kafka::own();
                let live = Lane::make(&kafka, &self.network, self.partitions);
                self.fill(&kafka, &live);
                (kafka, live)
            }
        };
        let (from, mut inputs) = (live.topic(&spec(&self.from)), 0);
        Reader::committed(&kafka).each(&from, |_| inputs += 1);
        println!("{inputs} inputs in {} partitions", live.partitions());
        Place { kafka, live, from, inputs }
    }

    fn fill(&self, kafka: &Kafka, live: &Lane) {
        let mut writer = Writer::new(kafka, live);
        for index in 1..=u64::from(self.records) {
            let mut number = Number::of(index, self.body_bytes);
            number.body.to_mut()[..6].copy_from_slice(b"number");
            writer.record::<Numbers>(&number);
        }
        writer.flush();
    }

    /// Runs the flow; returns what it wrote for each input, with raw topics to write it to again.
    fn flow(&self, place: &Place, turn: u32) -> (Run, Known, usize, usize) {
        let Place { kafka, live, inputs, .. } = place;
        let name = format!("bench-{turn}-{}", std::process::id());
        let lane = Lane::of(kafka, &self.network, &name, live.partitions());
        let outputs: Vec<_> = self.to.iter().map(|name| spec(name)).collect();
        lane.make_topics(kafka, &[outputs.as_slice(), &[DEAD_LETTERS]].concat(), live.partitions());
        let flow = FlowProcess::start(&lane, &self.flow, &["--from-lane", &self.from_lane]);
        flow.line(60, "\"partition started\"");
        let (started, cpu) = (Instant::now(), flow.cpu_s());
        eventually(900, "all is done", || {
            (flow.metric("ekspiper_batch_records_sum") >= f64::from(*inputs)).then_some(())
        });
        let run = Run { name: "flow", took: started.elapsed(), cpu_s: flow.cpu_s() - cpu };
        let batches = flow.metric("ekspiper_batch_records_count");
        println!("{turn} {} took {} MB at the most", self.flow, flow.peak_bytes() >> 20);
        let mut known = Known::new();
        let mut bytes = 0;
        for output in &outputs {
            let raw = spec(&format!("{}-raw", output.name));
            lane.make_topics(kafka, &[raw], live.partitions());
            Reader::committed(kafka).each(&lane.topic(output), |record| {
                bytes += record.value.len();
                known
                    .entry(record.sequence().to_string())
                    .or_default()
                    .push((lane.topic(&raw), record));
            });
        }
        // The position of an input that is the whole of its sequence number, or the first part of several.
        let mut by_input = Known::new();
        Reader::committed(kafka).each(&place.from, |input| {
            if let Some(records) = known.remove(&input.sequence().to_string()) {
                by_input.insert(input.position().to_owned(), records);
            }
        });
        (run, by_input, (f64::from(*inputs) / batches) as usize, bytes)
    }

    fn raw(&self, place: &Place, name: &'static str, copy: &RawCopy) -> Run {
        let cpu = cpu_s(std::process::id());
        let took = copy.run(&place.kafka, place.live.partitions());
        Run { name, took, cpu_s: cpu_s(std::process::id()) - cpu }
    }
}
