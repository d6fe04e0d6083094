//! Leads a [`Source`]: one instance commits blocks, each linked to the one before.
//!
//! The lock is the one partition of `checkpoints`; the fence is the ingestor's transactional id. A new leader opens the id,
//! which fences the old one and settles what it left open, then reads the pointer to the end, then works.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::Context as _;
use rdkafka::consumer::Consumer;
use rdkafka::message::Message as _;
use rdkafka::{Offset, TopicPartitionList};
use tokio::runtime::Handle;
use tokio::sync::mpsc;

use crate::attempts::{Attempts, Ended};
use crate::backoff::Backoff;
use crate::checkpoint::{Checkpoint, Checkpoints};
use crate::health::{Health, Part, State};
use crate::kafka;
use crate::kill_point::KillPoint;
use crate::meter::Meter;
use crate::metrics::{ByFlow, ByPartition, ByTopic, Metrics};
use crate::outbox::Outbox;
use crate::pointer::{InvalidCommit, Pointer, check_commit};
use crate::position::Place;
use crate::scope::Scope;
use crate::settings::Settings;
use crate::source::{Block, Source, SourceError};
use crate::stop::Stop;
use crate::tail;
use crate::topic::{Described, Topic};
use crate::transactor::{Lost, Outgoing, Transactor};
use crate::wire::{DecodeError, Decoder};

/// So many blocks wait for their commit.
const WAITING_MAX: usize = 256;
/// A transaction holds at most so many blocks.
const BLOCKS_MAX: usize = 1_000;
/// How often an idle leader looks whether it should stop.
const IDLE: Duration = Duration::from_millis(100);
/// What the leader's part of the flow's health is called.
pub(crate) const PART: &str = "leader";

/// A source with everything that leading it needs.
pub(crate) struct Leader<S> {
    pub(crate) source: Arc<S>,
    pub(crate) settings: Arc<Settings>,
    /// The ingestor's name: group, transactional id and key of its checkpoints.
    pub(crate) ingestor: String,
    pub(crate) scope: Scope,
    pub(crate) partitions: u32,
    pub(crate) decoder: Decoder,
    pub(crate) meter: Meter,
    pub(crate) metrics: Metrics,
    pub(crate) health: Health,
    pub(crate) handle: Handle,
}

impl<S: Source> Leader<S> {
    /// Leads until `stop` is raised, attempt after attempt, each from the latest pointer.
    pub(crate) fn lead(&self, stop: &Stop) {
        let leading = self.metrics.leading.get_or_create(&ByFlow { flow: S::NAME }).clone();
        leading.set(1);
        let attempts = Attempts {
            flow: S::NAME,
            part: PART,
            health: &self.health,
            metrics: &self.metrics,
            stop,
        };
        let part = attempts.run(|part, backoff| self.serve(stop, part, backoff));
        leading.set(0);
        if !self.health.is_finished() {
            part.set(State::StandingBy);
        }
    }

    fn serve(&self, stop: &Stop, part: &Part, backoff: &mut Backoff) -> Result<Ended, Ended> {
        let transactor = Transactor::open(&self.settings, &self.ingestor)?;
        let latest = latest(&self.settings, &self.scope, &self.ingestor, &self.decoder)
            .map_err(Ended::broken("pointer"))?;
        let mut term = Term::begin(self, transactor, latest)?;
        tracing::info!(
            flow = S::NAME,
            pointer = term.pointer.as_ref().map(ToString::to_string),
            "leading"
        );
        KillPoint::BeforeReading.reach();
        part.set(State::Running);
        let (blocks, mut waiting) = mpsc::channel(WAITING_MAX);
        let (source, pointer, meter) =
            (Arc::clone(&self.source), term.pointer.clone(), self.meter.clone());
        let mut ingestion = AbortOnDrop(
            self.handle.spawn(async move { source.ingest(pointer, blocks, &meter).await }),
        );
        let mut batch = Vec::with_capacity(BLOCKS_MAX);
        loop {
            if stop.is_raised() {
                return Ok(Ended::Stopped);
            }
            let received = self.handle.block_on(async {
                tokio::time::timeout(IDLE, waiting.recv_many(&mut batch, BLOCKS_MAX)).await
            });
            match received {
                Err(_) => {}
                Ok(0) => break,
                Ok(_) => {
                    term.commit(&mut batch)?;
                    backoff.reset();
                }
            }
        }
        match self.handle.block_on(&mut ingestion.0) {
            Ok(Ok(())) => Ok(Ended::Finished),
            Ok(Err(SourceError::Transient(error))) => Err(Ended::Broken("source", error)),
            Ok(Err(SourceError::Halt { word, source })) => {
                Err(Ended::Halted(format!("{word}: {source:#}")))
            }
            Err(error) => Err(Ended::Broken("panic", error.into())),
        }
    }
}

