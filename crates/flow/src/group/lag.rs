//! The lag of each assigned partition, measured on a timer, whatever its worker does.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::{Offset, TopicPartitionList};

use crate::observe::health::Health;
use crate::observe::labels::ByPartition;
use crate::observe::metrics::Metrics;
use crate::observe::partition_progress::PartitionProgress;

/// How often lag is measured.
const INTERVAL: Duration = Duration::from_secs(5);
/// The time limit of the request: it is made by the group member, which has to poll in between.
const REQUEST: Duration = Duration::from_secs(2);

/// Measures the lag of a flow's partitions.
pub(crate) struct LagMonitor {
    health: Health,
    metrics: Metrics,
    /// The whole name of a topic, by the name without network and lane.
    topics: Vec<(&'static str, String)>,
    due: Instant,
}

impl LagMonitor {
    /// A monitor of the partitions of `topics`: name and whole name each.
    pub(crate) fn new(
        health: &Health,
        metrics: &Metrics,
        topics: Vec<(&'static str, String)>,
    ) -> Self {
        Self { health: health.clone(), metrics: metrics.clone(), topics, due: Instant::now() }
    }

    /// Measures if it is time.
    pub(crate) fn measure<C: ConsumerContext>(&mut self, member: &BaseConsumer<C>) {
        if Instant::now() < self.due {
            return;
        }
        self.due = Instant::now() + INTERVAL;
        let partitions = self.partitions();
        let mut asked = TopicPartitionList::new();
        for partition in &partitions {
            asked.add_partition(partition.topic, partition.number);
        }
        if partitions.is_empty() || asked.set_all_offsets(Offset::End).is_err() {
            return;
        }
        let ends = match member.offsets_for_times(asked, REQUEST) {
            Ok(ends) => ends,
            Err(error) => {
                tracing::debug!(flow = self.health.flow(), %error, "end offsets not answered");
                return;
            }
        };
        for partition in &partitions {
            let element = ends.find_partition(partition.topic, partition.number);
            let end = element.filter(|it| it.error().is_ok()).map(|it| it.offset());
            if let Some(Offset::Offset(end)) = end {
                self.report(partition, end);
            }
        }
    }

    fn partitions(&self) -> Vec<Partition<'_>> {
        let progress = self.health.progress().into_iter();
        let partitions = progress.filter_map(|(name, progress)| {
            let (topic, number) = name.rsplit_once('/')?;
            let (name, topic) = self.topics.iter().find(|(name, _)| *name == topic)?;
            Some(Partition { name, topic, number: number.parse().ok()?, progress })
        });
        partitions.collect()
    }

    fn report(&self, partition: &Partition<'_>, end: i64) {
        let Some(lag) = partition.progress.lag_records(end) else { return };
        let labels = ByPartition {
            flow: self.health.flow(),
            topic: partition.name.to_owned(),
            partition: partition.number,
        };
        self.metrics.partitions.lag_records.get_or_create(&labels).set(lag);
        let age = partition.progress.oldest_uncommitted_age().filter(|_| lag > 0);
        let seconds = age.unwrap_or_default().as_secs_f64();
        self.metrics.partitions.lag_seconds.get_or_create(&labels).set(seconds);
        let heartbeat = partition.progress.heartbeat_age().as_secs_f64();
        self.metrics.partitions.heartbeat_age_seconds.get_or_create(&labels).set(heartbeat);
    }
}

/// A partition with a worker.
struct Partition<'m> {
    name: &'static str,
    topic: &'m str,
    number: i32,
    progress: Arc<PartitionProgress>,
}
