//! A worker: one partition of one input, from its fence to its last commit.
//!
//! A partition is a worker's whole world. It opens the partition's transactional id, which fences whoever had the partition
//! and settles what was left open; *then* reads the committed offset; then consumes. Whatever goes wrong ends the attempt,
//! and the next one begins in the same way: recovery is no path of its own.

use anyhow::Context as _;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::{Offset, TopicPartitionList};

use crate::attempts::{Attempts, Ended};
use crate::backoff::Backoff;
use crate::begin::{self, CantBegin};
use crate::health::{Part, State};
use crate::kafka::{self, Quiet};
use crate::kill_point::KillPoint;
use crate::plan::{Plan, Share};
use crate::rounds::Rounds;
use crate::stop::Stop;
use crate::transactor::Transactor;

impl From<CantBegin> for Ended {
    fn from(cant: CantBegin) -> Self {
        match cant {
            CantBegin::Halt(why) => Self::Halted(why),
            CantBegin::Failed(error) => Self::Broken("begin", error),
        }
    }
}

/// Works on a partition until `stop` is raised, attempt after attempt.
pub(crate) fn work(plan: &Plan, share: Share, stop: &Stop) {
    let part = plan.part(share);
    let attempts = Attempts {
        flow: plan.flow,
        part: &part,
        health: &plan.health,
        metrics: &plan.metrics,
        stop,
    };
    attempts.run(|part, backoff| attempt(plan, share, stop, part, backoff)).leave();
}

fn attempt(
    plan: &Plan,
    share: Share,
    stop: &Stop,
    part: &Part,
    backoff: &mut Backoff,
) -> Result<Ended, Ended> {
    let transactor = Transactor::open(&plan.settings, &plan.transactional_id(share))?;
    let reader = kafka::reader(&plan.settings, &plan.group, plan.shares_max())
        .map_err(Ended::broken("reader"))?;
    let beginning = begin::find(plan, share, &reader)?;
    assign(&reader, &plan.topic(share), share.partition, beginning.offset)
        .map_err(Ended::broken("reader"))?;
    tracing::info!(
        flow = plan.flow,
        part = part.name(),
        offset = beginning.offset,
        read = beginning.progress.read.map(|place| place.to_string()),
        "working"
    );
    KillPoint::BeforeReading.reach();
    let mut rounds =
        Rounds::new(plan, share, part, reader, transactor, (beginning.offset, beginning.progress));
    rounds.recall().map_err(Ended::broken("recall"))?;
    part.set(State::Running);
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
