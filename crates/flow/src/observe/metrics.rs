//! The metrics of the runtime: all names that this crate registers.

use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use prometheus_client::encoding::text;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use crate::observe::histogram::Histogram;
use crate::observe::labels::{
    ByFlow, ByPartition, ByPath, ByReason, ByState, ByTopic, ByType, ByVersion,
};
use crate::observe::status_messages::StatusMessages;

/// From a millisecond to a minute: waits at the tip are at the lower end, an outage at the upper one.
const SECONDS: [f64; 14] =
    [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0];
/// From one record to a full batch in a backfill.
const RECORDS: [f64; 9] = [1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1_000.0, 3_000.0, 10_000.0];

/// Why workers restart and why calls are retried.
const RESTART_REASONS: [&str; 13] = [
    "fenced",
    "group",
    "invalid commit",
    "offset",
    "panic",
    "pointer",
    "reader",
    "restore state",
    "source",
    "start",
    "transaction",
    "unencodable",
    "yielded",
];
const RETRY_REASONS: [&str; 3] = ["process", "schema", "write"];

macro_rules! family {
    ($registry:expr, $name:literal, $help:literal) => {
        family!($registry, $name, $help, Family::default())
    };
    ($registry:expr, $name:literal, $help:literal, $family:expr) => {{
        let family = $family;
        $registry.register($name, $help, Clone::clone(&family));
        family
    }};
}

/// The metrics of a process. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Metrics {
    registry: Arc<Mutex<Registry>>,
    /// What numbers can't tell.
    pub(crate) status_messages: StatusMessages,
    // Inputs.
    pub(crate) received: Family<ByTopic, Counter>,
    pub(crate) received_bytes: Family<ByTopic, Counter>,
    pub(crate) rejected: Family<ByFlow, Counter>,
    pub(crate) rejects_by_reason: Family<ByReason, Counter>,
    pub(crate) rejects_exceeded: Family<ByFlow, Counter>,
    pub(crate) retries: Family<ByReason, Counter>,
    // Outputs.
    pub(crate) emitted: Family<ByTopic, Counter>,
    pub(crate) emitted_bytes: Family<ByTopic, Counter>,
    // Transactions.
    pub(crate) commit_seconds: Family<ByFlow, Histogram>,
    pub(crate) batch_records: Family<ByFlow, Histogram>,
    pub(crate) restarts: Family<ByReason, Counter>,
    // Progress.
    pub(crate) latency_seconds: Family<ByFlow, Histogram>,
    pub(crate) active: Family<ByFlow, Gauge>,
    pub(crate) partitions: PartitionMetrics,
    // What flows count.
    pub(crate) interval_seconds: Family<ByFlow, Histogram>,
    pub(crate) acknowledged: Family<ByFlow, Counter>,
    pub(crate) acknowledged_bytes: Family<ByFlow, Counter>,
    pub(crate) content: Content,
    pub(crate) outside: Outside,
}

/// How far the partitions of the process have come. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct PartitionMetrics {
    pub(crate) by_state: Family<ByState, Gauge>,
    pub(crate) sequence: Family<ByPartition, Gauge>,
    pub(crate) lag_records: Family<ByPartition, Gauge>,
    pub(crate) lag_seconds: Family<ByPartition, Gauge<f64, AtomicU64>>,
    pub(crate) heartbeat_age_seconds: Family<ByPartition, Gauge<f64, AtomicU64>>,
}

/// What flows report of the content that goes through them. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Content {
    pub(crate) records_by_type: Family<ByType, Counter>,
    pub(crate) unknown_content: Family<ByReason, Counter>,
    pub(crate) untyped_values: Family<ByPath, Counter>,
    pub(crate) contradicted: Family<ByReason, Counter>,
}

/// What flows report of the outside. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Outside {
    pub(crate) waiting_seconds: Family<ByReason, Gauge>,
}

fn seconds() -> Histogram {
    Histogram::new(SECONDS)
}

