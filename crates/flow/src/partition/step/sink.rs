//! The step of a [`Sink`]: chunks by content, written one at a time, complete once the outside has acknowledged them.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::sync::{Notify, oneshot};
use tokio::task::AbortHandle;

use crate::api::collector::Emitted;
use crate::api::sink::{RenderError, Sink, SinkChunk, SinkRecord};
use crate::backoff::Backoff;
use crate::kafka::consumed_record::ConsumedRecord;
use crate::kill_point::KillPoint;
use crate::observe::health_state::HealthState;
use crate::partition::context::TaskContext;
use crate::partition::step::{Completed, CompletedInput, Step, UnknownSchema};
use crate::record::record_order::RecordOrder;
use crate::record::reject::Reject;
use crate::schema::single_object::DecodeError;

/// Closed chunks that wait behind the one that is being written.
const WAITING_MAX: usize = 4;
const RETRY_FIRST: Duration = Duration::from_millis(200);
const RETRY_LONGEST: Duration = Duration::from_secs(10);

/// A sink at one partition.
pub(crate) struct SinkStep<S> {
    sink: Arc<S>,
    task: TaskContext,
    completion: Arc<Notify>,
    open: Option<ChunkBuilder>,
    closed: VecDeque<ChunkBuilder>,
    writing: Option<Writing>,
}

/// A chunk, with the inputs that are complete with it.
struct ChunkBuilder {
    chunk: Arc<SinkChunk>,
    first: RecordOrder,
    inputs: Vec<CompletedInput>,
}

/// A chunk that is being written. Dropping it ends the attempt.
struct Writing {
    /// Nothing comes where the process ends and its runtime discards the work: then the chunk does not count as acknowledged.
    acknowledged: oneshot::Receiver<()>,
    work: AbortHandle,
}

impl Drop for Writing {
    fn drop(&mut self) {
        self.work.abort();
    }
}

impl<S: Sink> SinkStep<S> {
    pub(crate) const fn new(sink: Arc<S>, task: TaskContext, completion: Arc<Notify>) -> Self {
        Self { sink, task, completion, open: None, closed: VecDeque::new(), writing: None }
    }

    fn render(
        &self,
        consumed: &ConsumedRecord<'_>,
        order: RecordOrder,
    ) -> Result<Vec<u8>, RenderError> {
        let record = SinkRecord {
            topic: self.task.topic(),
            order,
            key: consumed.key(),
            value: consumed.value,
            decoder: &self.task.flow.decoder,
            meter: &self.task.flow.counts,
        };
        let mut rendered = Vec::with_capacity(consumed.value.len() * 2);
        match catch_unwind(AssertUnwindSafe(|| self.sink.render(&record, &mut rendered))) {
            Ok(Ok(())) => Ok(rendered),
            Ok(Err(error)) => Err(error),
            Err(panic) => Err(Reject::panicked(&*panic).into()),
        }
    }

    fn close(&mut self) {
        self.closed.extend(self.open.take());
        self.write_next();
    }

    /// Begins to write the first closed chunk, unless one is being written or there is nothing in it to write.
    fn write_next(&mut self) {
        let Some(head) = self.closed.front() else { return };
        if self.writing.is_some() || head.chunk.records == 0 {
            return;
        }
        let (sink, task, chunk) =
            (Arc::clone(&self.sink), self.task.clone(), Arc::clone(&head.chunk));
        let completion = Arc::clone(&self.completion);
        let (done, acknowledged) = oneshot::channel();
        let work = self.task.flow.handle.spawn(async move {
            write(&*sink, &task, &chunk).await;
            drop(chunk);
            // Nobody receives it once the partition was given up.
            let _ = done.send(());
            completion.notify_one();
        });
        self.writing = Some(Writing { acknowledged, work: work.abort_handle() });
    }
}

impl<S: Sink> Step for SinkStep<S> {
    fn push(&mut self, record: ConsumedRecord<'_>) -> Result<(), UnknownSchema> {
        let order = record.head.order.unwrap_or_else(|| RecordOrder::whole(u64::MAX));
        let rendered = if record.head.order.is_some() {
            match self.render(&record, order) {
                Ok(rendered) => Ok(rendered),
                Err(RenderError::Decode(DecodeError::UnknownSchema(fingerprint))) => {
                    return Err(UnknownSchema(fingerprint));
                }
                Err(RenderError::Decode(error)) => Err(Reject::because("undecodable", error)),
                Err(RenderError::Reject(reject)) => Err(reject),
            }
        } else {
            Err(Reject::new("no-position"))
        };
        let bytes = rendered.as_ref().map_or(0, Vec::len);
        if self.open.as_ref().is_some_and(|open| !open.takes::<S>(order, bytes)) {
            self.close();
        }
        let topic = self.task.topic();
        self.open.get_or_insert_with(|| ChunkBuilder::new(topic, order)).add(&record, rendered);
        if order.is_last() {
            self.close();
        }
        Ok(())
    }

    fn next_completed(&mut self) -> Option<Completed> {
        match &mut self.writing {
            Some(writing) => writing.acknowledged.try_recv().ok()?,
            None => drop(self.closed.front().filter(|head| head.chunk.records == 0)?),
        }
        self.writing = None;
        let head = self.closed.pop_front()?;
        self.write_next();
        Some(Completed::Group(head.inputs))
    }

