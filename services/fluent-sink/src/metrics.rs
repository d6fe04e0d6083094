//! Every metric of the sink's receivers.

use flow::host::Metrics;
use flow::{MetricsHandle, Sink};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;

use crate::FluentSink;

const FLOW: &str = <FluentSink as Sink>::NAME;

/// The metrics, registered with those of the process.
#[derive(Clone, Debug)]
pub(crate) struct ReceiverMetrics {
    used: Family<ByReceiver, Gauge>,
    passed_over: Family<ByFlow, Gauge>,
    chunks: Family<ByOutcome, Counter>,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct ByFlow {
    flow: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct ByReceiver {
    flow: &'static str,
    endpoint: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct ByOutcome {
    flow: &'static str,
    endpoint: String,
    outcome: &'static str,
}

/// The counts of one receiver.
#[derive(Clone, Debug)]
pub(crate) struct ReceiverCounts {
    /// Its address.
    pub(crate) address: String,
    /// Chunks by outcome, words from a bounded set; totals since the start.
    pub(crate) chunks: Vec<(&'static str, u64)>,
}

impl ReceiverMetrics {
    /// Registers them.
    pub(crate) fn register(metrics: &Metrics) -> Self {
        metrics.register(|registry| {
            let new = Self {
                used: Family::default(),
                passed_over: Family::default(),
                chunks: Family::default(),
            };
            let (used, passed_over) = (new.used.clone(), new.passed_over.clone());
            registry.register("receiver_used", "1 for the receiver in use", used);
            registry.register(
                "receivers_passed_over",
                "Receivers that are preferred to the one in use",
                passed_over,
            );
            registry.register("receiver_chunks", "Chunks by outcome", new.chunks.clone());
            new
        })
    }

    /// Sets them: the receivers in order of preference, and which one is in use.
    pub(crate) fn set(&self, receivers: &[ReceiverCounts], used: usize) {
        let passed_over = self.passed_over.get_or_create(&ByFlow { flow: FLOW });
        passed_over.set(i64::try_from(used).unwrap_or(i64::MAX));
        for (place, receiver) in receivers.iter().enumerate() {
            let endpoint = receiver.address.clone();
            for (outcome, n) in &receiver.chunks {
                let labels = ByOutcome { flow: FLOW, endpoint: endpoint.clone(), outcome };
                let chunks = self.chunks.get_or_create(&labels);
                chunks.inc_by(n.saturating_sub(chunks.get()));
            }
            let labels = ByReceiver { flow: FLOW, endpoint };
            self.used.get_or_create(&labels).set(i64::from(place == used));
        }
    }
}

/// Shows in `/readyz` which receiver is in use, and why those before it are not.
pub(crate) fn show_status(handle: &MetricsHandle, address: &str, why: Option<&str>) {
    let text = match why {
        Some(why) => format!("{address}, {why}"),
        None => address.to_owned(),
    };
    handle.status("receiver in use", Some(text));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_receiver_in_use_and_the_chunks_of_each_are_measured() {
        let metrics = Metrics::default();
        let receiver_metrics = ReceiverMetrics::register(&metrics);
        let counts = |address: &str, n| ReceiverCounts {
            address: address.to_owned(),
            chunks: vec![("acknowledged", n)],
        };
        for (used, n) in [(0, 2), (1, 3)] {
            receiver_metrics.set(&[counts("a:1", 2), counts("b:2", n)], used);
        }
        let rendered = metrics.render();
        for line in [
            r#"receiver_used{flow="fluent-sink",endpoint="a:1"} 0"#,
            r#"receiver_used{flow="fluent-sink",endpoint="b:2"} 1"#,
            r#"receivers_passed_over{flow="fluent-sink"} 1"#,
            r#"receiver_chunks_total{flow="fluent-sink",endpoint="b:2",outcome="acknowledged"} 3"#,
        ] {
            assert!(rendered.contains(line), "{line} in {rendered}");
        }
    }
}
