//! An async processor whose external service does not answer.

use ekspiper_tests::toy::{Answers, Copies};
use ekspiper_tests::{FlowProcess, Kafka, Lane, Reader, Writer, eventually};
use flow::Topic as _;

use crate::expected_topics::{ExpectedTopics, written};

#[test]
fn unanswered_record_holds_up_its_own_partition_only_and_keeps_its_place_in_the_group() {
    let kafka = Kafka::shared();
    let lane = Lane::make(kafka, "unanswered", 4);
    let outage = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(outage.path(), "102").unwrap();
    let file = outage.path().to_string_lossy().into_owned();
    let fetch =
        FlowProcess::ready(&lane, "toy-fetch", &["--outage", &file, "--transient-every", "0"]);
    let expected_topics = ExpectedTopics::up_to(600);
    let mut writer = Writer::new(kafka, &lane);
    expected_topics.copies().iter().for_each(|copy| writer.record::<Copies>(copy));
    writer.flush();
    let (reader, topic) = (Reader::committed(kafka), lane.topic(&Answers::SPEC));
    let last_of = |partition: usize| {
        let read = reader.all(&topic);
        let last = read.iter().rfind(|record| usize::try_from(record.partition) == Ok(partition));
        last.map_or(0, ekspiper_tests::Record::sequence)
    };
    eventually(60, "the other partitions are done", || {
        ([1, 3].map(last_of) == [597, 599]).then_some(())
    });
    assert_eq!(last_of(2), 98, "nothing overtakes the one that is waited for");
    let why = fetch.wait_unready("nobody answers about 102");
    assert!(why.contains("toy-fetch copies/2: retrying: nobody answers about 102"), "{why}");
    assert!(why.contains("toy-fetch copies/1: running"), "{why}");
    assert!(fetch.metric("ekspiper_retries_total") >= 1.0);
    // Longer than the group would wait for a member that does not answer.
    let before = written(&reader, &topic, 4);
    eventually(60, "it is tried again for longer than a session", || {
        (fetch.metric("ekspiper_retries_total") >= 7.0).then_some(())
    });
    assert_eq!(written(&reader, &topic, 4), before);
    std::fs::write(outage.path(), "").unwrap();
    crate::expected_topics::holds::<Answers>(kafka, &lane, &expected_topics.answers());
    fetch.wait_ready();
    assert_eq!(fetch.metric("ekspiper_restarts_total"), 0.0);
    assert!(
        fetch.said().matches("\"partition started\"").count() == 4,
        "no partition was ever given up"
    );
}
