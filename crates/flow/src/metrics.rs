//! Every metric that ekspiper has: all names stand here.

use std::sync::Arc;

use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

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
    /// A flow, a kind of record and its result: open sets, bounded by [`crate::meter::KINDS_MAX`].
    ByKind { flow: &'static str, kind: String, result: String }
);
label_set!(
    /// A flow and a place in its records: an open set, bounded by [`crate::meter::KINDS_MAX`].
    ByPath { flow: &'static str, path: String }
);
label_set!(
    /// A flow and a server outside.
    ByEndpoint { flow: &'static str, endpoint: String }
);
label_set!(
    /// A flow, a server outside and how a request to it ended.
    ByOutcome { flow: &'static str, endpoint: String, outcome: &'static str }
);

/// The metrics of a process. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Metrics {
    registry: Arc<Registry>,
    // Inputs.
    pub(crate) received: Family<ByTopic, Counter>,
    pub(crate) received_bytes: Family<ByTopic, Counter>,
    pub(crate) rejected: Family<ByReason, Counter>,
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
    pub(crate) unknown_content: Family<ByReason, Counter>,
    pub(crate) kept_beside: Family<ByPath, Counter>,
    pub(crate) contradicted: Family<ByReason, Counter>,
    // Servers outside.
    pub(crate) endpoint_up: Family<ByEndpoint, Gauge>,
    pub(crate) endpoint_requests: Family<ByOutcome, Counter>,
    pub(crate) endpoint_bytes: Family<ByEndpoint, Counter>,
    pub(crate) endpoint_set_aside: Family<ByEndpoint, Gauge>,
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
        macro_rules! family {
            ($name:literal, $help:literal) => {
                family!($name, $help, Family::default())
            };
            ($name:literal, $help:literal, $family:expr) => {{
                let family = $family;
                registry.register($name, $help, Clone::clone(&family));
                family
            }};
        }
        Self {
            received: family!("received", "Records read"),
            received_bytes: family!("received_bytes", "Bytes of the values read"),
            rejected: family!("rejected", "Inputs that can never succeed"),
            retries: family!("retries", "Attempts after a transient error"),
            emitted: family!("emitted", "Records written and committed"),
            emitted_bytes: family!("emitted_bytes", "Bytes of the values written and committed"),
            commit_seconds: family!(
                "commit_seconds",
                "From the beginning of a transaction to its commit",
                Family::new_with_constructor(seconds as fn() -> Histogram)
            ),
            batch_records: family!(
                "batch_records",
                "Inputs in a transaction",
                Family::new_with_constructor(records as fn() -> Histogram)
            ),
            restarts: family!("restarts", "Workers begun anew from the last commit"),
            sequence: family!("sequence", "Sequence number of the last input committed"),
            latency_seconds: family!(
                "latency_seconds",
                "From the announcement outside to the commit here",
                Family::new_with_constructor(seconds as fn() -> Histogram)
            ),
            lag_records: family!(
                "lag_records",
                "Offsets between the last commit and the end of the partition"
            ),
            partitions: family!("partitions", "Partitions of this instance by state"),
            leading: family!("leading", "1 while this instance leads, 0 while it stands by"),
            kinds: family!("kinds", "Records by kind and result"),
            interval_seconds: family!(
                "interval_seconds",
                "Between the announcements of two blocks",
                Family::new_with_constructor(seconds as fn() -> Histogram)
            ),
            acknowledged: family!("acknowledged", "Records that the outside has acknowledged"),
            acknowledged_bytes: family!(
                "acknowledged_bytes",
                "Bytes that the outside has acknowledged"
            ),
            unknown_content: family!(
                "unknown_content",
                "Content kept although this version does not know it"
            ),
            contradicted: family!("contradicted", "Statements from outside known to be wrong"),
            kept_beside: family!("kept_beside", "Values kept beside the typed fields"),
            endpoint_up: family!("endpoint_up", "1 while requests go to the server"),
            endpoint_requests: family!("endpoint_requests", "Requests by outcome"),
            endpoint_bytes: family!("endpoint_bytes", "Bytes of replies"),
            endpoint_set_aside: family!(
                "endpoint_set_aside",
                "1 while the server is not asked since it told an untruth"
            ),
            registry: Arc::new(registry),
        }
    }
}

impl Metrics {
    /// All metrics in the text format of OpenMetrics.
    pub fn render(&self) -> String {
        let mut rendered = String::new();
        text::encode(&mut rendered, &self.registry).expect("writing into a string succeeds");
        rendered
    }
}
