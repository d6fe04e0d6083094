//! Every metric that ekspiper has: all names stand here.

use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use crate::observe::histogram::Histogram;
use crate::observe::status_messages::StatusMessages;

/// From a millisecond to a minute: waits at the tip are at the lower end, an outage at the upper one.
const SECONDS: [f64; 14] =
    [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0];
/// From one record to a full batch in a backfill.
const RECORDS: [f64; 9] = [1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1_000.0, 3_000.0, 10_000.0];

macro_rules! label_set {
    ($(#[$doc:meta])* $name:ident { $($field:ident: $type:ty),* }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
        pub(crate) struct $name { $(pub(crate) $field: $type),* }
    };
}

label_set!(
    /// A flow.
    ByFlow { flow: &'static str }
);
label_set!(
    /// A flow and one of its topics.
    ByTopic { flow: &'static str, topic: &'static str }
);
label_set!(
    /// A flow and a partition of one of its inputs.
    ByPartition { flow: &'static str, topic: &'static str, partition: i32 }
);
label_set!(
    /// A flow and a word from a bounded set.
    ByReason { flow: &'static str, reason: &'static str }
);
label_set!(
    /// A flow, a kind of record and its result: open sets, bounded by [`crate::observe::metrics_handle::LABEL_VALUES_MAX`].
    ByKind { flow: &'static str, kind: String, result: String }
);
label_set!(
    /// A flow and a place in its records: an open set, bounded by [`crate::observe::metrics_handle::LABEL_VALUES_MAX`].
    ByPath { flow: &'static str, path: String }
);
label_set!(
    /// A flow, the policy in force and what an input came to: words from bounded sets.
    ByPolicy { flow: &'static str, policy: &'static str, outcome: &'static str }
);
label_set!(
    /// A flow and a server outside.
    ByEndpoint { flow: &'static str, endpoint: String }
);
label_set!(
    /// A flow, a server outside and what happened on its stream.
    ByEvent { flow: &'static str, endpoint: String, event: &'static str }
);
label_set!(
    /// A flow, a server outside and how a request to it ended.
    ByOutcome { flow: &'static str, endpoint: String, outcome: &'static str }
);

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
    /// What can't be said in numbers.
    pub(crate) status_messages: StatusMessages,
    // Inputs.
    pub(crate) received: Family<ByTopic, Counter>,
    pub(crate) received_bytes: Family<ByTopic, Counter>,
    pub(crate) rejected: Family<ByReason, Counter>,
    pub(crate) rejects_exceeded: Family<ByFlow, Counter>,
    pub(crate) retries: Family<ByReason, Counter>,
    // Outputs.
    pub(crate) emitted: Family<ByTopic, Counter>,
    pub(crate) emitted_bytes: Family<ByTopic, Counter>,
    // Transactions.
    pub(crate) commit_seconds: Family<ByFlow, Histogram>,
    pub(crate) batch_records: Family<ByFlow, Histogram>,
    pub(crate) restarts: Family<ByReason, Counter>,
    // Where things stand.
    pub(crate) sequence: Family<ByPartition, Gauge>,
    pub(crate) latency_seconds: Family<ByFlow, Histogram>,
    pub(crate) lag_records: Family<ByPartition, Gauge>,
    pub(crate) partitions: Family<ByReason, Gauge>,
    pub(crate) leading: Family<ByFlow, Gauge>,
    // What flows count.
    pub(crate) kinds: Family<ByKind, Counter>,
    pub(crate) interval_seconds: Family<ByFlow, Histogram>,
    pub(crate) acknowledged: Family<ByFlow, Counter>,
    pub(crate) acknowledged_bytes: Family<ByFlow, Counter>,
    pub(crate) content: Content,
    pub(crate) outside: Outside,
}

/// What flows say of the content that goes through them. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Content {
    pub(crate) unknown_content: Family<ByReason, Counter>,
    pub(crate) kept_beside: Family<ByPath, Counter>,
    pub(crate) contradicted: Family<ByReason, Counter>,
}

/// What flows say of the world outside. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Outside {
    pub(crate) waiting_seconds: Family<ByReason, Gauge>,
    pub(crate) answers: Family<ByPolicy, Counter>,
    pub(crate) agreeing: Family<ByFlow, Gauge>,
    pub(crate) disagreements: Family<ByFlow, Counter>,
    pub(crate) oversized: Family<ByFlow, Counter>,
    pub(crate) unannounced: Family<ByFlow, Counter>,
    pub(crate) endpoint_stream: Family<ByEvent, Counter>,
    pub(crate) endpoint_sequence: Family<ByEndpoint, Gauge>,
    pub(crate) endpoint_blocks: Family<ByEndpoint, Gauge>,
    pub(crate) endpoint_up: Family<ByEndpoint, Gauge>,
    pub(crate) endpoint_requests: Family<ByOutcome, Counter>,
    pub(crate) endpoint_bytes: Family<ByEndpoint, Counter>,
    pub(crate) endpoint_set_aside: Family<ByEndpoint, Gauge>,
    pub(crate) endpoint_requests_per_s_max: Family<ByEndpoint, Gauge<f64, AtomicU64>>,
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
        Self {
            received: family!(registry, "received", "Records read"),
            received_bytes: family!(registry, "received_bytes", "Bytes of the values read"),
            rejected: family!(registry, "rejected", "Inputs that can never succeed"),
            rejects_exceeded: family!(
                registry,
                "rejects_exceeded",
                "Partitions that halted since more inputs were rejected than --rejects-max allows"
            ),
            retries: family!(registry, "retries", "Supervisor after a transient error"),
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
            restarts: family!(registry, "restarts", "Workers begun anew from the last commit"),
            sequence: family!(registry, "sequence", "Sequence number of the last input committed"),
            latency_seconds: family!(
                registry,
                "latency_seconds",
                "From the announcement outside to the commit here",
                Family::new_with_constructor(seconds as fn() -> Histogram)
            ),
            lag_records: family!(
                registry,
                "lag_records",
                "Offsets between the last commit and the end of the partition"
            ),
            partitions: family!(registry, "partitions", "Partitions of this instance by state"),
            leading: family!(
                registry,
                "leading",
                "1 while this instance leads, 0 while it stands by"
            ),
            kinds: family!(registry, "kinds", "Records by kind and result"),
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

impl Content {
    fn register(registry: &mut Registry) -> Self {
        Self {
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
            kept_beside: family!(registry, "kept_beside", "Values kept beside the typed fields"),
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
            answers: family!(
                registry,
                "answers",
                "Inputs by what asking the outside came to, under the policy in force"
            ),
            agreeing: family!(
                registry,
                "agreeing",
                "Servers that announced the block agreed on last"
            ),
            disagreements: family!(
                registry,
                "disagreements",
                "Announcements that contradict another one of the same block"
            ),
            oversized: family!(
                registry,
                "oversized",
                "Blocks larger than expected, which went through"
            ),
            unannounced: family!(
                registry,
                "unannounced",
                "Blocks at the tip that came without an announcement of their own"
            ),
            endpoint_stream: family!(
                registry,
                "endpoint_stream",
                "Events of the server's stream: announced, stale, contradicted, connected, lost"
            ),
            endpoint_sequence: family!(
                registry,
                "endpoint_sequence",
                "Sequence number of the newest block that the server announced"
            ),
            endpoint_blocks: family!(
                registry,
                "endpoint_blocks",
                "Blocks that the server says it has"
            ),
            endpoint_up: family!(registry, "endpoint_up", "1 while requests go to the server"),
            endpoint_requests: family!(registry, "endpoint_requests", "Requests by outcome"),
            endpoint_bytes: family!(registry, "endpoint_bytes", "Bytes of replies"),
            endpoint_set_aside: family!(
                registry,
                "endpoint_set_aside",
                "1 while the server is not asked since it told an untruth"
            ),
            endpoint_requests_per_s_max: family!(
                registry,
                "endpoint_requests_per_s_max",
                "Requests a second that the server gets at most, as granted and as learnt"
            ),
        }
    }
}

impl Metrics {
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
