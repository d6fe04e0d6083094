//! The lock: one instance of a lane is active at a time.

use ekspiper_tests::toy::Numbers;
use ekspiper_tests::{FlowProcess, Kafka, Lane, Reader, eventually};
use flow::{Decoder, Topic as _, TopicSchema};

// Test 3.
#[test]
fn two_holders_of_a_lock_do_not_interleave() {
    let kafka = Kafka::shared();
    let lane = Lane::make(kafka, "exclusive", 4);
    let mut holders = ["one", "two"].map(|mark| {
        let arguments = ["--mark", mark, "--own", "10", "--rate-per-s", "5"];
        FlowProcess::start(&lane, "toy-source", &arguments)
    });
    for holder in &mut holders {
        assert!(holder.ended(60).success());
    }
    let read = Reader::committed(kafka).all(&lane.topic(&Numbers::SPEC));
    let decoder = Decoder::new(&[TopicSchema::of::<Numbers>()]);
    let mut marks: Vec<_> = read
        .iter()
        .map(|record| {
            let number = decoder.decode::<Numbers>(&record.value).unwrap();
            (number.index, String::from_utf8(number.body.to_vec()).unwrap())
        })
        .collect();
    marks.sort();
    let indexes: Vec<_> = marks.iter().map(|(index, _)| *index).collect();
    assert_eq!(indexes, (1..=20).collect::<Vec<_>>());
    let (first, second) = marks.split_at(10);
    assert!(first.iter().all(|(_, mark)| *mark == first[0].1), "{marks:?}");
    assert!(second.iter().all(|(_, mark)| *mark == second[0].1), "{marks:?}");
    assert_ne!(first[0].1, second[0].1);
}

// Test 4.
#[test]
fn locks_of_two_lanes_are_independent() {
    let kafka = Kafka::shared();
    let lanes = ["live", "other"].map(|name| Lane::make_named(kafka, "two-locks", name, 2));
    let leaders = lanes.each_ref().map(|lane| FlowProcess::ready(lane, "toy-source", &[]));
    let reader = Reader::committed(kafka);
    let written = || {
        lanes.each_ref().map(|lane| {
            let topic = lane.topic(&Numbers::SPEC);
            (0..2).map(|partition| reader.ends(&topic, partition).1).sum::<i64>()
        })
    };
    for _ in 0..3 {
        let before = written();
        eventually(60, "both write", || {
            written().iter().zip(before).all(|(now, then)| *now > then).then_some(())
        });
        assert!(leaders.iter().all(|leader| leader.metric("ekspiper_active") > 0.0));
    }
}
