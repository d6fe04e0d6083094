//! The contents of the toy topics once the chain is processed up to some number.

use ekspiper_tests::toy::{Answer, Answers, Copies, Copy, Number, Numbers, Sum};
use ekspiper_tests::{Kafka, Lane, Reader, TopicFault, check_topic, eventually};
use flow::Topic;

/// The size of a number's body that `toy-source` sends.
pub(crate) const BODY_BYTES: usize = 100;
/// How long what is in work may take to be done, on a machine that has much else to do.
const DRAIN_S_MAX: u64 = 60;

/// The chain up to a number.
pub(crate) struct ExpectedTopics {
    numbers: Vec<Number<'static>>,
}

impl ExpectedTopics {
    /// The chain from 1 to `last`.
    pub(crate) fn up_to(last: u64) -> Self {
        Self { numbers: (1..=last).map(|index| Number::of(index, BODY_BYTES)).collect() }
    }

    /// As far as the topic `numbers` has come.
    pub(crate) fn as_read(reader: &Reader, lane: &Lane) -> Self {
        let read = reader.all(&lane.topic(&Numbers::SPEC));
        Self::up_to(read.iter().map(ekspiper_tests::Record::sequence).max().unwrap_or(0))
    }

    pub(crate) fn numbers(&self) -> &[Number<'static>] {
        &self.numbers
    }

    pub(crate) fn copies(&self) -> Vec<Copy<'_>> {
        self.numbers.iter().filter_map(Copy::all_of).flatten().collect()
    }

    pub(crate) fn answers(&self) -> Vec<Answer> {
        self.copies().iter().filter_map(Answer::about).collect()
    }

    pub(crate) fn sums(&self) -> Vec<Sum> {
        let sum_of = |copies: Vec<Copy<'_>>| {
            let bytes = copies.iter().map(|copy| copy.body.len()).sum::<usize>();
            let (index, copies) = (copies.first()?.index, i32::try_from(copies.len()).unwrap());
            Some(Sum { index, copies, bytes: i64::try_from(bytes).unwrap() })
        };
        let copies = self.numbers.iter().filter_map(Copy::all_of);
        copies.filter_map(|copies| sum_of(copies.collect())).collect()
    }

    /// Waits until all copies are there, then checks them.
    #[track_caller]
    pub(crate) fn copies_hold(&self, kafka: &Kafka, lane: &Lane) {
        let copies = self.copies();
        holds::<Copies>(kafka, lane, &copies);
        assert_eq!(self.faults_of_numbers(kafka, lane), []);
    }

    /// Waits until all answers are there, then checks them and what they are made of.
    #[track_caller]
    pub(crate) fn answers_hold(&self, kafka: &Kafka, lane: &Lane) {
        holds::<Answers>(kafka, lane, &self.answers());
        self.copies_hold(kafka, lane);
    }

    fn faults_of_numbers(&self, kafka: &Kafka, lane: &Lane) -> Vec<TopicFault> {
        let read = Reader::committed(kafka).all(&lane.topic(&Numbers::SPEC));
        check_topic::<Numbers>(&read, lane.partitions(), self.numbers.clone())
    }
}

/// Waits until the topic has as many records as `expected`, then checks them.
#[track_caller]
pub(crate) fn holds<'a, T: Topic>(kafka: &Kafka, lane: &Lane, expected: &[T::Record<'a>])
where
    T::Record<'a>: Clone,
{
    let (reader, topic) = (Reader::committed(kafka), lane.topic(&T::SPEC));
    let what = format!("{topic} holds {} records", expected.len());
    let read = eventually(DRAIN_S_MAX, &what, || {
        // Markers of transactions take offsets too, so the ends say how many there are at the most.
        let ends = written(&reader, &topic, lane.partitions());
        let may_hold = usize::try_from(ends).is_ok_and(|ends| ends >= expected.len());
        may_hold.then(|| reader.all(&topic)).filter(|read| read.len() >= expected.len())
    });
    let faults = check_topic::<T>(&read, lane.partitions(), expected.to_vec());
    assert!(
        faults.is_empty(),
        "{topic}: {} faults: {:?}",
        faults.len(),
        &faults[..faults.len().min(10)]
    );
}

/// The sum of a topic's ends: grows with each commit that readers see.
pub(crate) fn written(reader: &Reader, topic: &str, partitions: u32) -> i64 {
    (0..partitions.cast_signed()).map(|partition| reader.ends(topic, partition).1).sum()
}

/// Waits until a topic has grown by `n`, as committed readers see it.
#[track_caller]
pub(crate) fn grows(reader: &Reader, topic: &str, partitions: u32, n: i64) {
    let before = written(reader, topic, partitions);
    eventually(DRAIN_S_MAX, &format!("{topic} grows by {n}"), || {
        (written(reader, topic, partitions) >= before + n).then_some(())
    });
}