    fn has_room(&self) -> bool {
        self.closed.len() < WAITING_MAX
    }

    fn is_pending(&self) -> bool {
        !self.closed.is_empty()
    }

    fn finish(&mut self) {
        self.close();
    }
}

impl ChunkBuilder {
    fn new(topic: &'static str, first: RecordOrder) -> Self {
        let id = format!("{topic}/{}", first.id());
        let sequence = first.sequence;
        let chunk = SinkChunk { topic, id, sequence, bytes: Vec::new(), records: 0 };
        Self { chunk: Arc::new(chunk), first, inputs: Vec::new() }
    }

    /// Whether a record may join. Depends on content alone.
    fn takes<S: Sink>(&self, order: RecordOrder, bytes: usize) -> bool {
        let block = |order: RecordOrder| order.part / S::CHUNK_PARTS_MAX;
        order.sequence == self.first.sequence
            && block(order) == block(self.first)
            && self.chunk.bytes.len() + bytes <= S::CHUNK_BYTES_MAX
    }

    fn add(&mut self, record: &ConsumedRecord<'_>, rendered: Result<Vec<u8>, Reject>) {
        self.inputs.push(match rendered {
            Ok(rendered) => {
                let chunk =
                    Arc::get_mut(&mut self.chunk).expect("an open chunk is not being written");
                chunk.bytes.extend_from_slice(&rendered);
                chunk.records += 1;
                CompletedInput::of(record, Emitted::default())
            }
            Err(reject) => CompletedInput::rejected(record.to_owned_record(), reject),
        });
    }
}

/// Writes a chunk, for as long as it takes.
async fn write<S: Sink>(sink: &S, task: &TaskContext, chunk: &SinkChunk) {
    let mut backoff = Backoff::new(RETRY_FIRST, RETRY_LONGEST);
    let mut retrying = false;
    let flow = task.flow.flow;
    loop {
        KillPoint::BeforeWrite.reach();
        // After a panic too, nothing but the same chunk may be written.
        let cause = match AssertUnwindSafe(sink.write(chunk)).catch_unwind().await {
            Ok(Ok(())) => break,
            Ok(Err(error)) => format!("{error:#}"),
            Err(panic) => Reject::panicked(&*panic).causes().join(": "),
        };
        let wait = backoff.next_wait();
        tracing::warn!(flow, chunk = chunk.id, cause, wait_ms = wait.as_millis(), "retrying");
        task.health.set(HealthState::Retrying(cause));
        task.flow.counts.retried("write");
        retrying = true;
        tokio::time::sleep(wait).await;
    }
    KillPoint::AfterAcknowledgement.reach();
    if retrying {
        task.health.set(HealthState::Running);
    }
    task.flow.counts.acknowledged(chunk.records as u64, chunk.bytes.len() as u64);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::partition::context::tests::task;
    use crate::partition::step::tests::{described, record};
    use crate::record::dead_letter::DeadLetters;

    /// Acknowledges at once, or never; rejects a record of `no`.
    struct Receiver {
        acknowledges: bool,
    }

    impl Sink for Receiver {
        const NAME: &'static str = "receiver";
        type Input = DeadLetters;

        fn render(&self, record: &SinkRecord<'_>, out: &mut Vec<u8>) -> Result<(), RenderError> {
            let letter = record.decoder.decode::<DeadLetters>(record.value)?;
            if letter.payload == b"no" {
                return Err(Reject::new("no").into());
            }
            out.extend_from_slice(letter.payload);
            Ok(())
        }

        async fn write(&self, _chunk: &SinkChunk) -> anyhow::Result<()> {
            if self.acknowledges { Ok(()) } else { std::future::pending().await }
        }
    }

    fn runtime() -> tokio::runtime::Runtime {
        tokio::runtime::Builder::new_multi_thread().enable_time().build().unwrap()
    }

    fn step(
        runtime: &tokio::runtime::Runtime,
        acknowledges: bool,
    ) -> (SinkStep<Receiver>, Arc<Notify>) {
        let (sink, completion) = (Arc::new(Receiver { acknowledges }), Arc::new(Notify::new()));
        (SinkStep::new(sink, task(runtime), Arc::clone(&completion)), completion)
    }

    #[test]
    fn a_chunk_with_its_rejected_records_is_one_group() {
        let runtime = runtime();
        let (mut step, completion) = step(&runtime, true);
        for (offset, order, payload) in
            [(1, "7/0/3", &b"a"[..]), (2, "7/1/3", b"no"), (3, "7/2/3", b"c"), (4, "8/0/1", b"no")]
        {
            step.push(record(offset, Some(order), payload).as_consumed()).unwrap();
        }
        let mut groups = Vec::new();
        while groups.len() < 2 {
            match step.next_completed() {
                Some(group) => groups.push(described(&group)),
                None => runtime.block_on(completion.notified()),
            }
        }
        assert_eq!(groups, [vec![1, -2, 3], vec![-4]], "what has nothing to write waits for none");
    }

    #[test]
    fn a_chunk_whose_write_is_cancelled_is_not_acknowledged() {
        let runtime = runtime();
        let (mut step, _) = step(&runtime, false);
        step.push(record(1, Some("7/0/1"), b"a").as_consumed()).unwrap();
        runtime.shutdown_timeout(Duration::from_secs(10));
        assert!(step.next_completed().is_none() && step.next_completed().is_none());
        assert!(step.is_pending());
    }
}
