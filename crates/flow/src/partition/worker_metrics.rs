//! The metrics of a worker.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::observe::histogram::Histogram;
use prometheus_client::metrics::counter::Counter;

use crate::observe::health::PartitionHealth;
use crate::observe::labels::{ByFlow, ByPartition, ByTopic};
use crate::observe::metrics::Metrics;
use crate::partition::batch::Batch;
use crate::partition::context::TaskContext;
use crate::record::record_order::SequenceId;

/// The metrics of one worker, looked up once and not for each record.
pub(crate) struct WorkerMetrics {
    received: Counter,
    received_bytes: Counter,
    /// Records and bytes of each output.
    emitted: Vec<(Counter, Counter)>,
    commit_seconds: Histogram,
    batch_records: Histogram,
    latency_seconds: Histogram,
    labels: ByPartition,
    metrics: Metrics,
    health: PartitionHealth,
}

impl WorkerMetrics {
    pub(crate) fn new(task: &TaskContext) -> Self {
        let (flow, metrics, topic) = (task.flow.flow, &task.flow.metrics, task.topic());
        let (by_flow, by_topic) = (ByFlow { flow }, ByTopic { flow, topic });
        let of_output = |topic| {
            let labels = ByTopic { flow, topic };
            let records = metrics.emitted.get_or_create(&labels).clone();
            (records, metrics.emitted_bytes.get_or_create(&labels).clone())
        };
        let outputs = task.flow.outputs.iter();
        Self {
            received: metrics.received.get_or_create(&by_topic).clone(),
            received_bytes: metrics.received_bytes.get_or_create(&by_topic).clone(),
            emitted: outputs.map(|output| of_output(output.spec.name)).collect(),
            commit_seconds: metrics.commit_seconds.get_or_create(&by_flow).clone(),
            batch_records: metrics.batch_records.get_or_create(&by_flow).clone(),
            latency_seconds: metrics.latency_seconds.get_or_create(&by_flow).clone(),
            labels: ByPartition { flow, topic: topic.to_owned(), partition: task.at.partition },
            metrics: metrics.clone(),
            health: task.health.clone(),
        }
    }

    pub(crate) fn received(&self, bytes: usize) {
        self.received.inc();
        self.received_bytes.inc_by(bytes as u64);
    }

    /// Counts a batch whose transaction began at `started` and is committed; `read` is the last input.
    pub(crate) fn committed(&self, batch: &Batch, read: Option<SequenceId>, started: Instant) {
        self.commit_seconds.observe(started.elapsed().as_secs_f64());
        self.batch_records.observe(batch.inputs() as f64);
        let outputs = batch.outputs();
        for (index, (records, bytes)) in self.emitted.iter().enumerate() {
            let of_topic = outputs.records().iter().filter(|record| record.topic == index);
            let (n, size) = of_topic.fold((0, 0), |(n, size), record| {
                (n + 1, size + outputs.value(record).len() as u64)
            });
            records.inc_by(n);
            bytes.inc_by(size);
        }
        if let Some(id) = read {
            self.health.if_current(|| {
                let sequence = self.metrics.partitions.sequence.get_or_create(&self.labels);
                sequence.set(i64::try_from(id.sequence).unwrap_or(i64::MAX));
            });
        }
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        for announced_ms in batch.announced_ms() {
            let latency = now.saturating_sub(Duration::from_millis(*announced_ms));
            self.latency_seconds.observe(latency.as_secs_f64());
        }
    }
}
