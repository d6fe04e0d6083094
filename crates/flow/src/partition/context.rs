//! A flow, with everything that its workers share.

use std::sync::Arc;

use tokio::runtime::Handle;

use crate::kafka::topics::Partitions;
use crate::observe::health::{Health, PartitionHealth};
use crate::observe::metrics::Metrics;
use crate::observe::metrics_handle::MetricsHandle;
use crate::partition::step::{Step, TaskContext};
use crate::record::namespace::Namespace;
use crate::record::reject::OnReject;
use crate::record::topic::TopicSchema;
use crate::schema::single_object::Decoder;
use crate::settings::Settings;

/// The batches of a process hold at most so many bytes together.
const BATCH_BYTES_MAX: usize = 16 << 20;

/// Makes the step of a worker.
pub(crate) type MakeStep = Arc<dyn Fn(TaskContext) -> Box<dyn Step> + Send + Sync>;

/// A flow, resolved against its settings and Kafka.
#[derive(Clone)]
pub(crate) struct FlowContext {
    pub(crate) flow: &'static str,
    pub(crate) settings: Arc<Settings>,
    /// `<network>[.<lane>].<flow>`.
    pub(crate) group: String,
    pub(crate) from: Namespace,
    pub(crate) to: Namespace,
    pub(crate) inputs: Arc<[TopicSchema]>,
    /// What is written, the dead letters last.
    pub(crate) outputs: Arc<[TopicSchema]>,
    pub(crate) partitions: Partitions,
    pub(crate) on_reject: OnReject,
    pub(crate) decoder: Decoder,
    pub(crate) meter: MetricsHandle,
    pub(crate) metrics: Metrics,
    pub(crate) health: Health,
    pub(crate) handle: Handle,
    pub(crate) make_step: MakeStep,
}

/// One partition of one input: a worker's whole world.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct TopicPartition {
    /// Index among the flow's inputs.
    pub(crate) input: usize,
    pub(crate) partition: i32,
}

impl FlowContext {
    pub(crate) fn topic(&self, share: TopicPartition) -> String {
        self.from.topic(&self.inputs[share.input].spec)
    }

    /// `<topic>/<partition>`, without network and lane.
    pub(crate) fn part(&self, share: TopicPartition) -> String {
        format!("{}/{}", self.inputs[share.input].spec.name, share.partition)
    }

    /// `<group>.<topic>.<partition>`: whoever opens it fences the partition's former worker.
    pub(crate) fn transactional_id(&self, share: TopicPartition) -> String {
        format!("{}.{}.{}", self.group, self.inputs[share.input].spec.name, share.partition)
    }

    /// How many workers the process has if it gets all partitions.
    pub(crate) fn shares_max(&self) -> u32 {
        self.partitions.from * u32::try_from(self.inputs.len()).unwrap_or(u32::MAX)
    }

    /// The most that one worker's batch holds, in bytes.
    pub(crate) fn batch_bytes_max(&self) -> usize {
        BATCH_BYTES_MAX
            / usize::try_from(self.shares_max().max(1)).expect("a number of partitions fits")
    }

    pub(crate) fn surroundings(
        &self,
        share: TopicPartition,
        part: &PartitionHealth,
    ) -> TaskContext {
        TaskContext {
            flow: self.flow,
            topic: self.inputs[share.input].spec.name,
            topic_name: self.topic(share).into(),
            part: part.clone(),
            outputs: Arc::clone(&self.outputs),
            on_reject: self.on_reject,
            decoder: self.decoder.clone(),
            meter: self.meter.clone(),
            metrics: self.metrics.clone(),
            handle: self.handle.clone(),
        }
    }
}
