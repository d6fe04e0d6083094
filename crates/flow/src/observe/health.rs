//! The health of a flow: what `/livez` and `/readyz` answer.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::observe::health_state::HealthState;
use crate::observe::labels::{ByReason, ByState};
use crate::observe::metrics::Metrics;
use crate::observe::partition_progress::PartitionProgress;

/// A flow whose group membership, or one of whose partitions, has shown no heartbeat for this long is not alive. Every call of a
/// worker has a time limit far below it.
const HEARTBEAT_AGE_S_MAX: u64 = 120;
/// From this number of partitions on, those that one cause stops share a line.
const SHARED_LINE_MIN: usize = 4;

/// The health of a flow's partitions. Cheap to clone; clones share it.
#[derive(Clone, Debug)]
pub struct Health {
    flow: &'static str,
    metrics: Metrics,
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug)]
struct Inner {
    polled: Instant,
    /// How many partitions are assigned; `None` before the flow has joined its group.
    assigned: Option<usize>,
    /// What keeps the flow from joining its group, in Kafka's words.
    group_error: Option<String>,
    epochs: u64,
    partitions: BTreeMap<Arc<str>, Partition>,
}

#[derive(Debug)]
struct Partition {
    epoch: u64,
    state: HealthState,
    progress: Arc<PartitionProgress>,
}

/// The health of a partition, as claimed by one attempt of a worker. Once another attempt has claimed the partition, what is
/// reported here is ignored.
#[derive(Clone, Debug)]
pub(crate) struct PartitionHealth {
    health: Health,
    name: Arc<str>,
    epoch: u64,
    progress: Arc<PartitionProgress>,
}

impl Inner {
    /// Whether every assigned partition has been claimed.
    fn has_started(&self) -> bool {
        self.assigned.is_some_and(|assigned| self.partitions.len() >= assigned)
    }

    /// A line for each partition; many that are stopped by one cause share one.
    fn partition_lines(&self, flow: &str) -> Vec<String> {
        let mut lines: Vec<(Vec<&str>, String)> = Vec::new();
        for (name, Partition { state, progress, .. }) in &self.partitions {
            let shared = match state {
                HealthState::Retrying(_) | HealthState::Halted(_) => {
                    let text = state.to_string();
                    let same = self.partitions.values().filter(|it| it.state == *state).count();
                    (same >= SHARED_LINE_MIN).then_some(text)
                }
                _ => None,
            };
            match shared {
                Some(text) => match lines.iter_mut().find(|(_, line)| *line == text) {
                    Some((names, _)) => names.push(name),
                    None => lines.push((vec![name], text)),
                },
                None => {
                    let phase =
                        if state.has_heartbeat() { progress.describe() } else { String::new() };
                    lines.push((vec![name], format!("{state}{phase}")));
                }
            }
        }
        let line = |(names, text): (Vec<&str>, String)| match names.as_slice() {
            [name] => format!("{flow} {name}: {text}"),
            names => format!("{flow} {} partitions ({}): {text}", names.len(), names.join(", ")),
        };
        lines.into_iter().map(line).collect()
    }

    /// The partition that has shown no heartbeat for too long, although it should.
    fn stuck(&self) -> Option<(&Arc<str>, &Partition)> {
        let limit = Duration::from_secs(HEARTBEAT_AGE_S_MAX);
        self.partitions.iter().find(|(_, partition)| {
            partition.state.has_heartbeat() && partition.progress.heartbeat_age() >= limit
        })
    }
}

impl Health {
    /// The health of `flow`, which has not joined its group yet.
    pub(crate) fn new(flow: &'static str, metrics: &Metrics) -> Self {
        let inner = Inner {
            polled: Instant::now(),
            assigned: None,
            group_error: None,
            epochs: 0,
            partitions: BTreeMap::new(),
        };
        Self { flow, metrics: metrics.clone(), inner: Arc::new(Mutex::new(inner)) }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The flow's name.
    pub fn flow(&self) -> &'static str {
        self.flow
    }

    /// The group member has polled.
    pub(crate) fn polled(&self) {
        self.lock().polled = Instant::now();
    }

    /// The flow has joined its group and was assigned this many partitions.
    pub(crate) fn assign(&self, partitions: usize) {
        let mut inner = self.lock();
        inner.assigned = Some(partitions);
        inner.group_error = None;
    }

