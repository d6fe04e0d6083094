//! Runs a [`Processor`].

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::batch::Batch;
use crate::failure::Reject;
use crate::incoming::Incoming;
use crate::processor::Processor;
use crate::step::{Step, Surroundings, Trouble, panicked};
use crate::wire::DecodeError;

/// A processor at one partition. What it remembers does not outlive the worker's attempt.
pub(crate) struct PureStep<P> {
    processor: P,
    around: Surroundings,
    at_boundary: bool,
}

impl<P: Processor> PureStep<P> {
    pub(crate) const fn new(processor: P, around: Surroundings) -> Self {
        Self { processor, around, at_boundary: true }
    }
}

impl<P: Processor> Step for PureStep<P> {
    fn push(&mut self, incoming: Incoming<'_>, batch: &mut Batch) -> Result<(), Trouble> {
        let Incoming { head, value, .. } = incoming;
        let Some(position) = head.position else {
            let reject = Reject::new("no-position");
            return self.around.reject(&incoming.to_input(), value, &reject, batch);
        };
        self.at_boundary = !P::WHOLE_SEQUENCES || position.is_last();
        let mark = batch.outbox().mark();
        batch.outbox().belong_to(Some(position.sequence));
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
            Err(panic) => panicked(&*panic),
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
