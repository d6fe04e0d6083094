//! How a flow stands: what `/livez` and `/readyz` answer.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::metrics::{ByReason, Metrics};

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
    joined: bool,
    parts: BTreeMap<String, State>,
}

/// How one part, a partition or a role, stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// It is being prepared.
    Starting,
    /// It works, or would if there were something to do.
    Running,
    /// Another instance does the work.
    StandingBy,
    /// It tries again after an error.
    Retrying(String),
    /// It has stopped, and only an operator can help.
    Halted(String),
    /// It has done all that it was asked for.
    Finished,
}

impl State {
    const WORDS: [&'static str; 6] =
        ["starting", "running", "standing by", "retrying", "halted", "finished"];

    const fn word(&self) -> &'static str {
        match self {
            Self::Starting => Self::WORDS[0],
            Self::Running => Self::WORDS[1],
            Self::StandingBy => Self::WORDS[2],
            Self::Retrying(_) => Self::WORDS[3],
            Self::Halted(_) => Self::WORDS[4],
            Self::Finished => Self::WORDS[5],
        }
    }

    const fn is_ready(&self) -> bool {
        matches!(self, Self::Running | Self::StandingBy | Self::Finished)
    }
}

impl fmt::Display for State {
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
        let inner = Inner { turned: Instant::now(), joined: false, parts: BTreeMap::new() };
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

    pub(crate) fn joined(&self) {
        self.lock().joined = true;
    }

    pub(crate) fn set(&self, part: &str, state: State) {
        self.lock().parts.insert(part.to_owned(), state);
        self.count();
    }

    pub(crate) fn remove(&self, part: &str) {
        self.lock().parts.remove(part);
        self.count();
    }

    fn count(&self) {
        let inner = self.lock();
        for word in State::WORDS {
            let n = inner.parts.values().filter(|state| state.word() == word).count();
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
        inner.joined && inner.parts.values().all(State::is_ready)
    }

    /// The parts that only an operator can help, with the reason.
    pub fn halted(&self) -> Vec<(String, String)> {
        let inner = self.lock();
        let halted = inner.parts.iter().filter_map(|(part, state)| match state {
            State::Halted(why) => Some((part.clone(), why.clone())),
            _ => None,
        });
        halted.collect()
    }

    /// How each part stands; nothing while the flow has no place in its group.
    pub fn parts(&self) -> Vec<(String, State)> {
        let inner = self.lock();
        inner.parts.iter().map(|(part, state)| (part.clone(), state.clone())).collect()
    }

    /// Whether all parts have done all that they were asked for.
    pub fn is_finished(&self) -> bool {
        let inner = self.lock();
        inner.joined
            && !inner.parts.is_empty()
            && inner.parts.values().all(|state| *state == State::Finished)
    }

    /// A line for each part.
    pub fn describe(&self) -> String {
        let inner = self.lock();
        let mut lines = Vec::new();
        if !inner.joined {
            lines.push(format!("{}: waiting for a place in its group", self.flow));
        } else if inner.parts.is_empty() {
            lines.push(format!("{}: standing by, other instances have all partitions", self.flow));
        }
        lines.extend(
            inner.parts.iter().map(|(part, state)| format!("{} {part}: {state}", self.flow)),
        );
        lines.join("\n")
    }
}
