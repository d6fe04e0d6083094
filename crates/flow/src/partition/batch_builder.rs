//! The batch builder: gives records to the step, and adds what is complete to the batch.

use std::collections::VecDeque;
use std::sync::Arc;

use tokio::sync::Notify;

use crate::group::supervisor::Exit;
use crate::kafka::consumed_record::ConsumedRecord;
use crate::observe::health_state::HealthState;
use crate::partition::batch::Batch;
use crate::partition::context::TaskContext;
use crate::partition::pending_schema::PendingSchema;
use crate::partition::phase::{BatchStatus, Ending, Status};
use crate::partition::rejects::{Halt, Rejects};
use crate::partition::step::{MakeStep, Step, UnknownSchema};
use crate::partition::worker_metrics::WorkerMetrics;
use crate::record::progress::Progress;

/// The inputs of a partition that are in work, and the batch that they are added to.
pub(crate) struct BatchBuilder {
    task: TaskContext,
    step: Box<dyn Step>,
    batch: Batch,
    rejects: Rejects,
    /// What has been read, whether committed or not.
    read: Progress,
    pending_schema: Option<PendingSchema>,
    /// When the records that are read and not committed were produced, in milliseconds since the epoch.
    produced_ms: VecDeque<Option<i64>>,
    /// Why nothing more is read.
    ended: Option<(Exit, Ending)>,
}

impl BatchBuilder {
    /// Goes on from `progress`. The step notifies `completion` when an input is complete.
    pub(crate) fn new(
        task: &TaskContext,
        make_step: &MakeStep,
        completion: Arc<Notify>,
        progress: Progress,
    ) -> Self {
        Self {
            step: make_step(task.clone(), completion),
            batch: Batch::new(task.batch_bytes_max()),
            rejects: Rejects::new(task.clone()),
            read: progress,
            pending_schema: None,
            produced_ms: VecDeque::new(),
            ended: None,
            task: task.clone(),
        }
    }

    pub(crate) const fn batch(&self) -> &Batch {
        &self.batch
    }

    /// No other record has come in time.
    pub(crate) const fn linger(&mut self) {
        self.batch.linger();
    }

    /// The batch is committed, up to `next_offset`.
    pub(crate) fn committed(&mut self, next_offset: i64) {
        self.produced_ms.drain(..self.batch.inputs().min(self.produced_ms.len()));
        let oldest_ms = self.produced_ms.front().copied().flatten();
        self.task.health.progress().committed(next_offset, oldest_ms);
        self.batch.clear();
    }

    pub(crate) const fn pending_schema(&self) -> Option<&PendingSchema> {
        self.pending_schema.as_ref()
    }

    /// Gives the step a record of a compacted output.
    pub(crate) fn restore_state(&mut self, value: &[u8]) {
        self.step.restore_state(value);
    }

    /// Takes a record that was read, after checking that it follows the one before.
    pub(crate) fn take(&mut self, record: ConsumedRecord<'_>, metrics: &WorkerMetrics) {
        metrics.received(record.value.len());
        let head = record.head;
        if let Some(order) = head.order {
            if self.task.flow.settings.until.is_some_and(|until| order.sequence > until) {
                return self.finish();
            }
            if let Err(missing) = self.read.read(order.id(), head.previous) {
                let why = format!("at offset {}: {missing}", head.offset);
                // What was read before is whole, and still counts.
                return self.end(Exit::Halted(why), Ending::AfterInFlight);
            }
        }
        if self.produced_ms.is_empty() {
            self.task.health.progress().uncommitted_since(head.timestamp_ms);
        }
        self.produced_ms.push_back(head.timestamp_ms);
        if let Err(schema) = self.step.push(record) {
            self.pending_schema = Some(PendingSchema::new(record, schema));
        }
    }

    /// Reads the published schemas, and gives the pending record to the step again.
    pub(crate) fn look_up_schema(&mut self) {
        let Some(mut pending) = self.pending_schema.take() else { return };
        pending.look_up(&self.task);
        match self.step.push(pending.record()) {
            Ok(()) => self.task.health.set(HealthState::Running),
            Err(UnknownSchema(_)) => self.pending_schema = Some(pending),
        }
    }

    /// Adds to the batch what the step has completed, until the batch is full.
    pub(crate) fn collect(&mut self) {
        while self.batch.status() != BatchStatus::Full {
            let Some(completed) = self.step.next_completed() else { return };
            match self.rejects.add(completed, &mut self.batch) {
                Ok(spare) => self.step.recycle(spare),
                Err(Halt(why)) => return self.end(Exit::Halted(why), Ending::AfterBatch),
            }
        }
    }

    /// Nothing more is wanted: what is in work is the last.
    pub(crate) fn finish(&mut self) {
        self.step.finish();
        self.end(Exit::Finished, Ending::AfterInFlight);
    }

    /// Stops after what is complete.
    pub(crate) fn stop(&mut self) {
        self.end(Exit::Stopped, Ending::AfterBatch);
    }

    /// The first reason counts, unless a later one discards what the first would wait for.
    fn end(&mut self, exit: Exit, ending: Ending) {
        if self.ended.as_ref().is_none_or(|(_, first)| *first != Ending::AfterBatch) {
            self.ended = Some((exit, ending));
        }
    }

    /// Why it ended.
    pub(crate) fn into_exit(self) -> Exit {
        self.ended.map_or(Exit::Stopped, |(exit, _)| exit)
    }

    pub(crate) fn status(&self) -> Status {
        Status {
            batch: self.batch.status(),
            ending: self.ended.as_ref().map_or(Ending::No, |(_, ending)| *ending),
            step_has_room: self.step.has_room(),
            step_is_pending: self.step.is_pending(),
            schema_is_missing: self.pending_schema.is_some(),
        }
    }
}
