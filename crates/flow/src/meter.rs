//! What a flow may count beyond what the runtime counts for it.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::metrics::{ByEndpoint, ByFlow, ByKind, ByOutcome, ByPath, ByReason, Metrics};

/// So many pairs of kind and result, and so many paths, are told apart; what comes after that is counted as `other`.
pub const KINDS_MAX: usize = 512;

/// Counts for one flow. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Meter {
    flow: &'static str,
    metrics: Metrics,
    kinds: Arc<Mutex<HashMap<(String, String), prometheus_client::metrics::counter::Counter>>>,
    paths: Arc<Mutex<HashSet<String>>>,
}

impl Meter {
    /// A meter of `flow`.
    pub fn new(flow: &'static str, metrics: &Metrics) -> Self {
        Self { flow, metrics: metrics.clone(), kinds: Arc::default(), paths: Arc::default() }
    }

    /// Counts a record of `kind` with `result`.
    pub fn kind(&self, kind: &str, result: &str) {
        let mut kinds = self.kinds.lock().unwrap_or_else(PoisonError::into_inner);
        let mut pair = (kind.to_owned(), result.to_owned());
        if kinds.len() >= KINDS_MAX && !kinds.contains_key(&pair) {
            pair = ("other".to_owned(), "other".to_owned());
        }
        let counter = kinds.entry(pair).or_insert_with_key(|(kind, result)| {
            let labels = ByKind { flow: self.flow, kind: kind.clone(), result: result.clone() };
            self.metrics.kinds.get_or_create(&labels).clone()
        });
        counter.inc();
    }

    /// Records the time between two blocks.
    pub fn interval(&self, interval: Duration) {
        self.metrics
            .interval_seconds
            .get_or_create(&ByFlow { flow: self.flow })
            .observe(interval.as_secs_f64());
    }

    /// Counts what the outside has acknowledged.
    pub fn acknowledged(&self, records: u64, bytes: u64) {
        let labels = ByFlow { flow: self.flow };
        self.metrics.acknowledged.get_or_create(&labels).inc_by(records);
        self.metrics.acknowledged_bytes.get_or_create(&labels).inc_by(bytes);
    }

    /// Counts content that was kept although this version does not know it.
    pub fn unknown_content(&self, what: &'static str, n: u64) {
        self.metrics
            .unknown_content
            .get_or_create(&ByReason { flow: self.flow, reason: what })
            .inc_by(n);
    }

    /// Counts values that were kept although the record has no field for them, by path.
    pub fn kept_beside(&self, path: &str, n: u64) {
        let mut paths = self.paths.lock().unwrap_or_else(PoisonError::into_inner);
        let is_told_apart =
            paths.contains(path) || (paths.len() < KINDS_MAX && paths.insert(path.to_owned()));
        let path = if is_told_apart { path } else { "other" };
        let labels = ByPath { flow: self.flow, path: path.to_owned() };
        self.metrics.kept_beside.get_or_create(&labels).inc_by(n);
    }

    /// Counts statements from outside that what is known here contradicts.
    pub fn contradicted(&self, what: &'static str, n: u64) {
        self.metrics
            .contradicted
            .get_or_create(&ByReason { flow: self.flow, reason: what })
            .inc_by(n);
    }

    /// Counts a retry by its reason, a word from a bounded set.
    pub fn retried(&self, reason: &'static str) {
        self.metrics.retries.get_or_create(&ByReason { flow: self.flow, reason }).inc();
    }

    /// Says how a server outside fares. Counts are totals since the start.
    pub fn endpoint(&self, endpoint: &EndpointCounts<'_>) {
        let name = endpoint.name.to_owned();
        let labels = ByEndpoint { flow: self.flow, endpoint: name.clone() };
        self.metrics.endpoint_up.get_or_create(&labels).set(i64::from(endpoint.up));
        self.metrics.endpoint_set_aside.get_or_create(&labels).set(i64::from(endpoint.set_aside));
        let bytes = self.metrics.endpoint_bytes.get_or_create(&labels);
        bytes.inc_by(endpoint.bytes.saturating_sub(bytes.get()));
        for (outcome, n) in endpoint.requests {
            let labels = ByOutcome { flow: self.flow, endpoint: name.clone(), outcome };
            let requests = self.metrics.endpoint_requests.get_or_create(&labels);
            requests.inc_by(n.saturating_sub(requests.get()));
        }
    }
}

/// How a server outside fares.
#[derive(Debug, Clone, Copy)]
pub struct EndpointCounts<'a> {
    /// Its name, without secrets.
    pub name: &'a str,
    /// Whether requests go to it.
    pub up: bool,
    /// Whether it is not asked since it told an untruth.
    pub set_aside: bool,
    /// Bytes of its replies.
    pub bytes: u64,
    /// Requests by outcome, words from a bounded set.
    pub requests: &'a [(&'static str, u64)],
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_bounded() {
        let metrics = Metrics::default();
        let meter = Meter::new("flow", &metrics);
        for kind in 0..KINDS_MAX + 10 {
            meter.kind(&kind.to_string(), "ok");
        }
        assert!(metrics.render().contains(r#"kind="other",result="other"} 10"#));
    }

    #[test]
    fn totals_are_not_added_twice() {
        let metrics = Metrics::default();
        let meter = Meter::new("flow", &metrics);
        for total in [3, 5] {
            let requests = [("ok", total)];
            meter.endpoint(&EndpointCounts {
                name: "a",
                up: true,
                set_aside: false,
                bytes: total,
                requests: &requests,
            });
        }
        assert!(metrics.render().contains(r#"outcome="ok"} 5"#));
    }
}
