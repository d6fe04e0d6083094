//! The active instance of a [`Source`]: it alone commits blocks, each linked to the one before.
//!
//! The lock is the one partition of `checkpoints`; the fence is the ingestor's transactional id, which [`Committer`] holds.

use std::cell::Cell;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::api::source::{Block, Source, SourceError};
use crate::backoff::Backoff;
use crate::group::membership::Work;
use crate::group::supervisor::{Exit, Supervisor};
use crate::kill_point::KillPoint;
use crate::observe::health::PartitionHealth;
use crate::observe::health_state::HealthState;
use crate::observe::labels::{ByFlow, ByPartition, ByTopic};
use crate::partition::context::FlowContext;
use crate::record::pointer::Pointer;
use crate::record::topic::Topic as _;
use crate::source::checkpoint::Checkpoints;
use crate::source::committer::{CommitError, Committer};
use crate::source::ingestor::{Ingestor, OpenError};

/// Blocks that wait for their commit.
const WAITING_MAX: usize = 256;
/// A transaction holds at most this many blocks.
const BLOCKS_MAX: usize = 1_000;
/// How long the idle instance waits before it shows that it is alive.
const HEARTBEAT: Duration = Duration::from_secs(1);
/// After this many failures of the source in a row, without a commit between them, another instance tries: what fails may be
/// near to this one.
const FAILURES_MAX: u32 = 5;
/// What the active role is called in the flow's health.
pub(crate) const ROLE: &str = "instance";

/// A source, with what its active instance needs.
pub(crate) struct Active<S> {
    source: Arc<S>,
    flow: FlowContext,
    ingestor: Ingestor,
}

impl From<OpenError> for Exit {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::Refused(why) => Self::Halted(why),
            OpenError::Fenced => Self::Fenced,
            OpenError::Failed(error) => Self::Failed("pointer", error),
        }
    }
}

impl From<CommitError> for Exit {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::Invalid(error) => Self::Failed("invalid commit", error.into()),
            CommitError::Unencodable(error) => Self::Failed("unencodable", error.into()),
            CommitError::Fenced => Self::Fenced,
            CommitError::Failed(error) => Self::Failed("transaction", error),
        }
    }
}

impl<S: Source> Active<S> {
    /// What the instance that is assigned the lock does.
    pub(crate) fn work(source: Arc<S>, flow: FlowContext) -> Work {
        let ingestor = Ingestor {
            settings: Arc::clone(&flow.settings),
            namespace: flow.to.clone(),
            name: flow.group.clone(),
            partitions: flow.partitions.to,
            version: S::VERSION,
            decoder: flow.decoder.clone(),
        };
        let active = Self { source, flow, ingestor };
        Arc::new(move |_, _, stop: &CancellationToken| active.run(stop))
    }

    /// Is active until `stop` is cancelled, attempt after attempt, each from the latest pointer; or until the source has failed
    /// so often that another instance should try.
    fn run(&self, stop: &CancellationToken) {
        let Self { flow, .. } = self;
        let active = flow.metrics.active.get_or_create(&ByFlow { flow: S::NAME }).clone();
        active.set(1);
        let supervisor = Supervisor {
            flow: S::NAME,
            partition: ROLE,
            health: &flow.health,
            metrics: &flow.metrics,
            stop,
        };
        let failures = Cell::new(0);
        let claim = supervisor.run(|health, backoff| {
            match self.attempt(stop, health, backoff, &failures) {
                Err(Exit::Failed(reason @ ("source" | "panic"), error)) => {
                    failures.set(failures.get() + 1);
                    match failures.get() < FAILURES_MAX {
                        true => Err(Exit::Failed(reason, error)),
                        false => Err(Exit::Yielded(error)),
                    }
                }
                exit => exit,
            }
        });
        active.set(0);
        if !flow.health.is_finished() {
            claim.set(HealthState::Standby);
        }
    }

    fn attempt(
        &self,
        stop: &CancellationToken,
        health: &PartitionHealth,
        backoff: &mut Backoff,
        failures: &Cell<u32>,
    ) -> Result<Exit, Exit> {
        health.beat("fencing");
        let mut committer = Committer::<S::Output>::open(&self.ingestor)?;
        let pointer = committer.latest().cloned();
        let shown = pointer.as_ref().map(ToString::to_string);
        tracing::info!(flow = S::NAME, pointer = shown, "active");
        KillPoint::BeforeReading.reach();
        health.set(HealthState::Running);
        let handle = &self.flow.handle;
        let (blocks, mut waiting) = mpsc::channel(WAITING_MAX);
        let (source, counts) = (Arc::clone(&self.source), self.flow.counts.clone());
        let mut ingestion =
            AbortOnDrop(handle.spawn(async move { source.ingest(pointer, blocks, &counts).await }));
        let mut batch = Vec::with_capacity(BLOCKS_MAX);
        loop {
            if stop.is_cancelled() {
                return Ok(Exit::Stopped);
            }
            health.beat("waiting for blocks");
            let received = handle.block_on(async {
                tokio::select! {
                    received = waiting.recv_many(&mut batch, BLOCKS_MAX) => Some(received),
                    () = stop.cancelled() => None,
                    () = tokio::time::sleep(HEARTBEAT) => None,
                }
            });
            match received {
                None => {}
                Some(0) => break,
                Some(_) => {
                    health.beat("committing");
                    self.commit(&mut committer, std::mem::take(&mut batch))?;
                    backoff.reset();
                    failures.set(0);
                }
            }
        }
        match handle.block_on(&mut ingestion.0) {
            Ok(Ok(())) => Ok(Exit::Finished),
            Ok(Err(SourceError::Transient(error))) => Err(Exit::Failed("source", error)),
            Ok(Err(SourceError::Halt { word, source })) => {
                Err(Exit::Halted(format!("{word}: {source:#}")))
            }
            Err(error) => Err(Exit::Failed("panic", error.into())),
        }
    }

    fn commit(
        &self,
        committer: &mut Committer<S::Output>,
        blocks: Vec<Block<S::Output>>,
    ) -> Result<(), CommitError> {
        let started = Instant::now();
        let announced: Vec<u64> = blocks.iter().filter_map(|block| block.announced_ms).collect();
        let written = committer.commit(blocks)?;
        self.count(written, committer.latest(), &announced, started);
        Ok(())
    }

    fn count(&self, written: usize, latest: Option<&Pointer>, announced: &[u64], started: Instant) {
        let (flow, metrics) = (S::NAME, &self.flow.metrics);
        let topic = S::Output::SPEC.name;
        metrics.emitted.get_or_create(&ByTopic { flow, topic }).inc_by(written as u64);
        metrics
            .commit_seconds
            .get_or_create(&ByFlow { flow })
            .observe(started.elapsed().as_secs_f64());
        metrics.batch_records.get_or_create(&ByFlow { flow }).observe(written as f64);
        if let Some(sequence) = latest.and_then(|latest| i64::try_from(latest.sequence).ok()) {
            let labels =
                ByPartition { flow, topic: Checkpoints::SPEC.name.to_owned(), partition: 0 };
            metrics.partitions.sequence.get_or_create(&labels).set(sequence);
        }
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let latency = metrics.latency_seconds.get_or_create(&ByFlow { flow });
        for announced in announced {
            latency.observe(now.saturating_sub(Duration::from_millis(*announced)).as_secs_f64());
        }
    }
}

/// Ends a task with its owner.
struct AbortOnDrop<T>(tokio::task::JoinHandle<T>);

impl<T> Drop for AbortOnDrop<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}
