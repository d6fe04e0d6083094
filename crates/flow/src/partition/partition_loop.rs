//! The rounds of a worker: gather with no transaction open, then commit.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerGroupMetadata};
use rdkafka::error::KafkaError;
use rdkafka::message::Message as _;
use rdkafka::{Offset, TopicPartitionList};

use crate::group::supervisor::Exit;
use crate::kafka::client::{self, Quiet};
use crate::kafka::transactional_producer::TransactionalProducer;
use crate::kafka::watermarks;
use crate::observe::health::PartitionHealth;
use crate::partition::batch_builder::BatchBuilder;
use crate::partition::context::{FlowContext, TopicPartition};
use crate::partition::record_links::RecordLinks;
use crate::partition::start_offset;
use crate::record::progress::Progress;
use crate::record::topic::{Cleanup, Extent, TopicSpec};
use tokio_util::sync::CancellationToken;

/// How long an idle worker waits for a record before it looks whether it should stop.
const IDLE: Duration = Duration::from_millis(100);
/// How long a worker waits for another record before it commits what it has.
const LINGER: Duration = Duration::from_millis(5);
/// How often a worker that waits for the outside looks for new records.
const LOOK: Duration = Duration::from_millis(2);
/// How often the lag is asked for.
const LAG: Duration = Duration::from_secs(5);

/// A worker between its beginning and its end.
pub(crate) struct PartitionLoop<'p> {
    plan: &'p FlowContext,
    share: TopicPartition,
    topic: String,
    reader: BaseConsumer<Quiet>,
    group: Arc<ConsumerGroupMetadata>,
    transactor: TransactionalProducer,
    gathering: BatchBuilder<'p>,
    succession: RecordLinks,
    /// The offset to go on from.
    next_offset: i64,
    /// Whether there was nothing more to read when last looked.
    at_end: bool,
    lag_due: Instant,
}

impl<'p> PartitionLoop<'p> {
    pub(crate) fn new(
        plan: &'p FlowContext,
        share: TopicPartition,
        part: &'p PartitionHealth,
        reader: BaseConsumer<Quiet>,
        transactor: TransactionalProducer,
        (next_offset, progress): (i64, Progress),
    ) -> Self {
        let group = reader.group_metadata().expect("a consumer with a group id has group metadata");
        let outputs = plan.outputs.iter().map(|output| plan.to.topic(&output.spec)).collect();
        Self {
            plan,
            share,
            topic: plan.topic(share),
            reader,
            group: Arc::new(group),
            transactor,
            gathering: BatchBuilder::new(plan, share, part, progress.clone()),
            succession: RecordLinks::new(outputs, plan.partitions.to, progress),
            next_offset,
            at_end: false,
            lag_due: Instant::now(),
        }
    }

    /// Tells the step what the compacted outputs hold of the partitions that this worker writes, to their present end. Nobody
    /// else writes there since the transactional id was opened.
    pub(crate) fn recall(&mut self) -> anyhow::Result<()> {
        let is_compacted = |spec: &TopicSpec| {
            (spec.extent, spec.cleanup) == (Extent::Partitioned, Cleanup::Compact)
        };
        for output in self.plan.outputs.iter().filter(|output| is_compacted(&output.spec)) {
            let topic = self.plan.to.topic(&output.spec);
            for partition in start_offset::fed_by(self.share.partition, self.plan) {
                let reader = client::scanner(&self.plan.settings, "ekspiper")?;
                watermarks::read_to_end(&reader, &topic, partition, |message| {
                    self.gathering.recall(message.payload().unwrap_or_default());
                })
                .with_context(|| format!("reading {topic}"))?;
            }
        }
        Ok(())
    }

