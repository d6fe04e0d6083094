//! A sink whose receiver has to acknowledge each chunk.

use std::collections::BTreeMap;

use ekspiper_tests::toy::{Answer, Answers};
use ekspiper_tests::{FlowProcess, Kafka, Lane, Received, Receiver, Writer, eventually};
use flow::{DeadLetters, Topic as _};

use crate::expected_topics::ExpectedTopics;

const LAST: u64 = 300;

fn told(answer: &Answer) -> bool {
    answer.index % 70 != 11
}

fn written(network: &str, partitions: u32) -> (&'static Kafka, Lane, Vec<Answer>) {
    let kafka = Kafka::shared();
    let lane = Lane::make(kafka, network, partitions);
    let mut writer = Writer::new(kafka, &lane);
    let answers = ExpectedTopics::up_to(LAST).answers();
    answers.iter().for_each(|answer| writer.record::<Answers>(answer));
    writer.flush();
    (kafka, lane, answers)
}

/// The chunks that the answers make: of one number, two parts at most, whatever was left out.
fn chunks(answers: &[Answer]) -> BTreeMap<String, String> {
    let mut chunks: BTreeMap<String, (String, usize)> = BTreeMap::new();
    let mut ids: BTreeMap<(i64, i32), String> = BTreeMap::new();
    for answer in answers {
        let block = (answer.index, answer.part / 2);
        let id =
            ids.entry(block).or_insert_with(|| format!("answers/{}/{}", answer.index, answer.part));
        let (text, n) = chunks.entry(id.clone()).or_default();
        if told(answer) {
            let Answer { index, part, count, text: said } = answer;
            text.push_str(&format!("{index}/{part}/{count} {said}\n"));
            *n += 1;
        }
    }
    chunks.into_iter().filter(|(_, (_, n))| *n > 0).map(|(id, (text, _))| (id, text)).collect()
}

/// Waits until every chunk has come at least once and checks that each came with the same bytes, and in order if the
/// first time is counted.
#[track_caller]
fn all_come(receiver: &Receiver, wanted: &BTreeMap<String, String>) -> Vec<Received> {
    eventually(60, "all chunks come", || {
        let received = receiver.received();
        wanted.keys().all(|id| received.iter().any(|it| it.id == *id)).then_some(())
    });
    let received = receiver.received();
    for chunk in &received {
        assert_eq!(wanted.get(&chunk.id), Some(&chunk.text), "{}", chunk.id);
    }
    received
}

fn first_times(received: &[Received], partitions: i64) -> BTreeMap<i64, Vec<(i64, i64)>> {
    let mut firsts: BTreeMap<i64, Vec<(i64, i64)>> = BTreeMap::new();
    for chunk in received {
        let mut numbers = chunk.id.split('/').skip(1).map(|it| it.parse::<i64>().unwrap());
        let place = (numbers.next().unwrap(), numbers.next().unwrap());
        let seen = firsts.entry(place.0 % partitions).or_default();
        if !seen.contains(&place) {
            seen.push(place);
        }
    }
    firsts
}

#[test]
fn chunks_come_in_order_with_ids_and_bytes_that_depend_on_content_alone() {
    let (kafka, lane, answers) = written("chunks", 2);
    let receiver = Receiver::start();
    let sink = FlowProcess::start(&lane, "toy-sink", &["--receiver", &receiver.address()]);
    let wanted = chunks(&answers);
    let received = all_come(&receiver, &wanted);
    assert_eq!(received.len(), wanted.len(), "nothing comes twice if nothing goes wrong");
    for places in first_times(&received, 2).values() {
        assert!(places.is_sorted(), "{places:?}");
    }
    let rejected = answers.iter().filter(|answer| !told(answer)).count();
    let reader = ekspiper_tests::Reader::committed(kafka);
    eventually(60, "what can't be told is a dead letter", || {
        (reader.all(&lane.topic(&DeadLetters::SPEC)).len() == rejected).then_some(())
    });
    let records = answers.len() - rejected;
    assert_eq!(
        sink.metric("ekspiper_acknowledged_total"),
        f64::from(u32::try_from(records).unwrap())
    );
}

