//! The step of an [`AsyncProcessor`]: inputs concurrently, outputs in input order.

use std::collections::VecDeque;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::sync::{Notify, oneshot};
use tokio::task::AbortHandle;

use crate::api::async_processor::AsyncProcessor;
use crate::api::collector::{Collector, Emitted};
use crate::backoff::Backoff;
use crate::kafka::consumed_record::{ConsumedRecord, OwnedRecord};
use crate::observe::health::PartitionHealth;
use crate::observe::health_state::HealthState;
use crate::partition::context::TaskContext;
use crate::partition::step::{Completed, CompletedInput, Outcome, Step, UnknownSchema};
use crate::record::reject::{ProcessError, Reject};
use crate::schema::single_object::DecodeError;

/// The inputs in work hold at most this many bytes.
const IN_FLIGHT_BYTES_MAX: usize = 8 << 20;
/// The outputs of the inputs in work have about this many bytes at most, going by the largest of late.
const OUTPUT_BYTES_MAX: usize = 32 << 20;
const RETRY_FIRST: Duration = Duration::from_millis(100);
const RETRY_LONGEST: Duration = Duration::from_secs(10);

/// An asynchronous processor at one partition.
pub(crate) struct AsyncStep<P> {
    processor: Arc<P>,
    task: TaskContext,
    completion: Arc<Notify>,
    queue: VecDeque<InFlight>,
    bytes: usize,
    /// What the largest output of late has had, in bytes.
    largest: usize,
    /// How many inputs are being retried.
    retrying: Arc<AtomicUsize>,
}

/// An input in work. Dropping it ends the work.
struct InFlight {
    record: Arc<OwnedRecord>,
    /// Nothing comes where the process ends and its runtime discards the work: then nothing has become of the input.
    processed: oneshot::Receiver<Result<Emitted, Reject>>,
    work: AbortHandle,
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.work.abort();
    }
}

impl<P: AsyncProcessor> AsyncStep<P> {
    pub(crate) fn new(processor: Arc<P>, task: TaskContext, completion: Arc<Notify>) -> Self {
        Self {
            processor,
            task,
            completion,
            queue: VecDeque::new(),
            bytes: 0,
            largest: 0,
            retrying: Arc::default(),
        }
    }
}

impl<P: AsyncProcessor> Step for AsyncStep<P> {
    fn push(&mut self, record: ConsumedRecord<'_>) -> Result<(), UnknownSchema> {
        let decoder = &self.task.flow.decoder;
        if let Err(DecodeError::UnknownSchema(fingerprint)) =
            decoder.decode::<P::Input>(record.value)
        {
            return Err(UnknownSchema(fingerprint));
        }
        let record = Arc::new(record.to_owned_record());
        let (processor, task) = (Arc::clone(&self.processor), self.task.clone());
        let (input, completion) = (Arc::clone(&record), Arc::clone(&self.completion));
        let mut retrying = Retrying {
            all: Arc::clone(&self.retrying),
            health: self.task.health.clone(),
            is_one: false,
        };
        let (done, processed) = oneshot::channel();
        let work = self.task.flow.handle.spawn(async move {
            let work = process(&*processor, &task, &input, &mut retrying);
            let outcome = AssertUnwindSafe(work).catch_unwind().await;
            // Nobody receives what is no longer wanted.
            let _ = done.send(outcome.unwrap_or_else(|panic| Err(Reject::panicked(&*panic))));
            completion.notify_one();
        });
        self.bytes += record.value.len();
        self.queue.push_back(InFlight { record, processed, work: work.abort_handle() });
        Ok(())
    }

    fn next_completed(&mut self) -> Option<Completed> {
        let processed = self.queue.front_mut()?.processed.try_recv().ok()?;
        let head = self.queue.pop_front().expect("the queue has a head");
        self.bytes -= head.record.value.len();
        Some(Completed::Input(match processed {
            Ok(outputs) => {
                self.largest = outputs.bytes().max(self.largest / 2);
                let (head, bytes) = (head.record.head, head.record.value.len());
                CompletedInput { head, bytes, outcome: Outcome::Outputs(outputs) }
            }
            Err(reject) => CompletedInput::rejected((*head.record).clone(), reject),
        }))
    }

