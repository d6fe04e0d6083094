//! The result of a run.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use flow::host::KillPoint;

use super::{Difference, Recovery};

/// What was done, what came of it, and how it differs from what it had to be.
#[derive(Debug)]
pub struct Outcome {
    /// The schedule's seed.
    pub seed: u64,
    /// Ends of processes that were not asked for, by how.
    pub kills: BTreeMap<&'static str, u32>,
    /// Disturbances by kind.
    pub disturbances: BTreeMap<&'static str, u32>,
    /// Kill points, and how often a process died there.
    pub points: BTreeMap<KillPoint, u32>,
    /// How long it took to go on.
    pub recoveries: Vec<Recovery>,
    /// Processes that ended by themselves, which Kubernetes would have started again.
    pub crashes: Vec<String>,
    /// Connections that were cut.
    pub cut: usize,
    /// How often servers applied each fault.
    pub faults: BTreeMap<&'static str, u64>,
    /// Ledgers of the chain.
    pub ledgers: usize,
    /// Its transactions.
    pub transactions: usize,
    /// What is not as it has to be.
    pub differences: Vec<Difference>,
    /// How long it took in all.
    pub took: Duration,
    begun: Instant,
    says: bool,
}

impl Outcome {
    pub(crate) fn begin(seed: u64, says: bool) -> Self {
        Self {
            seed,
            kills: BTreeMap::new(),
            disturbances: BTreeMap::new(),
            points: BTreeMap::new(),
            recoveries: Vec::new(),
            crashes: Vec::new(),
            cut: 0,
            faults: BTreeMap::new(),
            ledgers: 0,
            transactions: 0,
            differences: Vec::new(),
            took: Duration::ZERO,
            begun: Instant::now(),
            says,
        }
    }

    /// How many processes were killed.
    pub fn killed_so_far(&self) -> u32 {
        self.kills.values().sum()
    }

    pub(crate) fn killed(&mut self, kind: &'static str) {
        *self.kills.entry(kind).or_default() += 1;
    }

    /// Says what happens, if anyone wants to know.
    pub(crate) fn note(&self, what: impl std::fmt::Display) {
        if self.says {
            println!("{:7.1} s: {what}", self.begun.elapsed().as_secs_f64());
        }
    }

    pub(crate) fn end(&mut self) {
        self.took = self.begun.elapsed();
    }
}