/// With parts of 81 rejected: a chunk whose second part may not be rejected is not committed in half.
#[test]
fn sink_that_halts_by_its_rejects_commits_whole_chunks_only() {
    let (_, lane, answers) = written("halted-sink", 1);
    let receiver = Receiver::start();
    let arguments = ["--receiver", &receiver.address(), "--rejects-max", "0/1"];
    let mut sink = FlowProcess::start(&lane, "toy-sink", &arguments);
    sink.wait_unready("(`--rejects-max`)");
    sink.kill();
    let sink = FlowProcess::start(&lane, "toy-sink", &["--receiver", &receiver.address()]);
    all_come(&receiver, &chunks(&answers));
    sink.wait_ready();
}

#[test]
fn sink_that_is_killed_repeats_the_same_chunks_and_loses_none() {
    let (_, lane, answers) = written("killed-sink", 2);
    let receiver = Receiver::start();
    let arguments = ["--receiver", &receiver.address()];
    let wanted = chunks(&answers);
    for kill in 1..=4 {
        let mut sink = FlowProcess::start(&lane, "toy-sink", &arguments);
        let enough = wanted.len() * kill / 6;
        eventually(60, "some chunks come", || (receiver.received().len() > enough).then_some(()));
        sink.kill();
    }
    let _sink = FlowProcess::start(&lane, "toy-sink", &arguments);
    let received = all_come(&receiver, &wanted);
    println!("{} chunks, {} of them again", wanted.len(), received.len() - wanted.len());
    for places in first_times(&received, 2).values() {
        assert!(places.is_sorted(), "{places:?}");
    }
}

#[test]
fn receiver_that_does_not_acknowledge_costs_lag_only() {
    let (_, lane, answers) = written("mute", 2);
    let receiver = Receiver::start();
    receiver.mute(true);
    let mut sink = FlowProcess::start(&lane, "toy-sink", &["--receiver", &receiver.address()]);
    sink.wait_unready("retrying");
    let offered = eventually(60, "both partitions offer the same chunk again", || {
        let mut offered = BTreeMap::<String, usize>::new();
        for chunk in receiver.received() {
            *offered.entry(chunk.id).or_default() += 1;
        }
        (offered.len() >= 2 && offered.values().all(|times| *times > 2)).then_some(offered)
    });
    assert_eq!(offered.len(), 2, "each partition waits at its first chunk: {offered:?}");
    eventually(60, "the lag is measured although nothing is committed", || {
        (sink.metric("ekspiper_lag_records") > 100.0 && sink.metric("ekspiper_lag_seconds") > 0.0)
            .then_some(())
    });
    // Nothing was committed: the next instance starts at the first chunk.
    sink.kill();
    receiver.mute(false);
    let sink = FlowProcess::start(&lane, "toy-sink", &["--receiver", &receiver.address()]);
    all_come(&receiver, &chunks(&answers));
    sink.wait_ready();
    eventually(60, "the lag is gone", || {
        (sink.metric("ekspiper_lag_records") == 0.0 && sink.metric("ekspiper_sequence") > 0.0)
            .then_some(())
    });
}

#[test]
fn chunk_that_waits_for_more_is_written_when_the_flow_ends() {
    let kafka = Kafka::shared();
    let lane = Lane::make(kafka, "last-chunk", 1);
    let mut writer = Writer::new(kafka, &lane);
    for part in 0..3 {
        writer.record::<Answers>(&Answer { index: 5, part, count: 4, text: "so".into() });
    }
    writer.flush();
    let receiver = Receiver::start();
    let arguments = ["--receiver", &receiver.address(), "--until", "9"];
    assert!(FlowProcess::start(&lane, "toy-sink", &arguments).ended(60).success());
    let chunk = |id: &str, text: &str| Received { id: id.into(), text: text.into() };
    let wanted = [chunk("answers/5/0", "5/0/4 so\n5/1/4 so\n"), chunk("answers/5/2", "5/2/4 so\n")];
    assert_eq!(receiver.received(), wanted);
}
