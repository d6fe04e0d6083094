//! Leads a [`Source`]: one instance commits blocks, each linked to the one before.
//!
//! The lock is the one partition of `checkpoints`; the fence is the ingestor's transactional id, which [`Committer`] holds.

use std::cell::Cell;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tokio::runtime::Handle;
use tokio::sync::mpsc;

use crate::api::source::{Block, Source, SourceError};
use crate::backoff::Backoff;
use crate::group::supervisor::{Exit, Supervisor};
use crate::kill_point::KillPoint;
use crate::observe::health::{Health, HealthState, PartitionHealth};
use crate::observe::metrics::{ByFlow, ByPartition, ByTopic, Metrics};
use crate::observe::metrics_handle::MetricsHandle;
use crate::record::pointer::Pointer;
use crate::record::topic::Topic;
use crate::source::checkpoint::Checkpoints;
use crate::source::committer::{CommitError, Committer};
use crate::source::ingestor::{Ingestor, OpenError};
use tokio_util::sync::CancellationToken;

/// So many blocks wait for their commit.
const WAITING_MAX: usize = 256;
/// A transaction holds at most so many blocks.
const BLOCKS_MAX: usize = 1_000;
/// How often an idle leader looks whether it should stop.
const IDLE: Duration = Duration::from_millis(100);
/// So many failures of the source in a row, without a commit between them, and another instance gets its turn: what fails may
/// be near to this one.
const FAILURES_MAX: u32 = 5;
/// What the leader's part of the flow's health is called.
pub(crate) const PART: &str = "leader";

/// A source with everything that leading it needs.
pub(crate) struct Active<S> {
    pub(crate) source: Arc<S>,
    pub(crate) ingestor: Ingestor,
    pub(crate) meter: MetricsHandle,
    pub(crate) metrics: Metrics,
    pub(crate) health: Health,
    pub(crate) handle: Handle,
}

impl From<OpenError> for Exit {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::Refused(why) => Self::Halted(why),
            OpenError::Fenced => Self::Fenced,
            OpenError::Failed(error) => Self::Broken("pointer", error),
        }
    }
}

impl From<CommitError> for Exit {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::Invalid(error) => Self::Broken("invalid commit", error.into()),
            CommitError::Unencodable(error) => Self::Broken("unencodable", error.into()),
            CommitError::Fenced => Self::Fenced,
            CommitError::Failed(error) => Self::Broken("transaction", error),
        }
    }
}

impl<S: Source> Active<S> {
    /// Leads until `stop` is raised, attempt after attempt, each from the latest pointer; or until the source has failed so often
    /// that another instance should try.
    pub(crate) fn lead(&self, stop: &CancellationToken) {
        let leading = self.metrics.leading.get_or_create(&ByFlow { flow: S::NAME }).clone();
        leading.set(1);
        let attempts = Supervisor {
            flow: S::NAME,
            part: PART,
            health: &self.health,
            metrics: &self.metrics,
            stop,
        };
        let failures = Cell::new(0);
        let part = attempts.run(|part, backoff| {
            let ended = self.serve(stop, part, backoff, &failures);
            match ended {
                Err(Exit::Broken(reason @ ("source" | "panic"), error)) => {
                    failures.set(failures.get() + 1);
                    match failures.get() < FAILURES_MAX {
                        true => Err(Exit::Broken(reason, error)),
                        false => Err(Exit::Yielded(error)),
                    }
                }
                ended => ended,
            }
        });
        leading.set(0);
        if !self.health.is_finished() {
            part.set(HealthState::Standby);
        }
    }

    fn serve(
        &self,
        stop: &CancellationToken,
        part: &PartitionHealth,
        backoff: &mut Backoff,
        failures: &Cell<u32>,
    ) -> Result<Exit, Exit> {
        let mut committer = Committer::<S::Output>::open(&self.ingestor)?;
        let pointer = committer.latest().cloned();
        tracing::info!(
            flow = S::NAME,
            pointer = pointer.as_ref().map(ToString::to_string),
            "leading"
        );
        KillPoint::BeforeReading.reach();
        part.set(HealthState::Running);
        let (blocks, mut waiting) = mpsc::channel(WAITING_MAX);
        let (source, meter) = (Arc::clone(&self.source), self.meter.clone());
        let mut ingestion = AbortOnDrop(
            self.handle.spawn(async move { source.ingest(pointer, blocks, &meter).await }),
        );
        let mut batch = Vec::with_capacity(BLOCKS_MAX);
        loop {
            if stop.is_cancelled() {
                return Ok(Exit::Stopped);
            }
            let received = self.handle.block_on(async {
                tokio::time::timeout(IDLE, waiting.recv_many(&mut batch, BLOCKS_MAX)).await
            });
            match received {
                Err(_) => {}
                Ok(0) => break,
                Ok(_) => {
                    self.commit(&mut committer, std::mem::take(&mut batch))?;
                    backoff.reset();
                    failures.set(0);
                }
            }
        }
        match self.handle.block_on(&mut ingestion.0) {
            Ok(Ok(())) => Ok(Exit::Finished),
            Ok(Err(SourceError::Transient(error))) => Err(Exit::Broken("source", error)),
            Ok(Err(SourceError::Halt { word, source })) => {
                Err(Exit::Halted(format!("{word}: {source:#}")))
            }
            Err(error) => Err(Exit::Broken("panic", error.into())),
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
        let (flow, metrics) = (S::NAME, &self.metrics);
        let topic = S::Output::SPEC.name;
        metrics.emitted.get_or_create(&ByTopic { flow, topic }).inc_by(written as u64);
        metrics
            .commit_seconds
            .get_or_create(&ByFlow { flow })
            .observe(started.elapsed().as_secs_f64());
        metrics.batch_records.get_or_create(&ByFlow { flow }).observe(written as f64);
        if let Some(sequence) = latest.and_then(|latest| i64::try_from(latest.sequence).ok()) {
            let labels = ByPartition { flow, topic: Checkpoints::SPEC.name, partition: 0 };
            metrics.sequence.get_or_create(&labels).set(sequence);
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
