//! A flow with a large backlog.

use ekspiper_tests::toy::{Copy, Number};
use ekspiper_tests::{FlowProcess, Kafka, Lane, Writer};

use crate::expected_topics::holds;

const NUMBERS: u64 = 15_000;
const BODY_BYTES: usize = 20_000;
const MEMORY_BYTES_MAX: u64 = 200 << 20;

#[test]
fn backlog_of_300_mb_goes_through_little_memory() {
    let kafka = Kafka::shared();
    let lane = Lane::make(kafka, "backlog", 4);
    // Those of which one copy is made.
    let indexes =
        || (1..).step_by(5).filter(|index| index % 50 != 7).take(usize::try_from(NUMBERS).unwrap());
    Writer::new(kafka, &lane).numbers(indexes(), BODY_BYTES);
    let copy = FlowProcess::start(&lane, "toy-copy", &[]);
    let numbers: Vec<_> = indexes().map(|index| Number::of(index, BODY_BYTES)).collect();
    let copies: Vec<_> = numbers.iter().filter_map(Copy::all_of).flatten().collect();
    holds::<ekspiper_tests::toy::Copies>(kafka, &lane, &copies);
    let peak = copy.peak_bytes();
    println!("{} MB at the most", peak >> 20);
    assert!(peak < MEMORY_BYTES_MAX, "{peak} bytes");
}
