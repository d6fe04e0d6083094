//! What the three kinds of flow look like to a worker.

pub(crate) mod asynchronous;
pub(crate) mod pure;
pub(crate) mod sink;

use std::sync::Arc;

use tokio::runtime::Handle;

use crate::kafka::consumed_record::ConsumedRecord;
use crate::kafka::owned_record::OwnedRecord;
use crate::observe::health::PartitionHealth;
use crate::observe::metrics_handle::MetricsHandle;
use crate::partition::batch::Batch;
use crate::record::reject::{OnReject, Reject};
use crate::record::topic::TopicSchema;
use crate::schema::single_object::{Decoder, Fingerprint};

/// Turns inputs into a batch, in input order.
pub(crate) trait Step: Send {
    /// Takes up an input. It settles in the batch now or at a later call of [`Step::settle`].
    fn push(&mut self, incoming: ConsumedRecord<'_>, batch: &mut Batch) -> Result<(), Trouble>;

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
pub(crate) struct TaskContext {
    pub(crate) flow: &'static str,
    /// The input topic's name without network and lane, and its whole name.
    pub(crate) topic: &'static str,
    pub(crate) topic_name: Arc<str>,
    /// `<topic>/<partition>`: the part of the flow's health that this is.
    pub(crate) part: PartitionHealth,
    pub(crate) outputs: Arc<[TopicSchema]>,
    pub(crate) on_reject: OnReject,
    pub(crate) decoder: Decoder,
    pub(crate) meter: MetricsHandle,
    pub(crate) metrics: crate::Metrics,
    pub(crate) handle: Handle,
}

impl TaskContext {
    /// Does with a rejected input what the flow's policy says.
    pub(crate) fn reject(
        &self,
        input: &OwnedRecord,
        value: &[u8],
        reject: &Reject,
        batch: &mut Batch,
    ) -> Result<(), Trouble> {
        let causes = reject.causes().join(": ");
        let labels = crate::observe::metrics::ByReason { flow: self.flow, reason: reject.reason() };
        self.metrics.rejected.get_or_create(&labels).inc();
        match self.on_reject {
            OnReject::DeadLetter => {
                let (offset, part) = (input.head.offset, self.part.name());
                if let Err(too_many) = batch.check_rejects() {
                    let by_flow = crate::observe::metrics::ByFlow { flow: self.flow };
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