fn records() -> Histogram {
    Histogram::new(RECORDS)
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("ekspiper");
        let build: Family<ByVersion, Gauge> =
            family!(registry, "build_info", "1, with the version of the binary");
        build.get_or_create(&ByVersion { version: env!("CARGO_PKG_VERSION") }).set(1);
        Self {
            received: family!(registry, "received", "Records read"),
            received_bytes: family!(registry, "received_bytes", "Bytes of the values read"),
            rejected: family!(registry, "rejected", "Inputs that can never succeed"),
            rejects_by_reason: family!(registry, "rejects_by_reason", "Rejected inputs by reason"),
            rejects_exceeded: family!(
                registry,
                "rejects_exceeded",
                "Partitions that halted since more inputs were rejected than --rejects-max allows"
            ),
            retries: family!(registry, "retries", "Retries after a transient error"),
            emitted: family!(registry, "emitted", "Records written and committed"),
            emitted_bytes: family!(
                registry,
                "emitted_bytes",
                "Bytes of the values written and committed"
            ),
            commit_seconds: family!(
                registry,
                "commit_seconds",
                "From the beginning of a transaction to its commit",
                Family::new_with_constructor(seconds as fn() -> Histogram)
            ),
            batch_records: family!(
                registry,
                "batch_records",
                "Inputs in a transaction",
                Family::new_with_constructor(records as fn() -> Histogram)
            ),
            restarts: family!(registry, "restarts", "Restarts from the last commit"),
            latency_seconds: family!(
                registry,
                "latency_seconds",
                "From the announcement outside to the commit",
                Family::new_with_constructor(seconds as fn() -> Histogram)
            ),
            active: family!(registry, "active", "1 while this instance is active, 0 while standby"),
            partitions: PartitionMetrics::register(&mut registry),
            interval_seconds: family!(
                registry,
                "interval_seconds",
                "Between the announcements of two blocks",
                Family::new_with_constructor(seconds as fn() -> Histogram)
            ),
            acknowledged: family!(
                registry,
                "acknowledged",
                "Records that the outside has acknowledged"
            ),
            acknowledged_bytes: family!(
                registry,
                "acknowledged_bytes",
                "Bytes that the outside has acknowledged"
            ),
            content: Content::register(&mut registry),
            outside: Outside::register(&mut registry),
            status_messages: StatusMessages::default(),
            registry: Arc::new(Mutex::new(registry)),
        }
    }
}

impl PartitionMetrics {
    fn register(registry: &mut Registry) -> Self {
        Self {
            by_state: family!(registry, "partitions", "Partitions of this instance by state"),
            sequence: family!(registry, "sequence", "Sequence number of the last input committed"),
            lag_records: family!(
                registry,
                "lag_records",
                "Offsets between the last commit and the end of the partition"
            ),
            lag_seconds: family!(
                registry,
                "lag_seconds",
                "Age of the oldest record that was read and is not committed"
            ),
            heartbeat_age_seconds: family!(
                registry,
                "heartbeat_age_seconds",
                "Time since the partition's worker has last shown that it is alive"
            ),
        }
    }
}

impl Content {
    fn register(registry: &mut Registry) -> Self {
        Self {
            records_by_type: family!(registry, "records_by_type", "Records by type and result"),
            unknown_content: family!(
                registry,
                "unknown_content",
                "Content kept although this version does not know it"
            ),
            contradicted: family!(
                registry,
                "contradicted",
                "Statements from outside known to be wrong"
            ),
            untyped_values: family!(
                registry,
                "untyped_values",
                "Values without a type of their own"
            ),
        }
    }
}

impl Outside {
    fn register(registry: &mut Registry) -> Self {
        Self {
            waiting_seconds: family!(
                registry,
                "waiting_seconds",
                "How long the flow has been waiting for something outside"
            ),
        }
    }
}

impl Metrics {
    /// Creates the counters of `flow` at 0: an alarm on the increase of a counter that appears with its first count does not fire.
    pub(crate) fn start_at_zero(&self, flow: &'static str, topics: &[&'static str]) {
        let by_flow = ByFlow { flow };
        for family in
            [&self.rejected, &self.rejects_exceeded, &self.acknowledged, &self.acknowledged_bytes]
        {
            drop(family.get_or_create(&by_flow));
        }
        for reason in RESTART_REASONS {
            drop(self.restarts.get_or_create(&ByReason { flow, reason }));
        }
        for reason in RETRY_REASONS {
            drop(self.retries.get_or_create(&ByReason { flow, reason }));
        }
        for topic in topics {
            let by_topic = ByTopic { flow, topic };
            for family in [&self.received, &self.received_bytes, &self.emitted, &self.emitted_bytes]
            {
                drop(family.get_or_create(&by_topic));
            }
        }
    }

    /// Removes what is reported of a partition, named as `<topic>/<partition>`, that the process has given up.
    pub(crate) fn remove_partition(&self, flow: &'static str, name: &str) {
        let Some((topic, partition)) = name.rsplit_once('/') else { return };
        let Ok(partition) = partition.parse() else { return };
        let labels = ByPartition { flow, topic: topic.to_owned(), partition };
        self.partitions.sequence.remove(&labels);
        self.partitions.lag_records.remove(&labels);
        self.partitions.lag_seconds.remove(&labels);
        self.partitions.heartbeat_age_seconds.remove(&labels);
    }

    /// Registers metrics of another crate, which owns their names: they are served beside the runtime's, under the same prefix.
    pub fn register<T>(&self, register: impl FnOnce(&mut Registry) -> T) -> T {
        register(&mut self.registry())
    }

    fn registry(&self) -> MutexGuard<'_, Registry> {
        self.registry.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All metrics in the text format of OpenMetrics.
    pub fn render(&self) -> String {
        let mut rendered = String::new();
        text::encode(&mut rendered, &self.registry()).expect("writing into a string succeeds");
        rendered
    }
}
