//! A worker: one partition of one input, from fencing its former owner to its last commit.
//!
//! It opens the partition's transactional id, which fences the former worker and resolves the transaction that that one left
//! open; *then* it reads the committed offset; then it consumes. Any error ends the attempt, and the next one begins in the
//! same way: there is no other recovery.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use crate::backoff::Backoff;
use crate::group::supervisor::{Exit, Supervisor};
use crate::kafka::partition_reader::PartitionReader;
use crate::kafka::transactional_producer::TransactionalProducer;
use crate::kill_point::KillPoint;
use crate::observe::health::PartitionHealth;
use crate::observe::health_state::HealthState;
use crate::partition::context::{FlowContext, TaskContext, TopicPartition};
use crate::partition::partition_loop::PartitionLoop;
use crate::partition::start_offset::{self, StartError};
use crate::partition::step::MakeStep;

impl From<StartError> for Exit {
    fn from(error: StartError) -> Self {
        match error {
            StartError::Halt(why) => Self::Halted(why),
            StartError::Failed(error) => Self::Failed("start", error),
        }
    }
}

/// Works on a partition until `stop` is cancelled, attempt after attempt.
pub(crate) fn work(
    flow: &Arc<FlowContext>,
    make_step: &MakeStep,
    at: TopicPartition,
    stop: &CancellationToken,
) {
    let partition = flow.partition_name(at);
    let supervisor = Supervisor {
        flow: flow.flow,
        partition: &partition,
        health: &flow.health,
        metrics: &flow.metrics,
        stop,
    };
    let attempt = |health: &PartitionHealth, backoff: &mut Backoff| {
        let task = TaskContext { flow: Arc::clone(flow), at, health: health.clone() };
        attempt(&task, make_step, stop, backoff)
    };
    supervisor.run(attempt).release();
}

fn attempt(
    task: &TaskContext,
    make_step: &MakeStep,
    stop: &CancellationToken,
    backoff: &mut Backoff,
) -> Result<Exit, Exit> {
    let (flow, at, health) = (&task.flow, task.at, &task.health);
    health.beat("fencing");
    let producer = TransactionalProducer::open(&flow.settings, &flow.transactional_id(at))?;
    health.beat("finding the start offset");
    let readers = u32::try_from(flow.health.assigned()).unwrap_or(u32::MAX);
    let reader = PartitionReader::new(&flow.settings, &flow.group, readers, &flow.handle)
        .map_err(Exit::failed("reader"))?;
    let start = start_offset::find(task, &reader)?;
    reader.assign(&flow.topic(at), at.partition, start.offset).map_err(Exit::failed("reader"))?;
    tracing::info!(
        flow = flow.flow,
        partition = health.name(),
        offset = start.offset,
        read = start.progress.read.map(|id| id.to_string()),
        "partition started"
    );
    KillPoint::BeforeReading.reach();
    let mut partition_loop = PartitionLoop::new(task, make_step, reader, producer, start);
    health.beat("restoring state");
    partition_loop.restore_state().map_err(Exit::failed("restore state"))?;
    health.set(HealthState::Running);
    flow.handle.block_on(partition_loop.run(stop, || backoff.reset()))
}
