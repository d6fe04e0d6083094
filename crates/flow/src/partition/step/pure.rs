//! Runs a [`Processor`].

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::api::processor::Processor;
use crate::kafka::consumed_record::ConsumedRecord;
use crate::partition::batch::Batch;
use crate::partition::step::{Step, TaskContext, Trouble};
use crate::record::reject::Reject;
use crate::schema::single_object::DecodeError;

/// A processor at one partition. What it remembers does not outlive the worker's attempt.
pub(crate) struct PureStep<P> {
    processor: P,
    around: TaskContext,
    at_boundary: bool,
}

impl<P: Processor> PureStep<P> {
    pub(crate) const fn new(processor: P, around: TaskContext) -> Self {
        Self { processor, around, at_boundary: true }
    }
}

impl<P: Processor> Step for PureStep<P> {
    fn push(&mut self, incoming: ConsumedRecord<'_>, batch: &mut Batch) -> Result<(), Trouble> {
        let ConsumedRecord { head, value, .. } = incoming;
        let Some(order) = head.order else {
            let reject = Reject::new("no-position");
            return self.around.reject(&incoming.to_input(), value, &reject, batch);
        };
        self.at_boundary = !P::WHOLE_SEQUENCES || order.is_last();
        let mark = batch.outbox().mark();
        batch.outbox().belong_to(Some(order.sequence));
        let (decoder, processor) = (&self.around.decoder, &mut self.processor);
        let processed = catch_unwind(AssertUnwindSafe(|| {
            let record = decoder.decode::<P::Input>(value)?;
            Ok::<_, DecodeError>(processor.process(record, batch.outbox()))
        }));
        let reject = match processed {
            Ok(Ok(Ok(()))) => {
                self.processor.report(&self.around.meter);
                batch.settle(&head, value.len(), mark);
                return Ok(());
            }
            Ok(Ok(Err(reject))) => reject,
            Ok(Err(DecodeError::UnknownSchema(fingerprint))) => {
                return Err(Trouble::UnknownSchema(fingerprint));
            }
            Ok(Err(error)) => Reject::because("undecodable", error),
            Err(panic) => Reject::panicked(&*panic),
        };
        batch.outbox().rewind(mark);
        self.around.reject(&incoming.to_input(), value, &reject, batch)
    }

    fn settle(&mut self, _batch: &mut Batch) -> Result<(), Trouble> {
        Ok(())
    }

    fn has_room(&self) -> bool {
        true
    }

    fn is_waiting(&self) -> bool {
        false
    }

    fn is_at_boundary(&self) -> bool {
        self.at_boundary
    }

    fn recall(&mut self, value: &[u8]) {
        self.processor.recall(value, &self.around.decoder);
    }
}
