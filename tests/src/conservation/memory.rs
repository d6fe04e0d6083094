//! Whether the memory of flows grows: thousands of small ledgers through all of them, and the resident size of each.

use std::collections::BTreeMap;
use std::time::Duration;

use super::outcome::Outcome;
use super::run::{Plan, Run};
use super::{FLOWS, Recipe};

/// So many samples are taken.
const SAMPLES: usize = 30;
/// The chain is at most so many ledgers ahead of whoever is last.
const AHEAD_MAX: u32 = 400;
/// So many ledgers are closed at a time.
const LEDGERS_AT_ONCE: u32 = 25;
const LIMIT_S: u64 = 300;
/// The last third may have so much more than the middle one: this share, or this many bytes if they are more.
const GROWTH_SHARE_MAX: f64 = 0.10;
const GROWTH_BYTES_MAX: u64 = 8 << 20;

/// What each flow had resident, sample by sample, in bytes.
#[derive(Debug)]
pub struct Memory {
    /// By flow.
    pub resident: BTreeMap<&'static str, Vec<u64>>,
    /// What came out, and how it differs.
    pub outcome: Outcome,
}

/// Streams so many ledgers with one transaction each through one instance of each flow.
pub fn watch_memory(seed: u64, ledgers: u32, says: bool) -> Memory {
    let recipe = Recipe { seed, first: 1_000, transactions: 1 };
    let plan = Plan { recipe, says, interval: Duration::ZERO, ..Plan::new(seed) };
    let flows: Vec<_> = FLOWS.iter().map(|(name, _)| *name).collect();
    let mut run = Run::start_with(plan, flows, 1, None);
    let mut resident = BTreeMap::<_, Vec<_>>::new();
    let every = (ledgers as usize / SAMPLES).max(1);
    let mut due = every;
    let mut closed = 0;
    while closed < ledgers {
        let now = LEDGERS_AT_ONCE.min(ledgers - closed);
        closed = run.close(now);
        run.until(LIMIT_S, "the flows follow", |run| {
            closed.saturating_sub(run.through()) < AHEAD_MAX
        });
        while due <= closed as usize {
            for (flow, bytes) in run.resident() {
                resident.entry(flow).or_default().push(bytes);
            }
            due += every;
        }
    }
    Memory { resident, outcome: run.finish() }
}

impl Memory {
    /// The means of the middle and the last third of the samples of a flow, in bytes, and whether the last is in bounds.
    pub fn thirds(&self, flow: &str) -> (u64, u64, bool) {
        let samples = &self.resident[flow];
        let third = samples.len() / 3;
        let (middle, last) = (mean(&samples[third..2 * third]), mean(&samples[2 * third..]));
        let growth = ((middle as f64 * GROWTH_SHARE_MAX) as u64).max(GROWTH_BYTES_MAX);
        (middle, last, last <= middle + growth)
    }
}

fn mean(samples: &[u64]) -> u64 {
    samples.iter().sum::<u64>() / (samples.len() as u64).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(samples: Vec<u64>) -> Memory {
        let resident = BTreeMap::from([("flow", samples)]);
        Memory { resident, outcome: Outcome::begin(1, false) }
    }

    #[test]
    fn growth_from_the_middle_on_is_noticed_and_growth_before_is_not() {
        let steps = |step: u64| (0..30).map(|n| (50 << 20) + n * step).collect();
        assert!(!of(steps(2 << 20)).thirds("flow").2);
        assert!(of(steps(100 << 10)).thirds("flow").2);
        let begun = (0..30_u64).map(|n| n.min(9) * (20 << 20)).collect();
        assert!(of(begun).thirds("flow").2);
    }
}
