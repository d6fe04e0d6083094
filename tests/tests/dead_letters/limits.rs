//! A flow halts before it exceeds its limit of rejects.

use ekspiper_tests::toy::{Copies, Copy, Number};
use ekspiper_tests::{FlowProcess, Kafka, Lane, Reader, Writer, eventually};
use flow::{DEAD_LETTERS, Topic as _};

#[test]
fn partition_that_rejects_too_much_halts_before_that_dead_letter_and_continues_with_a_higher_limit()
{
    let kafka = Kafka::shared();
    let lane = Lane::make(kafka, "limited", 1);
    let mut writer = Writer::new(kafka, &lane);
    writer.numbers(1..=3, 50);
    for index in 4..=9 {
        writer.number(index, b"reject me");
    }
    writer.numbers(10..=14, 50);
    let (reader, entries) = (Reader::committed(kafka), lane.topic(&DEAD_LETTERS));
    let copies = |indexes: &[u64]| -> usize {
        let numbers: Vec<_> = indexes.iter().map(|index| Number::of(*index, 50)).collect();
        numbers.iter().filter_map(Copy::all_of).flatten().count()
    };
    let held = |topic: &str| reader.all(topic).len();

    let mut strict = FlowProcess::start(&lane, "toy-copy", &["--rejects-max", "3/10"]);
    let why = strict.wait_unready("halted: at offset 6: 3 of the last 10 inputs were rejected");
    assert!(
        why.contains("--rejects-max")
            && why.contains("not-to-be-copied: it says so itself: number 7"),
        "{why}"
    );
    assert_eq!(strict.metric("ekspiper_rejects_exceeded_total"), 1.0);
    assert_eq!(strict.metric_of("ekspiper_partitions", &[r#"state="halted""#]), 1.0);
    // What came before is committed, the letter at which it halts is not written.
    eventually(60, "three letters", || (held(&entries) == 3).then_some(()));
    assert_eq!(held(&lane.topic(&Copies::SPEC)), copies(&[1, 2, 3]));
    assert!(strict.terminate(20).1.success());

    let lenient = FlowProcess::start(&lane, "toy-copy", &["--rejects-max", "5/10"]);
    let all = copies(&[1, 2, 3, 10, 11, 12, 13, 14]);
    eventually(60, "the flow goes on", || (held(&lane.topic(&Copies::SPEC)) == all).then_some(()));
    lenient.wait_ready();
    assert_eq!(held(&entries), 6, "none lost, none twice");
    assert_eq!(lenient.metric("ekspiper_rejects_exceeded_total"), 0.0);
}
