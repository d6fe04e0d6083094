//! How a flow stands: what `/livez` and `/readyz` answer.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::observe::metrics::{ByReason, Metrics};

/// A flow whose membership has not turned for so long is not alive.
const TURN_S_MAX: u64 = 120;

/// The state of a flow's parts. Cheap to clone; clones share it.
#[derive(Clone, Debug)]
pub struct Health {
    flow: &'static str,
    metrics: Metrics,
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug)]
struct Inner {
    turned: Instant,
    /// How many parts the flow has in hand; `None` before it has joined its group.
    held: Option<usize>,
    terms: u64,
    parts: BTreeMap<Arc<str>, (u64, HealthState)>,
}

/// A part of a flow in the hands of whoever took it up. Once someone else has taken it up, this says nothing any more.
#[derive(Clone, Debug)]
pub(crate) struct PartitionHealth {
    health: Health,
    name: Arc<str>,
    term: u64,
}

/// How one part, a partition or a role, stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HealthState {
    /// It is being prepared.
    Starting,
    /// It works, or would if there were something to do.
    Running,
    /// Another instance does the work.
    Standby,
    /// It tries again after an error.
    Retrying(String),
    /// It has stopped, and only an operator can help.
    Halted(String),
    /// It has done all that it was asked for.
    Finished,
}

impl Inner {
    /// Whether every part that is in hand has been taken up.
    fn has_begun(&self) -> bool {
        self.held.is_some_and(|held| self.parts.len() >= held)
    }
}

impl HealthState {
    const WORDS: [&'static str; 6] =
        ["starting", "running", "standing by", "retrying", "halted", "finished"];

    const fn word(&self) -> &'static str {
        match self {
            Self::Starting => Self::WORDS[0],
            Self::Running => Self::WORDS[1],
            Self::Standby => Self::WORDS[2],
            Self::Retrying(_) => Self::WORDS[3],
            Self::Halted(_) => Self::WORDS[4],
            Self::Finished => Self::WORDS[5],
        }
    }

    const fn is_ready(&self) -> bool {
        matches!(self, Self::Running | Self::Standby | Self::Finished)
    }
}

impl fmt::Display for HealthState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Retrying(why) | Self::Halted(why) => write!(f, "{}: {why}", self.word()),
            _ => f.write_str(self.word()),
        }
    }
}

impl Health {
    /// The health of `flow`, which has not joined its group yet.
    pub(crate) fn new(flow: &'static str, metrics: &Metrics) -> Self {
        let inner = Inner { turned: Instant::now(), held: None, terms: 0, parts: BTreeMap::new() };
        Self { flow, metrics: metrics.clone(), inner: Arc::new(Mutex::new(inner)) }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The flow this is about.
    pub fn flow(&self) -> &'static str {
        self.flow
    }

    pub(crate) fn turn(&self) {
        self.lock().turned = Instant::now();
    }

    /// Says that the flow has joined its group, and how many parts it has in hand.
    pub(crate) fn hold(&self, parts: usize) {
        self.lock().held = Some(parts);
    }

    /// Says that the flow has no part in hand, and whether that is its place in its group.
    pub(crate) fn hold_none(&self, is_settled: bool) {
        self.lock().held = is_settled.then_some(0);
    }

    /// Counts that the flow had to join its group anew.
    pub(crate) fn count_rejoin(&self) {
        let labels = ByReason { flow: self.flow, reason: "group" };
        self.metrics.restarts.get_or_create(&labels).inc();
    }

    /// Takes up the part `name`; what those say who had it before is no longer heard.
    pub(crate) fn take_up(&self, name: &str, state: HealthState) -> PartitionHealth {
        let name: Arc<str> = name.into();
        let mut inner = self.lock();
        inner.terms += 1;
        let term = inner.terms;
        inner.parts.insert(Arc::clone(&name), (term, state));
        drop(inner);
        self.count();
        PartitionHealth { health: self.clone(), name, term }
    }

    fn count(&self) {
        let inner = self.lock();
        for word in HealthState::WORDS {
            let n = inner.parts.values().filter(|(_, state)| state.word() == word).count();
            let labels = ByReason { flow: self.flow, reason: word };
            self.metrics
                .partitions
                .get_or_create(&labels)
                .set(i64::try_from(n).unwrap_or(i64::MAX));
        }
    }

    /// Whether the flow's loop has turned lately.
    pub fn is_alive(&self) -> bool {
        self.lock().turned.elapsed() < Duration::from_secs(TURN_S_MAX)
    }

    /// Whether the flow has its place in its group and all of its parts work.
    pub fn is_ready(&self) -> bool {
        let inner = self.lock();
        inner.has_begun() && inner.parts.values().all(|(_, state)| state.is_ready())
    }

    /// The parts that only an operator can help, with the reason.
    pub fn halted(&self) -> Vec<(String, String)> {
        let inner = self.lock();
        let halted = inner.parts.iter().filter_map(|(part, (_, state))| match state {
            HealthState::Halted(why) => Some((part.to_string(), why.clone())),
            _ => None,
        });
        halted.collect()
    }

    /// How each part stands; nothing while the flow has no place in its group.
    pub fn parts(&self) -> Vec<(String, HealthState)> {
        let inner = self.lock();
        inner.parts.iter().map(|(part, (_, state))| (part.to_string(), state.clone())).collect()
    }

    /// Whether all parts have done all that they were asked for.
    pub fn is_finished(&self) -> bool {
        let inner = self.lock();
        inner.has_begun()
            && !inner.parts.is_empty()
            && inner.parts.values().all(|(_, state)| *state == HealthState::Finished)
    }

    /// A line for each part, and for whatever the flow has to say of the outside.
    pub fn describe(&self) -> String {
        let inner = self.lock();
        let mut lines = Vec::new();
        if inner.held.is_none() {
            lines.push(format!("{}: waiting for a place in its group", self.flow));
        } else if inner.parts.is_empty() {
            lines.push(format!("{}: standing by, other instances have all partitions", self.flow));
        }
        lines.extend(
            inner.parts.iter().map(|(part, (_, state))| format!("{} {part}: {state}", self.flow)),
        );
        lines.extend(self.metrics.status_messages.of(self.flow));
        lines.join("\n")
    }
}

impl PartitionHealth {
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn set(&self, state: HealthState) {
        if let Some((term, held)) = self.health.lock().parts.get_mut(&self.name)
            && *term == self.term
        {
            *held = state;
        }
        self.health.count();
    }

    /// Gives the part up.
    pub(crate) fn leave(&self) {
        let mut inner = self.health.lock();
        if inner.parts.get(&self.name).is_some_and(|(term, _)| *term == self.term) {
            inner.parts.remove(&self.name);
        }
        drop(inner);
        self.health.count();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_had_a_part_before_says_nothing_about_it_any_more() {
        let health = Health::new("flow", &Metrics::default());
        let old = health.take_up("numbers/0", HealthState::Running);
        let new = health.take_up("numbers/0", HealthState::Starting);
        old.set(HealthState::Halted("of old".into()));
        old.leave();
        assert_eq!(
            health.describe(),
            "flow: waiting for a place in its group\nflow numbers/0: starting"
        );
        new.set(HealthState::Running);
        health.hold(2);
        assert!(!health.is_ready(), "the other part has not begun");
        health.hold(1);
        assert!(health.is_ready());
        new.leave();
        assert_eq!(health.describe(), "flow: standing by, other instances have all partitions");
    }
}
