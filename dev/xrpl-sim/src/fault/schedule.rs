//! Which faults are on when.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::{Fault, Planned};
use crate::pseudo_random::PseudoRandom;

/// Faults by plan and by seed. The same schedule on the same chain gives the same faults.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Schedule {
    /// Faults with their times.
    pub planned: Vec<Planned>,
    /// Adds random faults that pass, each a few ledgers long: in 16 ledgers one or none.
    pub seed: Option<u64>,
}

/// Ledgers that share one draw of a random fault.
const DRAW_LEDGERS: u32 = 16;
/// Ledgers of a random fault, at least and beyond that at most.
const RANDOM_LEDGERS: (u32, u64) = (2, 6);

impl Schedule {
    /// Whether it is empty.
    pub(super) fn is_empty(&self) -> bool {
        self.planned.is_empty() && self.seed.is_none()
    }

    /// Whether time alone changes what is on.
    pub(super) fn is_timed(&self) -> bool {
        self.planned.iter().any(|planned| planned.when.seconds.is_some())
    }

    /// The faults that are on, each with the first ledger that it concerns, if the schedule names one.
    pub(super) fn on(&self, newest: u32, since_start: Duration) -> Vec<(Fault, Option<u32>)> {
        let planned = self.planned.iter().filter(|it| it.when.is_now(newest, since_start));
        let first = |planned: &Planned| planned.when.ledgers.as_ref().map(|it| *it.start());
        let random = self.seed.and_then(|seed| draw(seed, newest));
        let random = random.filter(|(_, ledgers)| ledgers.contains(&newest));
        planned
            .map(|planned| (planned.fault, first(planned)))
            .chain(random.map(|(fault, ledgers)| (fault, Some(*ledgers.start()))))
            .collect()
    }
}

/// The random fault near a ledger, and its ledgers.
fn draw(seed: u64, newest: u32) -> Option<(Fault, RangeInclusive<u32>)> {
    let drawing = newest / DRAW_LEDGERS;
    let mut noise = PseudoRandom::new(seed, "fault", drawing);
    if noise.below(2) == 0 {
        return None;
    }
    let mut small = |end| u32::try_from(noise.below(end)).expect("it is small");
    let fault = Fault::PASSING[small(Fault::PASSING.len() as u64) as usize];
    let first = drawing * DRAW_LEDGERS + small(8);
    Some((fault, first..=first + RANDOM_LEDGERS.0 + small(RANDOM_LEDGERS.1) - 1))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn random(seed: u64) -> Vec<Vec<(Fault, Option<u32>)>> {
        let schedule = Schedule { planned: Vec::new(), seed: Some(seed) };
        (0..8_000).map(|newest| schedule.on(newest, Duration::ZERO)).collect()
    }

    #[test]
    fn the_same_seed_gives_the_same_faults_and_another_seed_others() {
        assert_eq!(random(1), random(1));
        assert_ne!(random(1), random(2));
    }

    #[test]
    fn every_passing_fault_comes_and_between_them_there_is_calm() {
        let faults = random(1);
        let kinds: BTreeSet<Fault> = faults.iter().flatten().map(|it| it.0).collect();
        assert_eq!(kinds, Fault::PASSING.iter().copied().collect());
        let calm = faults.iter().filter(|on| on.is_empty()).count();
        assert!((4_000..7_500).contains(&calm), "{calm}");
    }

    #[test]
    fn a_plan_names_the_first_ledger_that_it_concerns() {
        let planned = ["fork@5-9", "silence"].map(|text| text.parse().unwrap()).to_vec();
        let schedule = Schedule { planned, seed: None };
        let on = |newest| schedule.on(newest, Duration::ZERO);
        assert_eq!(on(7), [(Fault::Fork, Some(5)), (Fault::Silence, None)]);
        assert_eq!(on(10), [(Fault::Silence, None)]);
    }
}