    /// Gathers a batch and commits it. Says how it ended when there will be no other.
    pub(crate) fn turn(&mut self, stop: &CancellationToken) -> Result<Option<Exit>, Exit> {
        self.gather(stop)?;
        self.gathering.trim();
        if !self.gathering.batch.is_empty() {
            self.commit()?;
        }
        self.measure_lag();
        if stop.is_cancelled() {
            return Ok(Some(Exit::Stopped));
        }
        Ok(self.gathering.ended())
    }

    fn gather(&mut self, stop: &CancellationToken) -> Result<(), Exit> {
        while !stop.is_cancelled() {
            self.gathering.settle();
            let may_commit = self.gathering.may_commit();
            if may_commit && self.gathering.batch.is_full() {
                return Ok(());
            }
            if self.gathering.is_over() && (may_commit || self.gathering.is_drained()) {
                return Ok(());
            }
            if self.gathering.has_room() && self.read(self.patience(may_commit))? {
                continue;
            }
            if self.gathering.may_commit() {
                return Ok(());
            }
            self.gathering.take_held();
            if self.gathering.is_waiting() {
                // Woken when the head of the queue is done.
                std::thread::park_timeout(LOOK);
            } else {
                self.measure_lag();
            }
        }
        Ok(())
    }

    /// How long to wait for another record.
    fn patience(&self, may_commit: bool) -> Duration {
        if self.gathering.is_waiting() || (may_commit && self.at_end) {
            Duration::ZERO
        } else if may_commit {
            LINGER
        } else {
            IDLE
        }
    }

    /// Reads a record if one comes within `wait`; says whether one came.
    fn read(&mut self, wait: Duration) -> Result<bool, Exit> {
        match self.reader.poll(wait) {
            None => {}
            Some(Ok(message)) => {
                self.at_end = false;
                self.gathering.take(&message);
                return Ok(true);
            }
            Some(Err(KafkaError::PartitionEOF(_))) => {
                self.at_end = true;
                if self.plan.settings.until.is_some() {
                    self.gathering.finish();
                }
            }
            Some(Err(error)) if watermarks::is_noise(&error) => {}
            Some(Err(error)) => return Err(Exit::broken("reader")(error)),
        }
        Ok(false)
    }

    fn commit(&mut self) -> Result<(), Exit> {
        let (started, batch) = (Instant::now(), &self.gathering.batch);
        let settled = batch.settled().expect("a batch that is not empty has settled inputs");
        let (records, progress) = self.succession.link(batch.emitted(), settled.place);
        let offsets = offsets(&self.topic, self.share.partition, settled.next_offset, &progress)
            .map_err(Exit::broken("offset"))?;
        self.transactor.commit(records.into_iter(), Some((&offsets, &self.group)))?;
        self.succession.advance(progress);
        self.next_offset = settled.next_offset;
        self.gathering.tally.committed(batch, self.succession.progress().read, started);
        self.gathering.batch.clear();
        Ok(())
    }

    fn measure_lag(&mut self) {
        if Instant::now() < self.lag_due {
            return;
        }
        self.lag_due = Instant::now() + LAG;
        // At the end only the marker of the last transaction lies behind what was read. There is no asking then: the answer
        // would come after that of the fetch under way, which waits for a record for seconds, and so would a stop.
        if self.at_end && self.gathering.batch.is_empty() && !self.gathering.is_waiting() {
            return self.gathering.tally.lag(0);
        }
        let ends = self.reader.fetch_watermarks(&self.topic, self.share.partition, client::CALL);
        let Ok((_, end)) = ends else { return };
        self.gathering.tally.lag((end - self.next_offset).max(0));
    }
}

fn offsets(
    topic: &str,
    partition: i32,
    next: i64,
    progress: &Progress,
) -> anyhow::Result<TopicPartitionList> {
    let mut offsets = TopicPartitionList::new();
    offsets.add_partition_offset(topic, partition, Offset::Offset(next))?;
    let mut element =
        offsets.find_partition(topic, partition).expect("the partition was just added");
    element.set_metadata(progress.to_text());
    Ok(offsets)
}
