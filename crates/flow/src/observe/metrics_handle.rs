//! What a flow may count beyond what the runtime counts for it.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::observe::metrics::{
    ByEndpoint, ByEvent, ByFlow, ByKind, ByOutcome, ByPath, ByPolicy, ByReason, Metrics,
};
use crate::observe::wait_timers::WaitTimers;

/// So many pairs of kind and result, and so many paths, are told apart; what comes after that is counted as `other`.
pub const LABEL_VALUES_MAX: usize = 512;

/// Counts for one flow. Cheap to clone.
#[derive(Clone, Debug)]
pub struct MetricsHandle {
    flow: &'static str,
    metrics: Metrics,
    kinds: Arc<Mutex<HashMap<(String, String), prometheus_client::metrics::counter::Counter>>>,
    waits: Arc<Mutex<WaitTimers>>,
    paths: Arc<Mutex<HashSet<String>>>,
}

impl MetricsHandle {
    /// A meter of `flow`.
    pub fn new(flow: &'static str, metrics: &Metrics) -> Self {
        Self {
            flow,
            metrics: metrics.clone(),
            kinds: Arc::default(),
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

    /// Counts a record of `kind` with `result`.
    pub fn kind(&self, kind: &str, result: &str) {
        let mut kinds = self.kinds.lock().unwrap_or_else(PoisonError::into_inner);
        let mut pair = (kind.to_owned(), result.to_owned());
        if kinds.len() >= LABEL_VALUES_MAX && !kinds.contains_key(&pair) {
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
            .content
            .unknown_content
            .get_or_create(&ByReason { flow: self.flow, reason: what })
            .inc_by(n);
    }

    /// Counts values that were kept although the record has no field for them, by path.
    pub fn kept_beside(&self, path: &str, n: u64) {
        let mut paths = self.paths.lock().unwrap_or_else(PoisonError::into_inner);
        let is_told_apart = paths.contains(path)
            || (paths.len() < LABEL_VALUES_MAX && paths.insert(path.to_owned()));
        let path = if is_told_apart { path } else { "other" };
        let labels = ByPath { flow: self.flow, path: path.to_owned() };
        self.metrics.content.kept_beside.get_or_create(&labels).inc_by(n);
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

    /// Counts inputs by what asking the outside came to, under the policy in force: words from bounded sets.
    pub fn answered(&self, policy: &'static str, outcome: &'static str, n: u64) {
        let labels = ByPolicy { flow: self.flow, policy, outcome };
        self.metrics.outside.answers.get_or_create(&labels).inc_by(n);
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

    /// Says how many outside agreed on the latest block.
    pub fn agreeing(&self, n: usize) {
        let labels = ByFlow { flow: self.flow };
        self.metrics
            .outside
            .agreeing
            .get_or_create(&labels)
            .set(i64::try_from(n).unwrap_or(i64::MAX));
    }

    /// Counts an announcement that contradicts another one of the same block.
    pub fn disagreed(&self) {
        self.metrics.outside.disagreements.get_or_create(&ByFlow { flow: self.flow }).inc();
    }

    /// Counts blocks that are larger than expected and went through.
    pub fn oversized(&self, n: u64) {
        self.metrics.outside.oversized.get_or_create(&ByFlow { flow: self.flow }).inc_by(n);
    }

    /// Counts a block at the tip that came without an announcement of its own.
    pub fn unannounced(&self) {
        self.metrics.outside.unannounced.get_or_create(&ByFlow { flow: self.flow }).inc();
    }

    /// Counts an event of a server's stream, a word from a bounded set.
    pub fn streamed(&self, endpoint: &str, event: &'static str) {
        let labels = ByEvent { flow: self.flow, endpoint: endpoint.to_owned(), event };
        self.metrics.outside.endpoint_stream.get_or_create(&labels).inc();
    }

    /// Says how a server outside fares. Counts are totals since the start.
    pub fn endpoint(&self, endpoint: &EndpointCounts<'_>) {
        let name = endpoint.name.to_owned();
        let labels = ByEndpoint { flow: self.flow, endpoint: name.clone() };
        self.metrics.outside.endpoint_up.get_or_create(&labels).set(i64::from(endpoint.up));
        let is_aside = endpoint.set_aside.is_some();
        self.metrics.outside.endpoint_set_aside.get_or_create(&labels).set(i64::from(is_aside));
        let why = endpoint.set_aside.map(|why| format!("not asked: {why}"));
        self.metrics.status_messages.set(self.flow, &name, why);
        let most = self.metrics.outside.endpoint_requests_per_s_max.get_or_create(&labels);
        most.set(endpoint.requests_per_s_max);
        let gauge = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        if let Some(newest) = endpoint.newest {
            self.metrics.outside.endpoint_sequence.get_or_create(&labels).set(gauge(newest));
        }
        if let Some(blocks) = endpoint.blocks {
            self.metrics.outside.endpoint_blocks.get_or_create(&labels).set(gauge(blocks));
        }
        let bytes = self.metrics.outside.endpoint_bytes.get_or_create(&labels);
        bytes.inc_by(endpoint.bytes.saturating_sub(bytes.get()));
        for (outcome, n) in endpoint.requests {
            let labels = ByOutcome { flow: self.flow, endpoint: name.clone(), outcome };
            let requests = self.metrics.outside.endpoint_requests.get_or_create(&labels);
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
    /// Why it is not asked, such as what untruth it told.
    pub set_aside: Option<&'a str>,
    /// How many requests a second it gets at most at this moment.
    pub requests_per_s_max: f64,
    /// The newest block that it announced, where that is known.
    pub newest: Option<u64>,
    /// How many blocks it says it has, where that is known.
    pub blocks: Option<u64>,
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
        let meter = MetricsHandle::new("flow", &metrics);
        for kind in 0..LABEL_VALUES_MAX + 10 {
            meter.kind(&kind.to_string(), "ok");
        }
        assert!(metrics.render().contains(r#"kind="other",result="other"} 10"#));
    }

    #[test]
    fn totals_are_not_added_twice() {
        let metrics = Metrics::default();
        let meter = MetricsHandle::new("flow", &metrics);
        for total in [3, 5] {
            let requests = [("ok", total)];
            meter.endpoint(&EndpointCounts {
                name: "a",
                up: true,
                set_aside: Some("a false root"),
                requests_per_s_max: 64.0,
                newest: Some(7),
                blocks: None,
                bytes: total,
                requests: &requests,
            });
        }
        assert!(metrics.render().contains(r#"outcome="ok"} 5"#));
        assert_eq!(metrics.status_messages.of("flow"), ["flow a: not asked: a false root"]);
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
