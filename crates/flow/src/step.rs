//! What the three kinds of flow look like to a worker.

use std::sync::Arc;

use tokio::runtime::Handle;

use crate::batch::Batch;
use crate::failure::{OnReject, Reject};
use crate::health::Part;
use crate::incoming::Incoming;
use crate::input::Input;
use crate::meter::Meter;
use crate::topic::Described;
use crate::wire::{Decoder, Fingerprint};

/// Turns inputs into a batch, in input order.
pub(crate) trait Step: Send {
    /// Takes up an input. It settles in the batch now or at a later call of [`Step::settle`].
    fn push(&mut self, incoming: Incoming<'_>, batch: &mut Batch) -> Result<(), Trouble>;

    /// Settles what has become ready, in input order, as long as the batch is not full.
    fn settle(&mut self, batch: &mut Batch) -> Result<(), Trouble>;

    /// Whether another input may be pushed.
    fn has_room(&self) -> bool;

    /// Whether something outside is being waited for.
    fn is_waiting(&self) -> bool;

    /// Whether a transaction may end after what has been pushed.
    fn is_at_boundary(&self) -> bool {
        true
    }

    /// A record of a compacted output, from before this attempt.
    fn recall(&mut self, _value: &[u8]) {}

    /// Nothing more will be pushed: whatever waits for more goes on with what it has.
    fn finish(&mut self) {}
}

/// What keeps a worker from going on.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// The input was written with a schema that has to be looked up; push it again afterwards.
    UnknownSchema(Fingerprint),
    /// The partition stops here.
    Halt(String),
}

/// What a step knows of its surroundings.
#[derive(Clone, Debug)]
pub(crate) struct Surroundings {
    pub(crate) flow: &'static str,
    /// The input topic's name without network and lane, and its whole name.
    pub(crate) topic: &'static str,
    pub(crate) topic_name: Arc<str>,
    /// `<topic>/<partition>`: the part of the flow's health that this is.
    pub(crate) part: Part,
    pub(crate) outputs: Arc<[Described]>,
    pub(crate) on_reject: OnReject,
    pub(crate) decoder: Decoder,
    pub(crate) meter: Meter,
    pub(crate) metrics: crate::Metrics,
    pub(crate) handle: Handle,
}

impl Surroundings {
    /// Does with a rejected input what the flow's policy says.
    pub(crate) fn reject(
        &self,
        input: &Input,
        value: &[u8],
        reject: &Reject,
        batch: &mut Batch,
    ) -> Result<(), Trouble> {
        let causes = reject.causes().join(": ");
        let labels = crate::metrics::ByReason { flow: self.flow, reason: reject.reason() };
        self.metrics.rejected.get_or_create(&labels).inc();
        match self.on_reject {
            OnReject::DeadLetter => {
                let (offset, part) = (input.head.offset, self.part.name());
                if let Err(too_many) = batch.check_rejects() {
                    let by_flow = crate::metrics::ByFlow { flow: self.flow };
                    self.metrics.rejects_exceeded.get_or_create(&by_flow).inc();
                    let why = format!("at offset {offset}: {too_many}; the next one: {causes}");
                    return Err(Trouble::Halt(why));
                }
                tracing::warn!(flow = self.flow, part, offset, causes, "rejected a record");
                batch.bury(self.flow, &self.topic_name, input, value, reject);
                Ok(())
            }
            OnReject::Halt => {
                Err(Trouble::Halt(format!("at offset {}: {causes}", input.head.offset)))
            }
        }
    }
}

/// What a caught panic becomes.
pub(crate) fn panicked(panic: &(dyn std::any::Any + Send)) -> Reject {
    let message = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no message".to_owned());
    Reject::because("panic", anyhow::Error::msg(message))
}
