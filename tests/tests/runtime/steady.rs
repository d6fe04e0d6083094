//! Nothing goes wrong.

use ekspiper_tests::toy::{Answer, Answers, Copies, Copy, Number, Numbers, Sum, Sums};
use ekspiper_tests::{FlowProcess, Kafka, Lane, Reader, check, eventually};
use flow::Topic as _;

const LAST: u64 = 600;

#[test]
fn all_flows_together_write_each_record_once_and_in_order() {
    let kafka = Kafka::shared();
    let lane = Lane::make(kafka, "steady", 4);
    let _flows = [
        FlowProcess::start(&lane, "toy-source", &["--last", "600", "--rate-per-s", "300"]),
        FlowProcess::start(&lane, "toy-copy", &[]),
        FlowProcess::start(&lane, "toy-fetch", &[]),
        FlowProcess::start(&lane, "toy-sums", &[]),
    ];
    let reader = Reader::committed(kafka);
    let numbers: Vec<_> = (1..=LAST).map(|index| Number::of(index, 100)).collect();
    let copies: Vec<_> = numbers.iter().filter_map(Copy::all_of).flatten().collect();
    let answers: Vec<_> = copies.iter().filter_map(Answer::about).collect();
    eventually(60, "all answers are there", || {
        (reader.all(&lane.topic(&Answers::SPEC)).len() >= answers.len()).then_some(())
    });
    let sums: Vec<_> = numbers
        .iter()
        .filter_map(|number| {
            let copies = Copy::all_of(number)?.count();
            let bytes = i64::try_from(copies * number.body.len()).unwrap();
            (copies > 0).then_some(Sum {
                index: number.index,
                copies: i32::try_from(copies).unwrap(),
                bytes,
            })
        })
        .collect();
    assert_eq!(check::<Numbers>(&reader.all(&lane.topic(&Numbers::SPEC)), 4, numbers.clone()), []);
    assert_eq!(check::<Copies>(&reader.all(&lane.topic(&Copies::SPEC)), 4, copies), []);
    assert_eq!(check::<Answers>(&reader.all(&lane.topic(&Answers::SPEC)), 4, answers), []);
    assert_eq!(check::<Sums>(&reader.all(&lane.topic(&Sums::SPEC)), 4, sums), []);
}
