//! What a worker has in hand between two transactions.

use rdkafka::message::BorrowedMessage;

use crate::group::supervisor::Exit;
use crate::kafka::consumed_record::{ConsumedRecord, RecordHead};
use crate::observe::health::{HealthState, PartitionHealth};
use crate::partition::batch::Batch;
use crate::partition::context::{FlowContext, TopicPartition};
use crate::partition::pending_schema::Held;
use crate::partition::step::{Step, Trouble};
use crate::partition::worker_metrics::WorkerMetrics;
use crate::record::progress::Progress;

/// Inputs in work, and the batch that they settle in.
pub(crate) struct BatchBuilder<'p> {
    plan: &'p FlowContext,
    part: &'p PartitionHealth,
    step: Box<dyn Step>,
    pub(crate) batch: Batch,
    pub(crate) tally: WorkerMetrics,
    /// What has been read, whether committed or not.
    reading: Progress,
    held: Option<Held>,
    over: Option<Over>,
}

/// Nothing more is read.
struct Over {
    ended: Exit,
    /// Whether what is in work still counts.
    drains: bool,
}

impl<'p> BatchBuilder<'p> {
    pub(crate) fn new(
        plan: &'p FlowContext,
        share: TopicPartition,
        part: &'p PartitionHealth,
        progress: Progress,
    ) -> Self {
        Self {
            plan,
            part,
            step: (plan.make_step)(plan.surroundings(share, part)),
            batch: Batch::new(&plan.outputs, plan.batch_bytes_max(), plan.settings.rejects_max),
            tally: WorkerMetrics::new(plan, share),
            reading: progress,
            held: None,
            over: None,
        }
    }

    /// Tells the step a record of a compacted output.
    pub(crate) fn recall(&mut self, value: &[u8]) {
        self.step.recall(value);
    }

    /// Takes up a record that was read.
    pub(crate) fn take(&mut self, message: &BorrowedMessage<'_>) {
        let incoming = ConsumedRecord::read(message);
        let RecordHead { offset, order, previous, .. } = incoming.head;
        self.tally.received(incoming.value.len());
        if let Some(order) = order {
            if self.plan.settings.until.is_some_and(|until| order.sequence > until) {
                return self.finish();
            }
            let before = self.reading.read;
            if let Err(missing) = self.reading.read(order.id(), previous) {
                let why = format!("at offset {offset}: {missing}");
                return self.end(Exit::Halted(why), true);
            }
            if before.is_some_and(|before| before.sequence != order.sequence) {
                // A sequence number whose last part was rejected is over when a later one begins.
                self.batch.reach_boundary();
            }
        }
        match self.step.push(incoming, &mut self.batch) {
            Ok(()) => self.note_boundary(),
            Err(Trouble::Halt(why)) => self.end(Exit::Halted(why), false),
            Err(Trouble::UnknownSchema(fingerprint)) => {
                self.held = Some(Held::new(incoming, fingerprint));
            }
        }
    }

    /// Takes up again the record that is held back, if it is due.
    pub(crate) fn take_held(&mut self) {
        let Some(mut held) = self.held.take_if(|held| held.is_due()) else { return };
        held.look_up(self.plan, self.part);
        match self.step.push(held.incoming(), &mut self.batch) {
            Ok(()) => {
                self.part.set(HealthState::Running);
                self.note_boundary();
            }
            Err(Trouble::Halt(why)) => self.end(Exit::Halted(why), false),
            Err(Trouble::UnknownSchema(_)) => self.held = Some(held),
        }
    }

    fn note_boundary(&mut self) {
        if self.step.is_at_boundary() {
            self.batch.reach_boundary();
        }
    }

    /// Settles what has become ready.
    pub(crate) fn settle(&mut self) {
        if let Err(Trouble::Halt(why)) = self.step.settle(&mut self.batch) {
            self.end(Exit::Halted(why), false);
        }
    }

    /// Nothing more is wanted: what is in work is the last.
    pub(crate) fn finish(&mut self) {
        self.batch.reach_boundary();
        self.step.finish();
        self.end(Exit::Finished, true);
    }

    fn end(&mut self, ended: Exit, drains: bool) {
        self.over = Some(Over { ended, drains });
    }

    /// Whether nothing more is read.
    pub(crate) const fn is_over(&self) -> bool {
        self.over.is_some()
    }

    /// How it ended, once nothing in work counts any more.
    pub(crate) fn ended(&mut self) -> Option<Exit> {
        let over = self.over.take_if(|over| !over.drains || !self.step.is_waiting())?;
        Some(over.ended)
    }

    /// Whether nothing more can come into the batch without more being read.
    pub(crate) fn is_drained(&self) -> bool {
        !self.step.is_waiting() || self.over.as_ref().is_some_and(|over| !over.drains)
    }

    /// Whether another record may be taken up.
    pub(crate) fn has_room(&self) -> bool {
        self.held.is_none() && self.over.is_none() && self.step.has_room()
    }

    /// Whether a record is in work, or held back.
    pub(crate) fn is_waiting(&self) -> bool {
        self.held.is_some() || self.step.is_waiting()
    }

    /// Whether the batch can be committed as it is.
    pub(crate) fn may_commit(&self) -> bool {
        !self.batch.is_empty() && self.step.is_at_boundary()
    }

    /// Leaves in the batch only what can be committed.
    pub(crate) fn trim(&mut self) {
        if !self.step.is_at_boundary() {
            self.batch.return_to_boundary();
        }
    }
}
