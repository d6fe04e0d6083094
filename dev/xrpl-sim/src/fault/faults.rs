//! Which faults of a server are on now, since when, and how often each was applied.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use tokio::sync::watch;

use super::{Fault, Late, Load, Planned, Schedule};

/// The faults of one server.
#[derive(Debug)]
pub(crate) struct Faults {
    started: Instant,
    /// The bits of the faults that are on.
    on: AtomicU32,
    /// Whether time alone may change that.
    is_timed: AtomicBool,
    plan: Mutex<Plan>,
    applied: Vec<AtomicU64>,
    restarts: watch::Sender<u64>,
    pub(crate) load: Load,
    pub(crate) late: Late,
}

#[derive(Debug)]
struct Plan {
    schedule: Schedule,
    newest: u32,
    /// The first ledger that each fault that is on concerns.
    since: BTreeMap<Fault, u32>,
}

impl Faults {
    /// The faults of a server whose newest ledger is this one.
    pub(crate) fn new(schedule: Schedule, newest: u32) -> Self {
        let faults = Self {
            started: Instant::now(),
            on: AtomicU32::new(0),
            is_timed: AtomicBool::new(schedule.is_timed()),
            plan: Mutex::new(Plan { schedule, newest, since: BTreeMap::new() }),
            applied: Fault::ALL.iter().map(|_| AtomicU64::new(0)).collect(),
            restarts: watch::Sender::new(0),
            load: Load::default(),
            late: Late::default(),
        };
        faults.change(|_| ());
        faults
    }

    /// Whether any fault is on.
    pub(crate) fn any(&self) -> bool {
        if self.is_timed.load(Ordering::Relaxed) {
            self.change(|_| ());
        }
        self.on.load(Ordering::Acquire) != 0
    }

    /// Whether a fault is on.
    pub(crate) fn is_on(&self, fault: Fault) -> bool {
        self.any() && self.on.load(Ordering::Acquire) & fault.bit() != 0
    }

    /// Whether a fault is on and therefore happens now: that is counted.
    pub(crate) fn happens(&self, fault: Fault) -> bool {
        let happens = self.is_on(fault);
        if happens {
            self.count(fault);
        }
        happens
    }

    /// The first ledger that a fault concerns, while it is on.
    pub(crate) fn since(&self, fault: Fault) -> Option<u32> {
        if !self.is_on(fault) {
            return None;
        }
        self.plan.lock().unwrap_or_else(PoisonError::into_inner).since.get(&fault).copied()
    }

    /// Counts that a fault was applied.
    pub(crate) fn count(&self, fault: Fault) {
        self.applied[fault as usize].fetch_add(1, Ordering::Relaxed);
    }

    /// How often a fault was applied.
    pub(crate) fn applied(&self, fault: Fault) -> u64 {
        self.applied[fault as usize].load(Ordering::Relaxed)
    }

    /// Changes with each restart.
    pub(crate) fn restarts(&self) -> watch::Receiver<u64> {
        self.restarts.subscribe()
    }

    /// Plans a fault.
    pub(crate) fn plan(&self, planned: Planned) {
        self.change(|plan| plan.schedule.planned.push(planned));
    }

    /// Takes every plan of a fault away.
    pub(crate) fn forget(&self, fault: Fault) {
        self.change(|plan| plan.schedule.planned.retain(|planned| planned.fault != fault));
    }

    /// The newest ledger is another one.
    pub(crate) fn reached(&self, newest: u32) {
        self.change(|plan| plan.newest = newest);
    }

    fn change(&self, change: impl FnOnce(&mut Plan)) {
        let mut plan = self.plan.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut plan);
        self.is_timed.store(plan.schedule.is_timed(), Ordering::Relaxed);
        if plan.schedule.is_empty() && plan.since.is_empty() {
            return;
        }
        let on = plan.schedule.on(plan.newest, self.started.elapsed());
        let mut since = BTreeMap::new();
        for (fault, first) in on {
            let kept = plan.since.get(&fault).copied();
            since.entry(fault).or_insert(kept.or(first).unwrap_or(plan.newest + 1));
        }
        let begins = |fault| since.contains_key(&fault) && !plan.since.contains_key(&fault);
        if begins(Fault::LostHistory) {
            self.count(Fault::LostHistory);
            self.restarts.send_modify(|restarts| *restarts += 1);
        }
        let bits = since.keys().fold(0, |bits, fault| bits | fault.bit());
        plan.since = since;
        self.on.store(bits, Ordering::Release);
    }
}