    /// How many partitions are assigned.
    pub(crate) fn assigned(&self) -> usize {
        self.lock().assigned.unwrap_or_default()
    }

    /// The flow has no partition; whether that is its stable place in its group.
    pub(crate) fn assign_none(&self, is_stable: bool) {
        let mut inner = self.lock();
        inner.assigned = is_stable.then_some(0);
        if is_stable {
            inner.group_error = None;
        }
    }

    /// What keeps the flow from joining its group. Returns whether that is news.
    pub(crate) fn group_failed(&self, error: String) -> bool {
        self.lock().group_error.replace(error.clone()).is_none_or(|before| before != error)
    }

    /// Counts that the flow had to join its group again.
    pub(crate) fn count_rejoin(&self) {
        let labels = ByReason { flow: self.flow, reason: "group" };
        self.metrics.restarts.get_or_create(&labels).inc();
    }

    /// Claims a partition; what earlier claims report is ignored from now on.
    pub(crate) fn claim(&self, name: &str, state: HealthState) -> PartitionHealth {
        self.claim_with(name.into(), Arc::default(), state)
    }

    fn claim_with(
        &self,
        name: Arc<str>,
        progress: Arc<PartitionProgress>,
        state: HealthState,
    ) -> PartitionHealth {
        let mut inner = self.lock();
        inner.epochs += 1;
        let epoch = inner.epochs;
        progress.beat(state.name());
        let partition = Partition { epoch, state, progress: Arc::clone(&progress) };
        inner.partitions.insert(Arc::clone(&name), partition);
        drop(inner);
        self.count();
        PartitionHealth { health: self.clone(), name, epoch, progress }
    }

    fn count(&self) {
        let inner = self.lock();
        for state in HealthState::NAMES {
            let n = inner.partitions.values().filter(|it| it.state.name() == state).count();
            let labels = ByState { flow: self.flow, state };
            let gauge = self.metrics.partitions.by_state.get_or_create(&labels);
            gauge.set(i64::try_from(n).unwrap_or(i64::MAX));
        }
    }

    /// Whether the group member polls and each worker shows heartbeats.
    pub fn is_alive(&self) -> bool {
        let inner = self.lock();
        inner.polled.elapsed() < Duration::from_secs(HEARTBEAT_AGE_S_MAX) && inner.stuck().is_none()
    }

    /// Whether the flow has its place in its group and all of its partitions work.
    pub fn is_ready(&self) -> bool {
        let inner = self.lock();
        inner.has_started() && inner.partitions.values().all(|it| it.state.is_ready())
    }

    /// The partitions that only an operator can help, with the reason.
    pub fn halted(&self) -> Vec<(String, String)> {
        let inner = self.lock();
        let halted =
            inner.partitions.iter().filter_map(|(name, partition)| match &partition.state {
                HealthState::Halted(why) => Some((name.to_string(), why.clone())),
                _ => None,
            });
        halted.collect()
    }

    /// The state of each partition; nothing while the flow has no place in its group.
    pub fn partitions(&self) -> Vec<(String, HealthState)> {
        let inner = self.lock();
        inner.partitions.iter().map(|(name, it)| (name.to_string(), it.state.clone())).collect()
    }

    /// How far each partition has come.
    pub(crate) fn progress(&self) -> Vec<(Arc<str>, Arc<PartitionProgress>)> {
        let inner = self.lock();
        let progress =
            |(name, it): (&Arc<str>, &Partition)| (Arc::clone(name), Arc::clone(&it.progress));
        inner.partitions.iter().map(progress).collect()
    }

    /// Whether all partitions have done all that was asked for.
    pub fn is_finished(&self) -> bool {
        let inner = self.lock();
        inner.has_started()
            && !inner.partitions.is_empty()
            && inner.partitions.values().all(|it| it.state == HealthState::Finished)
    }

    /// A line for each partition, and for what the flow reports of the outside.
    pub fn describe(&self) -> String {
        let inner = self.lock();
        let mut lines = Vec::new();
        if inner.assigned.is_none() {
            let error = inner.group_error.as_ref().map(|error| format!(": {error}"));
            lines.push(format!("{}: joining its group{}", self.flow, error.unwrap_or_default()));
        } else if inner.partitions.is_empty() {
            lines.push(format!("{}: standby, other instances have all partitions", self.flow));
        }
        lines.extend(inner.partition_lines(self.flow));
        if let Some((name, partition)) = inner.stuck() {
            let (age_s, phase) =
                (partition.progress.heartbeat_age().as_secs(), partition.progress.phase());
            lines.push(format!("{} {name}: no heartbeat for {age_s} s, {phase}", self.flow));
        }
        lines.extend(self.metrics.status_messages.of(self.flow));
        lines.join("\n")
    }
}

