//! The loop of a partition: reads and processes with no transaction open, then commits, phase by phase.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use futures_util::FutureExt as _;
use rdkafka::consumer::{Consumer, ConsumerGroupMetadata};
use rdkafka::error::{KafkaError, KafkaResult};
use rdkafka::message::{BorrowedMessage, Message as _};
use rdkafka::{Offset, TopicPartitionList};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::group::supervisor::Exit;
use crate::kafka::client;
use crate::kafka::consumed_record::ConsumedRecord;
use crate::kafka::partition_reader::PartitionReader;
use crate::kafka::transactional_producer::TransactionalProducer;
use crate::kafka::watermarks;
use crate::partition::batch_builder::BatchBuilder;
use crate::partition::context::TaskContext;
use crate::partition::phase::{BatchStatus, Phase};
use crate::partition::record_links::RecordLinks;
use crate::partition::start_offset::StartPosition;
use crate::partition::step::MakeStep;
use crate::partition::worker_metrics::WorkerMetrics;
use crate::record::progress::Progress;
use crate::record::topic::{Cleanup, TopicSpec};

/// How long an idle loop waits before it shows that it is alive.
const HEARTBEAT: Duration = Duration::from_secs(1);
/// How long a batch waits for another record before it is committed.
const LINGER: Duration = Duration::from_millis(5);

/// The loop of one partition, from its start offset on.
pub(crate) struct PartitionLoop {
    task: TaskContext,
    topic: String,
    reader: PartitionReader,
    group: Arc<ConsumerGroupMetadata>,
    producer: TransactionalProducer,
    builder: BatchBuilder,
    links: RecordLinks,
    metrics: WorkerMetrics,
    /// Notified when an input in work is complete.
    completion: Arc<Notify>,
    /// Whether there was nothing more to read when last asked.
    caught_up: bool,
}

impl PartitionLoop {
    pub(crate) fn new(
        task: &TaskContext,
        make_step: &MakeStep,
        reader: PartitionReader,
        producer: TransactionalProducer,
        start: StartPosition,
    ) -> Self {
        let flow = &task.flow;
        let group = reader.group_metadata().expect("a consumer with a group id has group metadata");
        let outputs = flow.outputs.iter().map(|output| flow.to.topic(&output.spec)).collect();
        let completion = Arc::new(Notify::new());
        task.health.progress().committed(start.offset, None);
        Self {
            topic: flow.topic(task.at),
            reader,
            group: Arc::new(group),
            producer,
            builder: BatchBuilder::new(
                task,
                make_step,
                Arc::clone(&completion),
                start.progress.clone(),
            ),
            links: RecordLinks::new(outputs, flow.partitions.to, start.progress),
            metrics: WorkerMetrics::new(task),
            completion,
            caught_up: false,
            task: task.clone(),
        }
    }

    /// Gives the step what the compacted outputs hold in the partitions that this worker writes, up to their present end. Nobody
    /// else writes there since the transactional id was opened.
    pub(crate) fn restore_state(&mut self) -> anyhow::Result<()> {
        let flow = Arc::clone(&self.task.flow);
        let is_compacted = |spec: &TopicSpec| spec.cleanup == Cleanup::Compact;
        for output in flow.own_outputs().filter(|output| is_compacted(&output.spec)) {
            let topic = flow.to.topic(&output.spec);
            for partition in flow.fed_by(self.task.at.partition) {
                let reader = client::scanner(&flow.settings, "ekspiper")?;
                watermarks::read_to_end(&reader, &topic, partition, |message| {
                    self.builder.restore_state(message.payload().unwrap_or_default());
                })
                .with_context(|| format!("reading {topic}"))?;
            }
        }
        Ok(())
    }