    fn has_room(&self) -> bool {
        let outputs = self.largest.saturating_mul(self.queue.len() + 1);
        let fits = self.bytes < IN_FLIGHT_BYTES_MAX && outputs <= OUTPUT_BYTES_MAX;
        self.queue.is_empty() || (self.queue.len() < P::IN_FLIGHT_MAX && fits)
    }

    fn is_pending(&self) -> bool {
        !self.queue.is_empty()
    }
}

/// Works on one input until it succeeds or can never succeed.
async fn process<P: AsyncProcessor>(
    processor: &P,
    task: &TaskContext,
    record: &OwnedRecord,
    retrying: &mut Retrying,
) -> Result<Emitted, Reject> {
    let order = record.head.order.ok_or_else(|| Reject::new("no-position"))?;
    let mut out = Collector::new(&task.flow.outputs);
    out.belong_to(Some(order.sequence));
    let mut backoff = Backoff::new(RETRY_FIRST, RETRY_LONGEST);
    loop {
        let input = task
            .flow
            .decoder
            .decode::<P::Input>(&record.value)
            .map_err(|error| Reject::because("undecodable", error))?;
        match processor.process(input, &mut out).await {
            Ok(()) => return Ok(out.take()),
            Err(ProcessError::Reject(reject)) => return Err(reject),
            Err(ProcessError::Transient(error)) => {
                let wait = backoff.next_wait();
                let cause = format!("{error:#}");
                let (partition, wait_ms) = (task.health.name(), wait.as_millis());
                tracing::warn!(flow = task.flow.flow, partition, cause, wait_ms, "retrying");
                retrying.because(cause);
                task.flow.counts.retried("process");
                out.clear();
                tokio::time::sleep(wait).await;
            }
        }
    }
}

/// Shows that an input is being retried, for as long as this or another one is.
struct Retrying {
    all: Arc<AtomicUsize>,
    health: PartitionHealth,
    is_one: bool,
}

impl Retrying {
    fn because(&mut self, cause: String) {
        if !std::mem::replace(&mut self.is_one, true) {
            self.all.fetch_add(1, Ordering::SeqCst);
        }
        self.health.set(HealthState::Retrying(cause));
    }
}

impl Drop for Retrying {
    fn drop(&mut self) {
        if self.is_one && self.all.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.health.set(HealthState::Running);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::partition::context::tests::task;
    use crate::partition::step::tests::{described, record};
    use crate::record::dead_letter::{DeadLetter, DeadLetters};

    /// Waits for ever for a value of `wait`, panics at `panic`, and completes others.
    struct Asking;

    impl AsyncProcessor for Asking {
        const NAME: &'static str = "asking";
        type Input = DeadLetters;
        type Output = DeadLetters;

        async fn process<'a>(
            &'a self,
            input: DeadLetter<'a>,
            _out: &'a mut Collector,
        ) -> Result<(), ProcessError> {
            match input.payload {
                b"wait" => std::future::pending().await,
                b"panic" => panic!("it says so itself"),
                _ => Ok(()),
            }
        }
    }

    fn step(runtime: &tokio::runtime::Runtime) -> (AsyncStep<Asking>, Arc<Notify>) {
        let completion = Arc::new(Notify::new());
        (AsyncStep::new(Arc::new(Asking), task(runtime), Arc::clone(&completion)), completion)
    }

    #[test]
    fn inputs_complete_in_order_and_a_panic_rejects_its_input() {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_time().build().unwrap();
        let (mut step, completion) = step(&runtime);
        for (offset, payload) in [(1, &b"panic"[..]), (2, b"yes"), (3, b"wait"), (4, b"yes")] {
            step.push(record(offset, Some("1/0/1"), payload).as_consumed()).unwrap();
        }
        let mut completed = Vec::new();
        while completed.len() < 2 {
            match step.next_completed() {
                Some(input) => completed.extend(described(&input)),
                None => runtime.block_on(completion.notified()),
            }
        }
        assert_eq!(completed, [-1, 2]);
        assert!(step.next_completed().is_none() && step.is_pending(), "3 keeps 4 waiting");
    }

    #[test]
    fn an_input_whose_work_is_cancelled_is_neither_done_nor_rejected() {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_time().build().unwrap();
        let (mut step, _) = step(&runtime);
        step.push(record(1, Some("1/0/1"), b"wait").as_consumed()).unwrap();
        runtime.shutdown_timeout(Duration::from_secs(10));
        assert!(step.next_completed().is_none() && step.next_completed().is_none());
        assert!(step.is_pending());
    }
}
