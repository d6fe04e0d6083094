//! A histogram whose values can be read back, which the client library's own does not allow.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use prometheus_client::encoding::{EncodeMetric, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::{MetricType, TypedMetric};

use crate::observe::snapshot::HistogramSnapshot;

/// Counts of observations by bucket. Cheap to clone; clones share the counts.
#[derive(Clone, Debug)]
pub(crate) struct Histogram(Arc<Mutex<Counts>>);

#[derive(Debug)]
struct Counts {
    sum: f64,
    count: u64,
    /// Upper limits, ascending, the last one infinite; and the observations of each bucket.
    buckets: Vec<(f64, u64)>,
}

impl Histogram {
    /// A histogram with these upper limits, ascending.
    pub(crate) fn new(limits: impl IntoIterator<Item = f64>) -> Self {
        let limits = limits.into_iter().chain([f64::INFINITY]);
        let buckets = limits.map(|limit| (limit, 0)).collect();
        Self(Arc::new(Mutex::new(Counts { sum: 0.0, count: 0, buckets })))
    }

    /// Counts an observation.
    pub(crate) fn observe(&self, value: f64) {
        let mut counts = self.lock();
        counts.sum += value;
        counts.count += 1;
        if let Some((_, n)) = counts.buckets.iter_mut().find(|(limit, _)| value <= *limit) {
            *n += 1;
        }
    }

    /// The counts at this moment.
    pub(crate) fn snapshot(&self) -> HistogramSnapshot {
        let mut cumulative = 0;
        let counts = self.lock();
        let buckets = counts.buckets.iter().map(|(limit, n)| {
            cumulative += n;
            (*limit, cumulative)
        });
        HistogramSnapshot::new(buckets.collect())
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl TypedMetric for Histogram {
    const TYPE: MetricType = MetricType::Histogram;
}

impl EncodeMetric for Histogram {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> Result<(), std::fmt::Error> {
        let counts = self.lock();
        encoder.encode_histogram::<NoLabelSet>(counts.sum, counts.count, &counts.buckets, None)
    }

    fn metric_type(&self) -> MetricType {
        Self::TYPE
    }
}
