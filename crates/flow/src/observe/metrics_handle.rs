//! What a flow may count beyond what the runtime counts for it.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use prometheus_client::registry::Registry;

use crate::observe::labels::{ByFlow, ByPath, ByReason, ByType};
use crate::observe::metrics::Metrics;
use crate::observe::wait_timers::WaitTimers;

/// So many pairs of kind and result, and so many paths, are told apart; what comes after that is counted as `other`.
pub const LABEL_VALUES_MAX: usize = 512;

/// Counts for one flow. Cheap to clone.
#[derive(Clone, Debug)]
pub struct MetricsHandle {
    flow: &'static str,
    metrics: Metrics,
    types: Arc<Mutex<HashMap<(String, String), prometheus_client::metrics::counter::Counter>>>,
    waits: Arc<Mutex<WaitTimers>>,
    paths: Arc<Mutex<HashSet<String>>>,
}

impl MetricsHandle {
    /// A meter of `flow`.
    pub fn new(flow: &'static str, metrics: &Metrics) -> Self {
        Self {
            flow,
            metrics: metrics.clone(),
            types: Arc::default(),
            waits: Arc::default(),
            paths: Arc::default(),
        }
    }

    /// The metrics of the process, for a crate that registers its own.
    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// Shows a line about `subject` in `/readyz`, such as a server that is quarantined and why; `None` takes it back.
    pub fn status(&self, subject: &str, text: Option<String>) {
        self.metrics.status_messages.set(self.flow, subject, text);
    }

    /// Registers metrics of the crate that implements the flow, which owns their names. Called with every report: what was
    /// registered before is not registered again by `register`.
    pub fn register(&self, register: impl FnOnce(&mut Registry)) {
        self.metrics.register(register);
    }

    /// Counts a record of a type with its result.
    pub fn record_type(&self, record_type: &str, result: &str) {
        let mut types = self.types.lock().unwrap_or_else(PoisonError::into_inner);
        let mut pair = (record_type.to_owned(), result.to_owned());
        if types.len() >= LABEL_VALUES_MAX && !types.contains_key(&pair) {
            pair = ("other".to_owned(), "other".to_owned());
        }
        let counter = types.entry(pair).or_insert_with_key(|(record_type, result)| {
            let labels = ByType {
                flow: self.flow,
                record_type: record_type.clone(),
                result: result.clone(),
            };
            self.metrics.content.records_by_type.get_or_create(&labels).clone()
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
            .content
            .unknown_content
            .get_or_create(&ByReason { flow: self.flow, reason: what })
            .inc_by(n);
    }

    /// Counts values that were kept although the record has no field for them, by path.
    pub fn untyped_values(&self, path: &str, n: u64) {
        let mut paths = self.paths.lock().unwrap_or_else(PoisonError::into_inner);
        let is_told_apart = paths.contains(path)
            || (paths.len() < LABEL_VALUES_MAX && paths.insert(path.to_owned()));
        let path = if is_told_apart { path } else { "other" };
        let labels = ByPath { flow: self.flow, path: path.to_owned() };
        self.metrics.content.untyped_values.get_or_create(&labels).inc_by(n);
    }

    /// Counts statements from outside that what is known here contradicts.
    pub fn contradicted(&self, what: &'static str, n: u64) {
        self.metrics
            .content
            .contradicted
            .get_or_create(&ByReason { flow: self.flow, reason: what })
            .inc_by(n);
    }

    /// Counts a retry by its reason, a word from a bounded set.
    pub fn retried(&self, reason: &'static str) {
        self.metrics.retries.get_or_create(&ByReason { flow: self.flow, reason }).inc();
    }

    /// Says what the flow waits for outside: a word from a bounded set, and why. To be said again and again while it lasts;
    /// `None` ends it. A long wait is said aloud once; all are shown by `/readyz`.
    pub fn waiting(&self, reason: &'static str, why: Option<&str>) {
        let (flow, now) = (self.flow, Instant::now());
        let mut waits = self.waits.lock().unwrap_or_else(PoisonError::into_inner);
        let seconds = match why {
            Some(why) => {
                let waited = waits.wait(reason, now);
                let waited_s = waited.time.as_secs();
                if waited.alarms {
                    tracing::error!(flow, reason, why, waited_s, "waiting for long");
                }
                waited_s
            }
            None => {
                if let Some(time) = waits.end(reason, now) {
                    tracing::info!(flow, reason, waited_s = time.as_secs(), "waiting no more");
                }
                0
            }
        };
        drop(waits);
        let labels = ByReason { flow, reason };
        let gauge = self.metrics.outside.waiting_seconds.get_or_create(&labels);
        gauge.set(i64::try_from(seconds).unwrap_or(i64::MAX));
        let text = why.map(|why| format!("for {seconds} s, {why}"));
        self.metrics.status_messages.set(flow, &format!("waiting for {reason}"), text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_bounded() {
        let metrics = Metrics::default();
        let meter = MetricsHandle::new("flow", &metrics);
        for record_type in 0..LABEL_VALUES_MAX + 10 {
            meter.record_type(&record_type.to_string(), "ok");
        }
        assert!(metrics.render().contains(r#"record_type="other",result="other"} 10"#));
    }

    #[test]
    fn what_is_waited_for_is_shown_until_it_is_there() {
        let metrics = Metrics::default();
        let meter = MetricsHandle::new("flow", &metrics);
        meter.waiting("history", Some("none of 3 servers has it"));
        let remark = "flow waiting for history: for 0 s, none of 3 servers has it";
        assert_eq!(metrics.status_messages.of("flow"), [remark]);
        meter.waiting("history", None);
        assert!(metrics.status_messages.of("flow").is_empty());
        assert!(metrics.render().contains(r#"waiting_seconds{flow="flow",reason="history"} 0"#));
    }
}
