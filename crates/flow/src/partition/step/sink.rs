//! Runs a [`Sink`]: chunks by content, one at a time, settled once the outside has them.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::task::JoinHandle;

use crate::api::sink::{RenderError, Sink, SinkChunk, SinkRecord};
use crate::backoff::Backoff;
use crate::kafka::consumed_record::{ConsumedRecord, RecordHead};
use crate::kafka::owned_record::OwnedRecord;
use crate::kill_point::KillPoint;
use crate::observe::health::HealthState;
use crate::partition::batch::Batch;
use crate::partition::step::{Step, TaskContext, Trouble};
use crate::record::record_order::RecordOrder;
use crate::record::reject::Reject;
use crate::schema::single_object::DecodeError;

/// So many closed chunks wait behind the one that is being written.
const WAITING_MAX: usize = 4;

/// A sink at one partition.
pub(crate) struct SinkStep<S> {
    sink: Arc<S>,
    around: TaskContext,
    open: Option<Gathered>,
    closed: VecDeque<Gathered>,
    writing: Option<JoinHandle<()>>,
}

/// A chunk, with the inputs that settle with it.
struct Gathered {
    chunk: Arc<SinkChunk>,
    first: RecordOrder,
    members: Vec<Member>,
}

/// An input of a chunk; a rejected one is kept whole.
struct Member {
    head: RecordHead,
    bytes: usize,
    rejected: Option<(OwnedRecord, Vec<u8>, Reject)>,
}

impl<S: Sink> SinkStep<S> {
    pub(crate) const fn new(sink: Arc<S>, around: TaskContext) -> Self {
        Self { sink, around, open: None, closed: VecDeque::new(), writing: None }
    }

    fn render(
        &self,
        incoming: ConsumedRecord<'_>,
        order: RecordOrder,
    ) -> Result<Vec<u8>, RenderError> {
        let (key, value) = (incoming.key(), incoming.value);
        let (decoder, meter) = (&self.around.decoder, &self.around.meter);
        let record = SinkRecord { topic: self.around.topic, order, key, value, decoder, meter };
        let mut rendered = Vec::with_capacity(value.len() * 2);
        match catch_unwind(AssertUnwindSafe(|| self.sink.render(&record, &mut rendered))) {
            Ok(Ok(())) => Ok(rendered),
            Ok(Err(error)) => Err(error),
            Err(panic) => Err(Reject::panicked(&*panic).into()),
        }
    }

    fn close(&mut self) {
        self.closed.extend(self.open.take());
        self.start();
    }

    /// Begins writing the first closed chunk, unless one is being written.
    fn start(&mut self) {
        if self.writing.is_some() {
            return;
        }
        let Some(head) = self.closed.front() else { return };
        if head.chunk.records == 0 {
            return;
        }
        let (sink, around, chunk) =
            (Arc::clone(&self.sink), self.around.clone(), Arc::clone(&head.chunk));
        let worker = std::thread::current();
        self.writing = Some(self.around.handle.spawn(async move {
            write(&*sink, &around, &chunk).await;
            worker.unpark();
        }));
    }
}

