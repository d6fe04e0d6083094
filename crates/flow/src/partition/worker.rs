//! A worker: one partition of one input, from its fence to its last commit.
//!
//! A partition is a worker's whole world. It opens the partition's transactional id, which fences whoever had the partition
//! and settles what was left open; *then* reads the committed offset; then consumes. Whatever goes wrong ends the attempt,
//! and the next one begins in the same way: recovery is no path of its own.

use anyhow::Context as _;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::{Offset, TopicPartitionList};

use crate::backoff::Backoff;
use crate::group::supervisor::{Exit, Supervisor};
use crate::kafka::client::{self, Quiet};
use crate::kafka::transactional_producer::TransactionalProducer;
use crate::kill_point::KillPoint;
use crate::observe::health::{HealthState, PartitionHealth};
use crate::partition::context::{FlowContext, TopicPartition};
use crate::partition::partition_loop::PartitionLoop;
use crate::partition::start_offset::{self, StartError};
use tokio_util::sync::CancellationToken;

impl From<StartError> for Exit {
    fn from(cant: StartError) -> Self {
        match cant {
            StartError::Halt(why) => Self::Halted(why),
            StartError::Failed(error) => Self::Broken("begin", error),
        }
    }
}

/// Works on a partition until `stop` is raised, attempt after attempt.
pub(crate) fn work(plan: &FlowContext, share: TopicPartition, stop: &CancellationToken) {
    let part = plan.part(share);
    let attempts = Supervisor {
        flow: plan.flow,
        part: &part,
        health: &plan.health,
        metrics: &plan.metrics,
        stop,
    };
    attempts.run(|part, backoff| attempt(plan, share, stop, part, backoff)).leave();
}

fn attempt(
    plan: &FlowContext,
    share: TopicPartition,
    stop: &CancellationToken,
    part: &PartitionHealth,
    backoff: &mut Backoff,
) -> Result<Exit, Exit> {
    let transactor = TransactionalProducer::open(&plan.settings, &plan.transactional_id(share))?;
    let reader = client::reader(&plan.settings, &plan.group, plan.shares_max())
        .map_err(Exit::broken("reader"))?;
    let beginning = start_offset::find(plan, share, &reader)?;
    assign(&reader, &plan.topic(share), share.partition, beginning.offset)
        .map_err(Exit::broken("reader"))?;
    tracing::info!(
        flow = plan.flow,
        part = part.name(),
        offset = beginning.offset,
        read = beginning.progress.read.map(|place| place.to_string()),
        "working"
    );
    KillPoint::BeforeReading.reach();
    let mut rounds = PartitionLoop::new(
        plan,
        share,
        part,
        reader,
        transactor,
        (beginning.offset, beginning.progress),
    );
    rounds.recall().map_err(Exit::broken("recall"))?;
    part.set(HealthState::Running);
    loop {
        if let Some(ended) = rounds.turn(stop)? {
            return Ok(ended);
        }
        backoff.reset();
    }
}

fn assign(
    reader: &BaseConsumer<Quiet>,
    topic: &str,
    partition: i32,
    offset: i64,
) -> anyhow::Result<()> {
    let mut assignment = TopicPartitionList::new();
    assignment.add_partition_offset(topic, partition, Offset::Offset(offset))?;
    reader.assign(&assignment).context("assigning the partition")
}
