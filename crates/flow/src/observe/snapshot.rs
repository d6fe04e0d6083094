//! Values of metrics at one moment, for tools in the same process.

use crate::observe::labels::{ByFlow, ByPartition, ByTopic};
use crate::observe::metrics::Metrics;

/// The metrics of one flow.
#[derive(Clone, Copy, Debug)]
pub struct FlowMetrics<'a> {
    metrics: &'a Metrics,
    flow: &'static str,
}

impl Metrics {
    /// The metrics of `flow`, which are 0 until it has counted something.
    pub fn of_flow(&self, flow: &'static str) -> FlowMetrics<'_> {
        FlowMetrics { metrics: self, flow }
    }
}

impl FlowMetrics<'_> {
    /// Records written to `topic` and committed.
    pub fn emitted(&self, topic: &'static str) -> u64 {
        let labels = ByTopic { flow: self.flow, topic };
        self.metrics.emitted.get(&labels).map_or(0, |counter| counter.get())
    }

    /// Records that a receiver has acknowledged.
    pub fn acknowledged(&self) -> u64 {
        let labels = ByFlow { flow: self.flow };
        self.metrics.acknowledged.get(&labels).map_or(0, |counter| counter.get())
    }

    /// Sequence number of the last input committed in a partition of `topic`.
    pub fn sequence(&self, topic: &str, partition: i32) -> Option<u64> {
        let labels = ByPartition { flow: self.flow, topic: topic.to_owned(), partition };
        u64::try_from(self.metrics.partitions.sequence.get(&labels)?.get()).ok()
    }

    /// Latencies from the announcement to the commit, in seconds.
    pub fn latency_seconds(&self) -> HistogramSnapshot {
        let labels = ByFlow { flow: self.flow };
        let histogram = self.metrics.latency_seconds.get(&labels);
        histogram.map_or_else(HistogramSnapshot::default, |histogram| histogram.snapshot())
    }
}

/// The buckets of a histogram.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HistogramSnapshot {
    /// Upper limits, ascending, and the observations up to each.
    buckets: Vec<(f64, u64)>,
}

impl HistogramSnapshot {
    /// A snapshot of ascending upper limits with cumulative counts.
    pub fn new(buckets: Vec<(f64, u64)>) -> Self {
        Self { buckets }
    }

    /// The number of observations.
    pub fn count(&self) -> u64 {
        self.buckets.last().map_or(0, |(_, count)| *count)
    }

    /// The observations since an earlier snapshot of the same histogram.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        let before = |at: usize| earlier.buckets.get(at).map_or(0, |(_, count)| *count);
        let buckets = self.buckets.iter().enumerate();
        let since = buckets.map(|(at, (limit, count))| (*limit, count.saturating_sub(before(at))));
        Self { buckets: since.collect() }
    }

    /// The quantile `q`, interpolated within its bucket as Prometheus does. In the last bucket, which has no upper limit, it
    /// is the lower one. `None` without observations.
    pub fn quantile(&self, q: f64) -> Option<f64> {
        let rank = q * self.count() as f64;
        let (mut lower, mut below) = (0.0, 0.0);
        for (limit, count) in &self.buckets {
            let count = *count as f64;
            if count >= rank && count > 0.0 {
                if limit.is_infinite() {
                    return Some(lower);
                }
                let share = if count > below { (rank - below) / (count - below) } else { 1.0 };
                return Some(lower + (limit - lower) * share);
            }
            (lower, below) = (*limit, count);
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observe::metrics_handle::MetricsHandle;

    fn histogram(counts: [u64; 4]) -> HistogramSnapshot {
        HistogramSnapshot::new([0.1, 0.2, 1.0, f64::INFINITY].into_iter().zip(counts).collect())
    }

    #[test]
    fn quantiles_lie_within_their_bucket() {
        let histogram = histogram([0, 50, 100, 100]);
        assert_eq!(histogram.quantile(0.5), Some(0.2));
        let p99 = histogram.quantile(0.99).unwrap();
        assert!((0.98..0.99).contains(&p99), "{p99}");
    }

    #[test]
    fn the_quantile_of_a_value_above_all_limits_is_the_largest_limit() {
        assert_eq!(histogram([0, 0, 1, 100]).quantile(0.99), Some(1.0));
    }

    #[test]
    fn without_observations_there_is_no_quantile() {
        assert_eq!(histogram([0; 4]).quantile(0.5), None);
        assert_eq!(HistogramSnapshot::default().quantile(0.5), None);
    }

    #[test]
    fn the_difference_of_two_snapshots_is_a_histogram() {
        let (earlier, now) = (histogram([5, 5, 5, 5]), histogram([5, 15, 15, 15]));
        assert_eq!(now.since(&earlier), histogram([0, 10, 10, 10]));
        assert_eq!(now.since(&HistogramSnapshot::default()), now);
    }

    #[test]
    fn values_are_those_that_prometheus_scrapes() {
        let metrics = Metrics::default();
        MetricsHandle::new("sink", &metrics).acknowledged(7, 900);
        let by_topic = ByTopic { flow: "record", topic: "records" };
        metrics.emitted.get_or_create(&by_topic).inc_by(3);
        let pointer = ByPartition { flow: "source", topic: "checkpoints".to_owned(), partition: 0 };
        metrics.partitions.sequence.get_or_create(&pointer).set(1_234);
        let latency = metrics.latency_seconds.get_or_create(&ByFlow { flow: "sink" });
        for seconds in [0.001, 0.3, 100.0] {
            latency.observe(seconds);
        }
        drop(latency);
        assert_eq!(metrics.of_flow("sink").acknowledged(), 7);
        assert_eq!(metrics.of_flow("record").emitted("records"), 3);
        assert_eq!(metrics.of_flow("record").emitted("others"), 0);
        assert_eq!(metrics.of_flow("source").sequence("checkpoints", 0), Some(1_234));
        assert_eq!(metrics.of_flow("source").sequence("checkpoints", 1), None);
        assert_eq!(metrics.of_flow("sink").latency_seconds().count(), 3);
        let rendered = metrics.render();
        for line in [
            r#"latency_seconds_count{flow="sink"} 3"#,
            r#"latency_seconds_bucket{le="0.002",flow="sink"} 1"#,
            r#"latency_seconds_bucket{le="0.5",flow="sink"} 2"#,
            r#"latency_seconds_bucket{le="+Inf",flow="sink"} 3"#,
        ] {
            assert!(rendered.contains(line), "{line} in {rendered}");
        }
    }
}