impl<S: Sink> Step for SinkStep<S> {
    fn push(&mut self, incoming: ConsumedRecord<'_>, _batch: &mut Batch) -> Result<(), Trouble> {
        let order = incoming.head.order.unwrap_or_else(|| RecordOrder::whole(u64::MAX));
        let rendered = if incoming.head.order.is_some() {
            match self.render(incoming, order) {
                Ok(rendered) => Ok(rendered),
                Err(RenderError::Decode(DecodeError::UnknownSchema(fingerprint))) => {
                    return Err(Trouble::UnknownSchema(fingerprint));
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
        let topic = self.around.topic;
        let open = self.open.get_or_insert_with(|| Gathered::new(topic, order));
        open.add(incoming, rendered);
        if order.is_last() {
            self.close();
        }
        Ok(())
    }

    fn settle(&mut self, batch: &mut Batch) -> Result<(), Trouble> {
        loop {
            match self.writing.take() {
                Some(writing) if !writing.is_finished() => {
                    self.writing = Some(writing);
                    return Ok(());
                }
                // A panic is caught where the chunk is written, and nobody else ends the task.
                Some(_) => {}
                None if self.closed.front().is_some_and(|head| head.chunk.records == 0) => {}
                None => return Ok(()),
            }
            let Some(head) = self.closed.pop_front() else { return Ok(()) };
            for member in head.members {
                match member.rejected {
                    None => {
                        let mark = batch.outbox().mark();
                        batch.settle(&member.head, member.bytes, mark);
                    }
                    Some((input, value, reject)) => {
                        self.around.reject(&input, &value, &reject, batch)?;
                    }
                }
            }
            self.start();
            if batch.is_full() {
                return Ok(());
            }
        }
    }

    fn has_room(&self) -> bool {
        self.closed.len() < WAITING_MAX
    }

    fn is_waiting(&self) -> bool {
        !self.closed.is_empty()
    }

    fn finish(&mut self) {
        self.close();
    }
}

impl<S> Drop for SinkStep<S> {
    fn drop(&mut self) {
        if let Some(writing) = &self.writing {
            writing.abort();
        }
    }
}

impl Gathered {
    fn new(topic: &'static str, first: RecordOrder) -> Self {
        let id = format!("{topic}/{}", first.id());
        let chunk =
            SinkChunk { topic, id, sequence: first.sequence, bytes: Vec::new(), records: 0 };
        Self { chunk: Arc::new(chunk), first, members: Vec::new() }
    }

    /// Whether a record may join. Depends on content alone.
    fn takes<S: Sink>(&self, order: RecordOrder, bytes: usize) -> bool {
        let block = |order: RecordOrder| order.part / S::CHUNK_PARTS_MAX;
        order.sequence == self.first.sequence
            && block(order) == block(self.first)
            && self.chunk.bytes.len() + bytes <= S::CHUNK_BYTES_MAX
    }

    fn add(&mut self, incoming: ConsumedRecord<'_>, rendered: Result<Vec<u8>, Reject>) {
        let rejected = match rendered {
            Ok(rendered) => {
                let chunk =
                    Arc::get_mut(&mut self.chunk).expect("an open chunk is not being written");
                chunk.bytes.extend_from_slice(&rendered);
                chunk.records += 1;
                None
            }
            Err(reject) => Some((incoming.to_input(), incoming.value.to_vec(), reject)),
        };
        self.members.push(Member { head: incoming.head, bytes: incoming.value.len(), rejected });
    }
}

/// Writes a chunk, for as long as it takes.
async fn write<S: Sink>(sink: &S, around: &TaskContext, chunk: &SinkChunk) {
    let mut backoff = Backoff::new(Duration::from_millis(200), Duration::from_secs(10));
    let mut retrying = false;
    loop {
        KillPoint::BeforeWrite.reach();
        // A panic is no reason to write anything but the same chunk again.
        let cause = match AssertUnwindSafe(sink.write(chunk)).catch_unwind().await {
            Ok(Ok(())) => break,
            Ok(Err(error)) => format!("{error:#}"),
            Err(panic) => Reject::panicked(&*panic).causes().join(": "),
        };
        let wait = backoff.next_wait();
        tracing::warn!(
            flow = around.flow,
            chunk = chunk.id,
            cause,
            wait_ms = wait.as_millis(),
            "writing again"
        );
        around.part.set(HealthState::Retrying(cause));
        around.meter.retried("write");
        retrying = true;
        tokio::time::sleep(wait).await;
    }
    KillPoint::AfterAcknowledgement.reach();
    if retrying {
        around.part.set(HealthState::Running);
    }
    around.meter.acknowledged(chunk.records as u64, chunk.bytes.len() as u64);
}
