//! The step of a [`Processor`].

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::api::collector::{Collector, Emitted};
use crate::api::processor::Processor;
use crate::kafka::consumed_record::ConsumedRecord;
use crate::partition::context::TaskContext;
use crate::partition::step::{Completed, CompletedInput, Step, UnknownSchema};
use crate::record::record_order::RecordOrder;
use crate::record::reject::Reject;
use crate::schema::single_object::DecodeError;

/// A processor at one partition. What it remembers does not outlive the worker's attempt.
pub(crate) struct PureStep<P> {
    processor: P,
    task: TaskContext,
    collector: Collector,
    /// The sequence number that is not whole yet, with [`Processor::WHOLE_SEQUENCES`].
    open_sequence: Option<u64>,
    /// What has been read since it began.
    parts: Vec<CompletedInput>,
    completed: VecDeque<Completed>,
}

impl<P: Processor> PureStep<P> {
    pub(crate) fn new(processor: P, task: TaskContext) -> Self {
        let collector = Collector::new(&task.flow.outputs);
        Self {
            processor,
            task,
            collector,
            open_sequence: None,
            parts: Vec::new(),
            completed: VecDeque::new(),
        }
    }

    fn process(&mut self, record: &ConsumedRecord<'_>) -> Result<CompletedInput, UnknownSchema> {
        let Some(order) = record.head.order else {
            let reject = Reject::new("no-position");
            return Ok(CompletedInput::rejected(record.to_owned_record(), reject));
        };
        self.collector.belong_to(Some(order.sequence));
        let (processor, collector) = (&mut self.processor, &mut self.collector);
        let decoder = &self.task.flow.decoder;
        let processed = catch_unwind(AssertUnwindSafe(|| {
            let input = decoder.decode::<P::Input>(record.value)?;
            Ok::<_, DecodeError>(processor.process(input, collector))
        }));
        let reject = match processed {
            Ok(Ok(Ok(()))) => {
                self.processor.report(&self.task.flow.counts);
                return Ok(CompletedInput::of(record, self.collector.take()));
            }
            Ok(Ok(Err(reject))) => reject,
            Ok(Err(DecodeError::UnknownSchema(fingerprint))) => {
                return Err(UnknownSchema(fingerprint));
            }
            Ok(Err(error)) => Reject::because("undecodable", error),
            Err(panic) => Reject::panicked(&*panic),
        };
        self.collector.clear();
        Ok(CompletedInput::rejected(record.to_owned_record(), reject))
    }

    /// The sequence number whose parts are held is over.
    fn close_group(&mut self) {
        self.open_sequence = None;
        if !self.parts.is_empty() {
            self.completed.push_back(Completed::Group(std::mem::take(&mut self.parts)));
        }
    }
}

impl<P: Processor> Step for PureStep<P> {
    fn push(&mut self, record: ConsumedRecord<'_>) -> Result<(), UnknownSchema> {
        let order = record.head.order;
        if order.is_some_and(|order| self.open_sequence.is_some_and(|it| it != order.sequence)) {
            // Its last part was rejected by the flow before.
            self.close_group();
        }
        let completed = self.process(&record)?;
        if P::WHOLE_SEQUENCES
            && let Some(order) = order
        {
            self.open_sequence = Some(order.sequence);
        }
        if self.open_sequence.is_none() {
            self.completed.push_back(Completed::Input(completed));
            return Ok(());
        }
        // A record without an order, in the middle of a sequence number, ends nothing.
        self.parts.push(completed);
        if order.is_some_and(RecordOrder::is_last) {
            self.close_group();
        }
        Ok(())
    }

    fn next_completed(&mut self) -> Option<Completed> {
        self.completed.pop_front()
    }

    fn has_room(&self) -> bool {
        true
    }

    fn is_pending(&self) -> bool {
        false
    }

    fn restore_state(&mut self, value: &[u8]) {
        self.processor.restore_state(value, &self.task.flow.decoder);
    }

    fn finish(&mut self) {
        self.close_group();
    }

    fn recycle(&mut self, outputs: Emitted) {
        self.collector.reuse(outputs);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::collector::Collector;
    use crate::partition::context::tests::task;
    use crate::partition::step::Outcome;
    use crate::partition::step::tests::{described, record};
    use crate::record::dead_letter::{DeadLetter, DeadLetters};

    /// Emits nothing; rejects a value of `no`.
    #[derive(Clone)]
    struct Whole;

    impl Processor for Whole {
        const NAME: &'static str = "whole";
        const WHOLE_SEQUENCES: bool = true;
        type Input = DeadLetters;
        type Output = DeadLetters;

        fn process(&mut self, input: DeadLetter<'_>, _out: &mut Collector) -> Result<(), Reject> {
            if input.payload == b"no" { Err(Reject::new("no")) } else { Ok(()) }
        }
    }

    /// The offsets of each completed group, in order; rejected ones are negative.
    fn completed(orders: &[Option<&str>], is_over: bool) -> Vec<Vec<i64>> {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let mut step = PureStep::new(Whole, task(&runtime));
        for (offset, order) in (1..).zip(orders) {
            step.push(record(offset, *order, b"yes").as_consumed()).unwrap();
        }
        if is_over {
            step.finish();
        }
        std::iter::from_fn(|| step.next_completed()).map(|it| described(&it)).collect()
    }

    #[test]
    fn a_sequence_number_is_complete_with_its_last_part() {
        let orders = [Some("1/0/2"), Some("1/1/2"), Some("2/0/1"), Some("3/0/2")];
        assert_eq!(completed(&orders, false), [vec![1, 2], vec![3]]);
        assert_eq!(completed(&orders, true), [vec![1, 2], vec![3], vec![4]]);
    }

    #[test]
    fn a_sequence_number_without_its_last_part_is_complete_when_another_begins() {
        let orders = [Some("1/0/3"), Some("1/1/3"), Some("2/0/2")];
        assert_eq!(completed(&orders, false), [[1, 2]]);
    }

    #[test]
    fn a_record_without_order_does_not_end_the_sequence_number_around_it() {
        let orders = [Some("1/0/3"), None, Some("1/1/3"), Some("1/2/3"), None];
        assert_eq!(completed(&orders, false), [vec![1, -2, 3, 4], vec![-5]]);
        assert_eq!(completed(&[Some("1/0/2"), None, Some("2/0/1")], false), [vec![1, -2], vec![3]]);
    }

    #[test]
    fn a_part_that_is_rejected_stays_with_its_sequence_number() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let mut step = PureStep::new(Whole, task(&runtime));
        step.push(record(1, Some("1/0/2"), b"no").as_consumed()).unwrap();
        assert!(step.next_completed().is_none());
        step.push(record(2, Some("1/1/2"), b"yes").as_consumed()).unwrap();
        let Some(Completed::Group(inputs)) = step.next_completed() else { panic!("no group") };
        assert!(
            matches!(&inputs[0].outcome, Outcome::Rejected(_, reject) if reject.reason() == "no")
        );
        assert!(matches!(&inputs[1].outcome, Outcome::Outputs(_)));
    }
}
