//! Runs a [`AsyncProcessor`]: inputs concurrently, outputs in input order.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::Thread;
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::task::JoinHandle;

use crate::api::async_processor::AsyncProcessor;
use crate::api::collector::{Collector, Emitted};
use crate::backoff::Backoff;
use crate::kafka::consumed_record::ConsumedRecord;
use crate::kafka::owned_record::OwnedRecord;
use crate::observe::health::{HealthState, PartitionHealth};
use crate::partition::batch::Batch;
use crate::partition::step::{Step, TaskContext, Trouble};
use crate::record::reject::{ProcessError, Reject};
use crate::schema::single_object::DecodeError;

/// The inputs in work hold at most so many bytes.
const IN_FLIGHT_BYTES_MAX: usize = 8 << 20;

/// The outputs of the inputs in work have about so many bytes at most, going by the largest of late.
const OUTPUT_BYTES_MAX: usize = 32 << 20;

/// A fetcher at one partition.
pub(crate) struct AsyncStep<F> {
    fetcher: Arc<F>,
    around: TaskContext,
    queue: VecDeque<InFlight>,
    bytes: usize,
    /// What the largest output of late has had, in bytes.
    largest: usize,
    /// How many of them are being tried again.
    retrying: Arc<AtomicUsize>,
}

/// An input whose outputs are being fetched. Dropping it ends the work on it.
struct InFlight {
    input: OwnedRecord,
    value: Arc<[u8]>,
    work: JoinHandle<Result<Emitted, Reject>>,
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.work.abort();
    }
}

impl<F: AsyncProcessor> AsyncStep<F> {
    pub(crate) fn new(fetcher: Arc<F>, around: TaskContext) -> Self {
        Self {
            fetcher,
            around,
            queue: VecDeque::new(),
            bytes: 0,
            largest: 0,
            retrying: Arc::default(),
        }
    }
}

impl<F: AsyncProcessor> Step for AsyncStep<F> {
    fn push(&mut self, incoming: ConsumedRecord<'_>, _batch: &mut Batch) -> Result<(), Trouble> {
        let (input, value) = (incoming.to_input(), incoming.value);
        if let Err(DecodeError::UnknownSchema(fingerprint)) =
            self.around.decoder.decode::<F::Input>(value)
        {
            return Err(Trouble::UnknownSchema(fingerprint));
        }
        let value: Arc<[u8]> = value.into();
        let (fetcher, around, worker) =
            (Arc::clone(&self.fetcher), self.around.clone(), std::thread::current());
        let (order, bytes) = (input.head.order, Arc::clone(&value));
        let mut retrying =
            Retrying { all: Arc::clone(&self.retrying), part: around.part.clone(), is_one: false };
        let work = self.around.handle.spawn(async move {
            let _wake = Wake(worker);
            let Some(order) = order else { return Err(Reject::new("no-position")) };
            let mut out = Collector::new(&around.outputs);
            out.belong_to(Some(order.sequence));
            work(&*fetcher, &around, &bytes, out, &mut retrying).await
        });
        self.bytes += value.len();
        self.queue.push_back(InFlight { input, value, work });
        Ok(())
    }

    fn settle(&mut self, batch: &mut Batch) -> Result<(), Trouble> {
        while !batch.is_full() && self.queue.front().is_some_and(|head| head.work.is_finished()) {
            let mut head = self.queue.pop_front().expect("the queue has a head");
            self.bytes -= head.value.len();
            let outcome = (&mut head.work).now_or_never().expect("finished work has an outcome");
            let fetched = outcome.unwrap_or_else(|error| match error.try_into_panic() {
                Ok(panic) => Err(Reject::panicked(&*panic)),
                Err(error) => Err(Reject::because("cancelled", error)),
            });
            match fetched {
                Ok(emitted) => {
                    self.largest = emitted.bytes().max(self.largest / 2);
                    let mark = batch.outbox().mark();
                    batch.outbox().emitted_mut().append(emitted);
                    batch.settle(&head.input.head, head.value.len(), mark);
                }
                Err(reject) => self.around.reject(&head.input, &head.value, &reject, batch)?,
            }
        }
        Ok(())
    }

    fn has_room(&self) -> bool {
        let outputs = self.largest.saturating_mul(self.queue.len() + 1);
        let fits = self.bytes < IN_FLIGHT_BYTES_MAX && outputs <= OUTPUT_BYTES_MAX;
        self.queue.is_empty() || (self.queue.len() < F::IN_FLIGHT_MAX && fits)
    }

    fn is_waiting(&self) -> bool {
        !self.queue.is_empty()
    }
}

/// Works on one input until it succeeds or can never succeed.
async fn work<F: AsyncProcessor>(
    fetcher: &F,
    around: &TaskContext,
    value: &[u8],
    mut out: Collector,
    retrying: &mut Retrying,
) -> Result<Emitted, Reject> {
    let mut backoff = Backoff::new(Duration::from_millis(100), Duration::from_secs(10));
    loop {
        let record = around
            .decoder
            .decode::<F::Input>(value)
            .map_err(|error| Reject::because("undecodable", error))?;
        match fetcher.fetch(record, &mut out).await {
            Ok(()) => return Ok(out.take()),
            Err(ProcessError::Reject(reject)) => return Err(reject),
            Err(ProcessError::Transient(error)) => {
                let wait = backoff.next_wait();
                let cause = format!("{error:#}");
                let (part, wait_ms) = (around.part.name(), wait.as_millis());
                tracing::warn!(flow = around.flow, part, cause, wait_ms, "trying again");
                retrying.because(cause);
                around.meter.retried("fetch");
                out.take();
                tokio::time::sleep(wait).await;
            }
        }
    }
}

/// Shows that an input is being tried again, for as long as this or another one is.
struct Retrying {
    all: Arc<AtomicUsize>,
    part: PartitionHealth,
    is_one: bool,
}

impl Retrying {
    fn because(&mut self, cause: String) {
        if !std::mem::replace(&mut self.is_one, true) {
            self.all.fetch_add(1, Ordering::SeqCst);
        }
        self.part.set(HealthState::Retrying(cause));
    }
}

impl Drop for Retrying {
    fn drop(&mut self) {
        if self.is_one && self.all.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.part.set(HealthState::Running);
        }
    }
}

/// Wakes the worker when the work ends, however it ends.
struct Wake(Thread);

impl Drop for Wake {
    fn drop(&mut self) {
        self.0.unpark();
    }
}
