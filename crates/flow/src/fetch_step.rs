//! Runs a [`Fetcher`]: inputs concurrently, outputs in input order.

use std::collections::VecDeque;
use std::sync::Arc;
use std::thread::Thread;
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::task::JoinHandle;

use crate::backoff::Backoff;
use crate::batch::Batch;
use crate::failure::{FetchError, Reject};
use crate::fetcher::Fetcher;
use crate::health::State;
use crate::input::Input;
use crate::outbox::{Emitted, Outbox};
use crate::step::{Step, Surroundings, Trouble, panicked};
use crate::wire::DecodeError;

/// The inputs in work hold at most so many bytes.
const IN_FLIGHT_BYTES_MAX: usize = 8 << 20;

/// A fetcher at one partition.
pub(crate) struct FetchStep<F> {
    fetcher: Arc<F>,
    around: Surroundings,
    queue: VecDeque<InFlight>,
    bytes: usize,
}

/// An input whose outputs are being fetched. Dropping it ends the work on it.
struct InFlight {
    input: Input,
    value: Arc<[u8]>,
    work: JoinHandle<Result<Emitted, Reject>>,
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.work.abort();
    }
}

impl<F: Fetcher> FetchStep<F> {
    pub(crate) const fn new(fetcher: Arc<F>, around: Surroundings) -> Self {
        Self { fetcher, around, queue: VecDeque::new(), bytes: 0 }
    }
}

impl<F: Fetcher> Step for FetchStep<F> {
    fn push(&mut self, input: Input, value: &[u8], _batch: &mut Batch) -> Result<(), Trouble> {
        if let Err(DecodeError::UnknownSchema(fingerprint)) =
            self.around.decoder.decode::<F::Input>(value)
        {
            return Err(Trouble::UnknownSchema(input, fingerprint));
        }
        let value: Arc<[u8]> = value.into();
        let (fetcher, around, worker) =
            (Arc::clone(&self.fetcher), self.around.clone(), std::thread::current());
        let (has_position, bytes) = (input.position.is_some(), Arc::clone(&value));
        let work = self.around.handle.spawn(async move {
            let _wake = Wake(worker);
            if !has_position {
                return Err(Reject::new("no-position"));
            }
            work(&*fetcher, &around, &bytes).await
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
                Ok(panic) => Err(panicked(&*panic)),
                Err(error) => Err(Reject::because("cancelled", error)),
            });
            match fetched {
                Ok(emitted) => {
                    let mark = batch.outbox().mark();
                    batch.outbox().emitted_mut().append(&emitted);
                    batch.settle(&head.input, head.value.len(), mark);
                }
                Err(reject) => self.around.reject(&head.input, &head.value, &reject, batch)?,
            }
        }
        Ok(())
    }

    fn has_room(&self) -> bool {
        self.queue.len() < F::IN_FLIGHT_MAX && self.bytes < IN_FLIGHT_BYTES_MAX
    }

    fn is_waiting(&self) -> bool {
        !self.queue.is_empty()
    }
}

/// Works on one input until it succeeds or can never succeed.
async fn work<F: Fetcher>(
    fetcher: &F,
    around: &Surroundings,
    value: &[u8],
) -> Result<Emitted, Reject> {
    let mut out = Outbox::new(&around.outputs);
    let mut backoff = Backoff::new(Duration::from_millis(100), Duration::from_secs(10));
    let mut retrying = false;
    let outcome = loop {
        let record = around
            .decoder
            .decode::<F::Input>(value)
            .map_err(|error| Reject::because("undecodable", error))?;
        match fetcher.fetch(record, &mut out).await {
            Ok(()) => break Ok(out.take()),
            Err(FetchError::Reject(reject)) => break Err(reject),
            Err(FetchError::Transient(error)) => {
                let wait = backoff.next_wait();
                let cause = format!("{error:#}");
                tracing::warn!(flow = around.flow, part = %around.part, cause, wait_ms = wait.as_millis(), "trying again");
                around.health.set(&around.part, State::Retrying(cause));
                around.meter.retried("fetch");
                retrying = true;
                out.take();
                tokio::time::sleep(wait).await;
            }
        }
    };
    if retrying {
        around.health.set(&around.part, State::Running);
    }
    outcome
}

/// Wakes the worker when the work ends, however it ends.
struct Wake(Thread);

impl Drop for Wake {
    fn drop(&mut self) {
        self.0.unpark();
    }
}