/// A leader between its fence and its end.
struct Term<'l, S> {
    leader: &'l Leader<S>,
    transactor: Transactor,
    pointer: Option<Pointer>,
    /// For each output partition the last sequence number written there.
    written: Vec<Option<u64>>,
    outbox: Outbox,
    topics: [String; 2],
}

impl<'l, S: Source> Term<'l, S> {
    fn begin(
        leader: &'l Leader<S>,
        transactor: Transactor,
        latest: Option<Checkpoint>,
    ) -> Result<Self, Ended> {
        let partitions = usize::try_from(leader.partitions).expect("a number of partitions fits");
        let mut written = vec![None; partitions];
        if let Some(checkpoint) = &latest {
            if checkpoint.version > S::VERSION {
                return Err(Ended::Halted(format!(
                    "the pointer of {} is of ingestion version {}, this binary of {}: use a newer binary, or another lane",
                    leader.ingestor,
                    checkpoint.version,
                    S::VERSION
                )));
            }
            if checkpoint.written.len() != partitions {
                return Err(Ended::Halted(format!(
                    "{} wrote to {} partitions, and there are {partitions} now",
                    leader.ingestor,
                    checkpoint.written.len()
                )));
            }
            written =
                checkpoint.written.iter().map(|sequence| u64::try_from(*sequence).ok()).collect();
        }
        let outputs = [Described::of::<S::Output>(), Described::of::<Checkpoints>()];
        Ok(Self {
            leader,
            transactor,
            pointer: latest.as_ref().map(Checkpoint::pointer),
            written,
            outbox: Outbox::new(&outputs),
            topics: outputs.map(|output| leader.scope.topic(&output.spec)),
        })
    }

    /// Commits blocks and the pointer to the last of them in one transaction.
    fn commit(&mut self, blocks: &mut Vec<Block<S::Output>>) -> Result<(), Ended> {
        let started = Instant::now();
        let invalid = |error: InvalidCommit| Ended::Broken("invalid commit", error.into());
        let unencodable = |error| Ended::Broken("unencodable", anyhow::Error::from(error));
        let parent =
            self.pointer.clone().or_else(|| blocks.first().and_then(|block| block.parent.clone()));
        let mut pointer = self.pointer.clone();
        let mut written = self.written.clone();
        let mut previous = Vec::with_capacity(blocks.len());
        let announced: Vec<u64> = blocks.iter().filter_map(|block| block.announced_ms).collect();
        let n = blocks.len();
        for block in blocks.drain(..) {
            check_commit(pointer.as_ref(), block.parent.as_ref(), &block.pointer)
                .map_err(invalid)?;
            let mark = self.outbox.mark();
            self.outbox.belong_to(Some(block.pointer.sequence));
            self.outbox.put::<S::Output>(&block.record).map_err(unencodable)?;
            self.outbox.stamp(mark, block.announced_ms);
            let partition =
                usize::try_from(block.pointer.sequence % u64::from(self.leader.partitions))
                    .expect("it fits");
            previous.push(written[partition].replace(block.pointer.sequence));
            pointer = Some(block.pointer);
        }
        let pointer = pointer.expect("a commit has at least one block");
        let checkpoint = Checkpoint {
            parent_sequence: parent.as_ref().map_or(-1, |parent| signed(parent.sequence)),
            parent_hash: parent.map(|parent| parent.hash).unwrap_or_default(),
            sequence: signed(pointer.sequence),
            hash: pointer.hash.clone(),
            version: S::VERSION,
            written: written.iter().map(|sequence| sequence.map_or(-1, signed)).collect(),
        };
        self.outbox.belong_to(None);
        self.outbox.put::<Checkpoints>(&checkpoint).map_err(unencodable)?;
        self.write(&previous)?;
        self.pointer = Some(pointer);
        self.written = written;
        self.count(n, &announced, started);
        self.outbox.take();
        Ok(())
    }

