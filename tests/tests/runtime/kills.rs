//! Processes that are killed, or halted until everyone takes them for dead.

use std::time::{Duration, Instant};

use ekspiper_tests::toy::{Answers, Copies};
use ekspiper_tests::{FlowProcess, Kafka, Lane, Reader, eventually};
use flow::Topic as _;
use nix::sys::signal::Signal;
use rand::rngs::SmallRng;
use rand::{RngExt as _, SeedableRng as _};

use crate::expected_topics::{ExpectedTopics, grows};

const KILLS: u32 = 15;

#[test]
fn killed_again_and_again_loses_nothing_and_doubles_nothing() {
    let kafka = Kafka::shared();
    let lane = Lane::make(kafka, "kills", 4);
    let names = ["toy-source", "toy-source", "toy-copy", "toy-copy", "toy-fetch", "toy-fetch"];
    let mut flows = names.map(|name| FlowProcess::start(&lane, name, &[]));
    let reader = Reader::committed(kafka);
    let seed = rand::random();
    println!("seed {seed}");
    let mut random = SmallRng::seed_from_u64(seed);
    for _ in 0..KILLS {
        grows(&reader, &lane.topic(&Answers::SPEC), 4, random.random_range(5..60));
        let victim = random.random_range(0..flows.len());
        flows[victim].kill();
        flows[victim] = FlowProcess::start(&lane, names[victim], &[]);
    }
    for source in &mut flows[..2] {
        source.kill();
    }
    ExpectedTopics::as_read(&reader, &lane).answers_hold(kafka, &lane);
}

#[test]
fn zombie_is_fenced_and_works_again_by_itself() {
    let kafka = Kafka::shared();
    let lane = Lane::make(kafka, "zombies", 4);
    let mut source = FlowProcess::ready(&lane, "toy-source", &[]);
    let flows = ["toy-copy", "toy-copy"].map(|name| FlowProcess::ready(&lane, name, &[]));
    let reader = Reader::committed(kafka);
    let all_advance = |what: &str| {
        let topic = lane.topic(&Copies::SPEC);
        let ends = || (0..4).map(|partition| reader.ends(&topic, partition).1).collect::<Vec<_>>();
        let before = ends();
        eventually(60, what, || {
            ends().iter().zip(&before).all(|(now, then)| now > then).then_some(())
        });
    };
    for turn in 0..3 {
        let zombie = &flows[turn % 2];
        all_advance("both work");
        zombie.signal(Signal::SIGSTOP);
        let stopped = Instant::now();
        all_advance("the other has taken over");
        let taken_over = stopped.elapsed();
        println!("taken over from a halted one after {taken_over:.1?}");
        assert!(taken_over < Duration::from_secs(20));
        let begun = || zombie.said().matches("\"partition started\"").count();
        let before = begun();
        zombie.signal(Signal::SIGCONT);
        let woken = Instant::now();
        eventually(60, "the zombie has got partitions again", || (begun() > before).then_some(()));
        zombie.wait_ready();
        println!("works again {:.1?} after it was woken", woken.elapsed());
    }
    source.kill();
    ExpectedTopics::as_read(&reader, &lane).copies_hold(kafka, &lane);
}