impl PartitionHealth {
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn set(&self, state: HealthState) {
        if let Some(partition) = self.health.lock().partitions.get_mut(&self.name)
            && partition.epoch == self.epoch
        {
            partition.state = state;
        }
        self.health.count();
    }

    /// A claim of the same worker's next attempt, which goes on from how far the partition has come.
    pub(crate) fn renew(&self) -> Self {
        let progress = Arc::clone(&self.progress);
        self.health.claim_with(Arc::clone(&self.name), progress, HealthState::Starting)
    }

    /// Shows that the worker is alive, and in which phase.
    pub(crate) fn beat(&self, phase: &'static str) {
        self.progress.beat(phase);
    }

    /// How far the partition has come.
    pub(crate) fn progress(&self) -> &PartitionProgress {
        &self.progress
    }

    /// Calls `report` unless another attempt has claimed the partition.
    pub(crate) fn if_current(&self, report: impl FnOnce()) {
        let inner = self.health.lock();
        if inner.partitions.get(&self.name).is_some_and(|it| it.epoch == self.epoch) {
            report();
        }
    }

    /// Gives the partition up, unless another attempt has claimed it.
    pub(crate) fn release(&self) {
        let mut inner = self.health.lock();
        if inner.partitions.get(&self.name).is_some_and(|it| it.epoch == self.epoch) {
            inner.partitions.remove(&self.name);
            self.health.metrics.remove_partition(self.health.flow, &self.name);
        }
        drop(inner);
        self.health.count();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_earlier_claim_is_ignored() {
        let health = Health::new("flow", &Metrics::default());
        let old = health.claim("numbers/0", HealthState::Running);
        let new = health.claim("numbers/0", HealthState::Starting);
        old.set(HealthState::Halted("of old".into()));
        old.if_current(|| panic!("it is not current"));
        old.release();
        assert_eq!(health.describe(), "flow: joining its group\nflow numbers/0: starting");
        new.set(HealthState::Running);
        health.assign(2);
        assert!(!health.is_ready(), "the other partition has no worker yet");
        health.assign(1);
        assert!(health.is_ready());
        new.release();
        assert_eq!(health.describe(), "flow: standby, other instances have all partitions");
    }

    #[test]
    fn a_group_that_can_not_be_joined_says_why_until_it_is() {
        let health = Health::new("flow", &Metrics::default());
        assert!(health.group_failed("Broker: Invalid session timeout".into()));
        assert!(!health.group_failed("Broker: Invalid session timeout".into()));
        assert_eq!(health.describe(), "flow: joining its group: Broker: Invalid session timeout");
        health.assign_none(true);
        assert!(!health.describe().contains("Invalid session timeout"));
    }

    #[test]
    fn partitions_that_one_cause_stops_share_a_line() {
        let health = Health::new("flow", &Metrics::default());
        for partition in 0..6 {
            let claim = health.claim(&format!("numbers/{partition}"), HealthState::Running);
            if partition > 0 {
                claim.set(HealthState::Retrying("connection refused".into()));
            }
        }
        health.assign(6);
        let names = "numbers/1, numbers/2, numbers/3, numbers/4, numbers/5";
        let shared = format!("flow 5 partitions ({names}): retrying: connection refused");
        assert_eq!(health.describe(), format!("flow numbers/0: running\n{shared}"));
    }

    #[test]
    fn a_worker_without_heartbeat_is_not_alive_and_is_named() {
        let health = Health::new("flow", &Metrics::default());
        let partition = health.claim("numbers/0", HealthState::Running);
        partition.beat("committing");
        assert!(health.is_alive());
        partition.progress().backdate(Duration::from_secs(HEARTBEAT_AGE_S_MAX));
        assert!(!health.is_alive());
        let text = health.describe();
        assert!(text.contains("no heartbeat for 120 s, committing"), "{text}");
        partition.set(HealthState::Halted("why".into()));
        assert!(health.is_alive(), "nobody works on a halted partition");
    }
}