    /// Runs until `stop` is cancelled, the input ends, or something fails. Calls `committed` after each commit.
    pub(crate) async fn run(
        mut self,
        stop: &CancellationToken,
        mut committed: impl FnMut(),
    ) -> Result<Exit, Exit> {
        loop {
            if stop.is_cancelled() {
                self.builder.stop();
            }
            self.builder.collect();
            let phase = self.builder.status().phase();
            self.task.health.beat(phase.name());
            match phase {
                Phase::Reading => self.read(stop).await?,
                Phase::WaitingForStep | Phase::Draining => {
                    self.wait(stop, HEARTBEAT).await;
                }
                Phase::WaitingForSchema => self.wait_for_schema(stop).await,
                Phase::Committing => {
                    self.commit()?;
                    committed();
                }
                Phase::Ended => return Ok(self.builder.into_exit()),
            }
        }
    }

    /// Reads a record, or waits until there is something else to do.
    async fn read(&mut self, stop: &CancellationToken) -> Result<(), Exit> {
        let Self { reader, completion, builder, metrics, task, caught_up, .. } = self;
        let has_batch = builder.batch().status() != BatchStatus::Empty;
        let received = match reader.recv().now_or_never() {
            Some(received) => Some(received),
            None if has_batch && *caught_up => None,
            None => {
                let wait = if has_batch { LINGER } else { HEARTBEAT };
                tokio::select! {
                    biased;
                    () = stop.cancelled() => return Ok(()),
                    received = reader.recv() => Some(received),
                    () = completion.notified() => return Ok(()),
                    () = tokio::time::sleep(wait) => None,
                }
            }
        };
        match received {
            Some(received) => receive(received, builder, metrics, task, caught_up),
            None => {
                builder.linger();
                Ok(())
            }
        }
    }

    /// Waits for an input in work to be complete, for `limit` at most.
    async fn wait(&self, stop: &CancellationToken, limit: Duration) {
        tokio::select! {
            () = stop.cancelled() => {}
            () = self.completion.notified() => {}
            () = tokio::time::sleep(limit) => {}
        }
    }

    async fn wait_for_schema(&mut self, stop: &CancellationToken) {
        let due = self.builder.pending_schema().map(super::pending_schema::PendingSchema::due);
        let wait = due.map(|due| due.saturating_duration_since(Instant::now()));
        match wait {
            Some(wait) if !wait.is_zero() => self.wait(stop, wait.min(HEARTBEAT)).await,
            _ => self.builder.look_up_schema(),
        }
    }

    fn commit(&mut self) -> Result<(), Exit> {
        let (started, batch) = (Instant::now(), self.builder.batch());
        let end = batch.end().expect("a batch that is not empty has an end");
        let (records, progress) = self.links.link(batch.outputs(), end.read);
        let partition = self.task.at.partition;
        let offsets = offsets(&self.topic, partition, end.next_offset, &progress)
            .map_err(Exit::failed("offset"))?;
        self.producer.commit(records.into_iter(), Some((&offsets, &self.group)))?;
        self.links.advance(progress);
        self.metrics.committed(batch, self.links.progress().read, started);
        self.builder.committed(end.next_offset);
        Ok(())
    }
}

/// Takes what the reader has returned.
fn receive(
    received: KafkaResult<BorrowedMessage<'_>>,
    builder: &mut BatchBuilder,
    metrics: &WorkerMetrics,
    task: &TaskContext,
    caught_up: &mut bool,
) -> Result<(), Exit> {
    match received {
        Ok(message) => {
            *caught_up = false;
            task.health.progress().received();
            builder.take(ConsumedRecord::of(&message), metrics);
        }
        Err(KafkaError::PartitionEOF(_)) => {
            *caught_up = true;
            task.health.progress().caught_up();
            if task.flow.settings.until.is_some() {
                builder.finish();
            }
        }
        Err(error) if watermarks::is_transient(&error) => {
            tracing::debug!(partition = task.health.name(), %error, "reading");
        }
        Err(error) => return Err(Exit::failed("reader")(error)),
    }
    Ok(())
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
