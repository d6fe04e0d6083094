//! The context of a flow, and of a task: one partition of one of its inputs.

use std::sync::Arc;

use tokio::runtime::Handle;

use crate::kafka::topics::PartitionCounts;
use crate::observe::health::{Health, PartitionHealth};
use crate::observe::metrics::Metrics;
use crate::observe::metrics_handle::MetricsHandle;
use crate::record::namespace::Namespace;
use crate::record::reject::OnReject;
use crate::record::topic::{Extent, TopicSchema};
use crate::schema::single_object::Decoder;
use crate::settings::Settings;

/// The batches of a process hold at most this many bytes together.
const BATCH_BYTES_MAX: usize = 16 << 20;

/// A flow, resolved against its settings and Kafka: what its tasks, or the active instance of a source, share.
#[derive(Clone)]
pub(crate) struct FlowContext {
    pub(crate) flow: &'static str,
    pub(crate) settings: Arc<Settings>,
    /// The consumer group: `<network>[.<lane>].<flow>`.
    pub(crate) group: String,
    /// The lane that is read.
    pub(crate) from: Namespace,
    /// The lane that is written.
    pub(crate) to: Namespace,
    pub(crate) inputs: Arc<[TopicSchema]>,
    /// What is written; for a flow that reads, the dead letters are the last.
    pub(crate) outputs: Arc<[TopicSchema]>,
    pub(crate) partitions: PartitionCounts,
    pub(crate) on_reject: OnReject,
    pub(crate) decoder: Decoder,
    pub(crate) handle: Handle,
    pub(crate) metrics: Metrics,
    pub(crate) counts: MetricsHandle,
    pub(crate) health: Health,
}

/// One partition of one input: all that a worker reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct TopicPartition {
    /// Index among the flow's inputs.
    pub(crate) input: usize,
    pub(crate) partition: i32,
}

/// What a worker and its step know: the flow, the partition, and where to report its health.
#[derive(Clone)]
pub(crate) struct TaskContext {
    pub(crate) flow: Arc<FlowContext>,
    pub(crate) at: TopicPartition,
    pub(crate) health: PartitionHealth,
}

impl FlowContext {
    /// The whole name of the topic that is read at `at`.
    pub(crate) fn topic(&self, at: TopicPartition) -> String {
        self.from.topic(&self.inputs[at.input].spec)
    }

    /// `<topic>/<partition>`, without network and lane: what the partition is called in health, logs and metrics.
    pub(crate) fn partition_name(&self, at: TopicPartition) -> String {
        format!("{}/{}", self.inputs[at.input].spec.name, at.partition)
    }

    /// `<group>.<topic>.<partition>`: opening it fences the partition's former worker.
    pub(crate) fn transactional_id(&self, at: TopicPartition) -> String {
        format!("{}.{}.{}", self.group, self.inputs[at.input].spec.name, at.partition)
    }

    /// The output partitions that an input partition feeds.
    pub(crate) fn fed_by(&self, partition: i32) -> impl Iterator<Item = i32> + use<> {
        let to = i32::try_from(self.partitions.to).expect("a number of partitions fits");
        let step = usize::try_from(self.partitions.from).expect("a number of partitions fits");
        (partition..to).step_by(step)
    }

    /// The outputs that have this flow as their only writer: all but the dead letters and what lanes share.
    pub(crate) fn own_outputs(&self) -> impl Iterator<Item = &TopicSchema> {
        let own = self.outputs.len().saturating_sub(1);
        self.outputs[..own].iter().filter(|it| it.spec.extent == Extent::Partitioned)
    }
}

impl TaskContext {
    /// The input topic's name without network and lane.
    pub(crate) fn topic(&self) -> &'static str {
        self.flow.inputs[self.at.input].spec.name
    }

    /// The most that the partition's batch holds, in bytes: an equal part for each partition that is assigned now.
    pub(crate) fn batch_bytes_max(&self) -> usize {
        BATCH_BYTES_MAX / self.flow.health.assigned().max(1)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use clap::Parser as _;
    use tokio::runtime::Runtime;

    use super::*;
    use crate::observe::health_state::HealthState;
    use crate::record::dead_letter::DeadLetters;

    #[derive(clap::Parser)]
    struct Cli {
        #[command(flatten)]
        settings: Settings,
    }

    /// A task that reads and writes dead letters, without Kafka.
    pub(crate) fn task(runtime: &Runtime) -> TaskContext {
        task_with(runtime, &[])
    }

    /// The same with further arguments.
    pub(crate) fn task_with(runtime: &Runtime, arguments: &[&str]) -> TaskContext {
        let always = ["flow", "--network", "net", "--kafka-brokers", "nowhere:9"];
        let settings = Cli::parse_from(always.iter().chain(arguments)).settings;
        let (metrics, topics) = (Metrics::default(), [TopicSchema::of::<DeadLetters>()]);
        let health = Health::new("flow", &metrics);
        let claim = health.claim("dead-letters/0", HealthState::Running);
        let flow = FlowContext {
            flow: "flow",
            group: "net.flow".into(),
            from: settings.from(),
            to: settings.to(),
            settings: Arc::new(settings),
            inputs: topics.into(),
            outputs: topics.into(),
            partitions: PartitionCounts { from: 1, to: 1 },
            on_reject: OnReject::DeadLetter,
            decoder: Decoder::new(&topics),
            handle: runtime.handle().clone(),
            counts: MetricsHandle::new("flow", &metrics),
            metrics,
            health,
        };
        let at = TopicPartition { input: 0, partition: 0 };
        TaskContext { flow: Arc::new(flow), at, health: claim }
    }
}
