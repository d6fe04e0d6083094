//! One instance of a flow: started, ended in any way, and restarted as Kubernetes would.

use std::time::{Duration, Instant};

use flow::host::{DIE_AT, KillPoint};
use nix::sys::signal::Signal;

use super::FLOWS;
use crate::{FlowProcess, Lane, OUTGOING, get};

/// How long the pipes of a dead process may take to be read.
const END_S_MAX: u64 = 10;
/// Said by a process that dies at a kill point.
const DIED: &str = "died at ";
/// What ended by itself is started again after so long.
const RESTART: Duration = Duration::from_secs(1);

/// What the outputs of the sink begin with, before the topic.
pub(crate) const ARRIVED: &str = "arrived ";

/// How an instance has ended.
#[derive(Debug)]
pub(crate) enum End {
    /// At the point where it was told to die.
    AtPoint(KillPoint),
    /// As it was asked to.
    Terminated,
    /// By itself.
    Crashed(String),
}

/// An instance, whether it runs or not.
#[derive(Debug)]
pub(crate) struct Instance {
    /// Its flow's place in [`FLOWS`].
    pub(crate) flow: usize,
    /// The binary, which is the flow's unless another one takes its place.
    binary: &'static str,
    arguments: Vec<String>,
    pub(crate) process: Option<FlowProcess>,
    start: Option<Instant>,
    resume: Option<Instant>,
    /// Where it dies, from the next start on.
    pub(crate) then: Option<(KillPoint, u32)>,
    /// Further variables for the first start only.
    once: Vec<(&'static str, String)>,
    is_asked_to_end: bool,
    /// What it had in hand when it was last asked.
    held: Vec<(String, i32)>,
}

impl Instance {
    /// An instance that is to be started now.
    pub(crate) fn new(flow: usize, binary: &'static str, arguments: Vec<String>) -> Self {
        Self {
            flow,
            binary,
            arguments,
            process: None,
            start: Some(Instant::now()),
            resume: None,
            then: None,
            once: Vec::new(),
            is_asked_to_end: false,
            held: Vec::new(),
        }
    }

    /// Tells its first start something that later ones are not told.
    pub(crate) fn tell_once(&mut self, variable: &'static str, value: String) {
        self.once.push((variable, value));
    }

    /// Its flow's name.
    pub(crate) const fn name(&self) -> &'static str {
        FLOWS[self.flow].0
    }

    /// Whether it runs and is not halted.
    pub(crate) const fn is_up(&self) -> bool {
        self.process.is_some() && self.resume.is_none() && !self.is_asked_to_end
    }

    /// Looks after it; says how it ended, if it has.
    pub(crate) fn tend(&mut self, lane: &Lane) -> Option<End> {
        if self.resume.is_some_and(|resume| resume <= Instant::now()) {
            self.go_on();
        }
        if self.start.is_some_and(|start| start <= Instant::now()) {
            self.start(lane);
        }
        let process = self.process.as_mut()?;
        process.status()?;
        // All that it has said is there then.
        let status = process.ended(END_S_MAX);
        let (said, died) = (process.last_line(), process.find(DIED));
        self.process = None;
        self.resume = None;
        let (end, wait) = match self.then {
            _ if self.is_asked_to_end => (End::Terminated, Duration::ZERO),
            Some((point, _)) if died.is_some_and(|it| it.ends_with(point.name())) => {
                self.then = None;
                (End::AtPoint(point), Duration::ZERO)
            }
            _ => (End::Crashed(format!("{}: {status}: {said}", self.name())), RESTART),
        };
        self.is_asked_to_end = false;
        self.start = Some(Instant::now() + wait);
        Some(end)
    }

    fn start(&mut self, lane: &Lane) {
        self.start = None;
        let arguments: Vec<_> = self.arguments.iter().map(String::as_str).collect();
        let point = self.then.map(|(point, times)| format!("{}:{times}", point.name()));
        let mut variables: Vec<_> = point.iter().map(|point| (DIE_AT, point.as_str())).collect();
        variables.extend(self.once.iter().map(|(name, value)| (*name, value.as_str())));
        self.process = Some(FlowProcess::start_with(lane, self.binary, &arguments, &variables));
        self.once.clear();
    }

    /// SIGKILL; it is started again after `down`.
    pub(crate) fn kill(&mut self, down: Duration) {
        if let Some(mut process) = self.process.take() {
            process.kill();
        }
        self.resume = None;
        self.is_asked_to_end = false;
        self.start = Some(Instant::now() + down);
    }

    /// SIGSTOP; it goes on after `halt`.
    pub(crate) fn halt(&mut self, halt: Duration) {
        if let Some(process) = &self.process {
            process.signal(Signal::SIGSTOP);
            self.resume = Some(Instant::now() + halt);
        }
    }

    /// SIGCONT, if it is halted.
    pub(crate) fn go_on(&mut self) {
        if let (Some(process), Some(_)) = (&self.process, self.resume.take()) {
            process.signal(Signal::SIGCONT);
        }
    }

    /// SIGTERM; it is started again once it has ended, unless that never happens.
    pub(crate) fn terminate(&mut self) {
        if let Some(process) = &self.process {
            process.signal(Signal::SIGTERM);
            self.is_asked_to_end = true;
        }
    }

    /// Asks it what it has in hand: topics and partitions whose next record is its to write.
    pub(crate) fn ask(&mut self, partitions: u32) -> Vec<(String, i32)> {
        if let Some(text) = self.readyz() {
            self.held = held(self.flow, &text, partitions);
        }
        self.held.clone()
    }

    fn readyz(&self) -> Option<String> {
        let process = self.process.as_ref().filter(|_| self.resume.is_none())?;
        let line = process.find("/readyz")?;
        let address = line.split('"').find_map(|word| word.parse().ok())?;
        get(address, "/readyz").map(|(_, text)| text)
    }

    /// What it had in hand when it was last asked. Forgets it.
    pub(crate) fn take_held(&mut self) -> Vec<(String, i32)> {
        std::mem::take(&mut self.held)
    }
}

/// The outputs of what `/readyz` says is running.
fn held(flow: usize, text: &str, partitions: u32) -> Vec<(String, i32)> {
    let (name, output) = FLOWS[flow];
    let running = text
        .lines()
        .filter_map(|line| line.strip_prefix(name)?.trim_start().strip_suffix(": running"));
    let mut held = Vec::new();
    for part in running {
        match part.rsplit_once('/').map(|(topic, partition)| (topic, partition.parse())) {
            Some((topic, Ok(partition))) if output.is_empty() => {
                let known = OUTGOING.into_iter().find(|known| *known == topic);
                held.extend(known.map(|topic| (format!("{ARRIVED}{topic}"), partition)));
            }
            Some((_, Ok(partition))) => held.push((output.to_owned(), partition)),
            // Whoever leads writes to all.
            _ => held.extend((0..partitions.cast_signed()).map(|n| (output.to_owned(), n))),
        }
    }
    held.sort_unstable();
    held.dedup();
    held
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_hand_is_read_from_what_is_ready() {
        let leads = held(0, "ledger-source instance: running", 2);
        assert_eq!(leads, [("ledger-events".to_owned(), 0), ("ledger-events".to_owned(), 1)]);
        assert_eq!(held(0, "ledger-source instance: standby", 2), []);
        let text =
            "ledger-details ledger-events/1: running\nledger-details ledger-events/3: starting";
        assert_eq!(held(1, text, 4), [("ledgers".to_owned(), 1)]);
        let text = "fluent-sink book-offers/2: running";
        assert_eq!(held(7, text, 4), [("arrived book-offers".to_owned(), 2)]);
    }
}
