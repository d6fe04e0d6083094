//! The step of a [`Processor`].

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::api::collector::{Collector, Emitted};
use crate::api::processor::Processor;
use crate::kafka::consumed_record::ConsumedRecord;
use crate::partition::context::TaskContext;
use crate::partition::step::{Completed, CompletedInput, Step, UnknownSchema};
use crate::record::reject::Reject;
use crate::schema::single_object::DecodeError;

/// A processor at one partition. What it remembers does not outlive the worker's attempt.
pub(crate) struct PureStep<P> {
    processor: P,
    task: TaskContext,
    collector: Collector,
    /// The parts of a sequence number that is not whole yet, with [`Processor::WHOLE_SEQUENCES`].
    parts: Vec<CompletedInput>,
    completed: VecDeque<Completed>,
}

impl<P: Processor> PureStep<P> {
    pub(crate) fn new(processor: P, task: TaskContext) -> Self {
        let collector = Collector::new(&task.flow.outputs);
        Self { processor, task, collector, parts: Vec::new(), completed: VecDeque::new() }
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
        if !self.parts.is_empty() {
            self.completed.push_back(Completed::Group(std::mem::take(&mut self.parts)));
        }
    }
}

impl<P: Processor> Step for PureStep<P> {
    fn push(&mut self, record: ConsumedRecord<'_>) -> Result<(), UnknownSchema> {
        let order = record.head.order;
        if let (Some(held), Some(order)) = (self.parts.last().and_then(|it| it.head.order), order)
            && held.sequence != order.sequence
        {
            // Its last part was rejected by the flow before.
            self.close_group();
        }
        let completed = self.process(&record)?;
        if P::WHOLE_SEQUENCES {
            self.parts.push(completed);
            if order.is_none_or(crate::record::record_order::RecordOrder::is_last) {
                self.close_group();
            }
        } else {
            self.completed.push_back(Completed::Input(completed));
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