    fn write(&self, previous: &[Option<u64>]) -> Result<(), Lost> {
        let emitted = self.outbox.emitted();
        let records = emitted.records().iter().enumerate().map(|(index, record)| {
            let is_checkpoint = record.topic == 1;
            let before =
                previous.get(index).copied().flatten().map(|sequence| Place { sequence, part: 0 });
            Outgoing {
                topic: &self.topics[record.topic],
                partition: if is_checkpoint {
                    0
                } else {
                    record.position.partition(self.leader.partitions)
                },
                key: if is_checkpoint {
                    self.leader.ingestor.as_bytes()
                } else {
                    emitted.key(record)
                },
                value: emitted.value(record),
                position: record.position,
                previous: before,
                announced_ms: record.announced_ms,
            }
        });
        self.transactor.commit(records, None)
    }

    fn count(&self, blocks: usize, announced: &[u64], started: Instant) {
        let (flow, metrics) = (S::NAME, &self.leader.metrics);
        let topic = S::Output::SPEC.name;
        metrics.emitted.get_or_create(&ByTopic { flow, topic }).inc_by(blocks as u64);
        metrics
            .commit_seconds
            .get_or_create(&ByFlow { flow })
            .observe(started.elapsed().as_secs_f64());
        metrics.batch_records.get_or_create(&ByFlow { flow }).observe(blocks as f64);
        if let Some(pointer) = &self.pointer {
            let labels = ByPartition { flow, topic: Checkpoints::SPEC.name, partition: 0 };
            metrics.sequence.get_or_create(&labels).set(signed(pointer.sequence));
        }
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let latency = metrics.latency_seconds.get_or_create(&ByFlow { flow });
        for announced in announced {
            latency.observe(now.saturating_sub(Duration::from_millis(*announced)).as_secs_f64());
        }
    }
}

/// Reads the latest checkpoint of `ingestor`.
pub(crate) fn latest(
    settings: &Settings,
    scope: &Scope,
    ingestor: &str,
    decoder: &Decoder,
) -> anyhow::Result<Option<Checkpoint>> {
    let topic = scope.topic(&Checkpoints::SPEC);
    let reader = kafka::scanner(settings, ingestor)?;
    let mut assignment = TopicPartitionList::new();
    assignment.add_partition_offset(&topic, 0, Offset::Beginning)?;
    reader.assign(&assignment)?;
    let mut latest = None;
    let mut unreadable: Option<DecodeError> = None;
    tail::read_to_end(&reader, &topic, 0, |message| {
        if message.key() != Some(ingestor.as_bytes()) {
            return;
        }
        match message.payload().map(|value| decoder.decode::<Checkpoints>(value)) {
            None => latest = None,
            Some(Ok(checkpoint)) => (latest, unreadable) = (Some(checkpoint), None),
            Some(Err(error)) => unreadable = Some(error),
        }
    })
    .with_context(|| format!("reading {topic}"))?;
    match unreadable {
        Some(error) => {
            Err(error).with_context(|| format!("reading the pointer of {ingestor} in {topic}"))
        }
        None => Ok(latest),
    }
}

fn signed(sequence: u64) -> i64 {
    i64::try_from(sequence).expect("a sequence number fits 63 bits")
}

/// Ends a task with its owner.
struct AbortOnDrop<T>(tokio::task::JoinHandle<T>);

impl<T> Drop for AbortOnDrop<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}
