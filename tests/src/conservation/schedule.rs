//! The disturbances of a run and their times, by a seed.

use std::time::Duration;

use flow::host::KillPoint;
use rand::rngs::SmallRng;
use rand::seq::SliceRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use xrpl_sim::Fault;

use super::disturbance::comes_by;
use super::{Disturbance, FLOWS, Link, Victim};

/// Servers of a run.
pub(crate) const SERVERS: usize = 3;
/// An instance of each flow, twice.
pub(crate) const INSTANCES: usize = 2;

/// What only one of the servers does: whoever lies is set aside.
const LYING: [Fault; 7] = [
    Fault::FalseHeader,
    Fault::FalseTransaction,
    Fault::MissingTransaction,
    Fault::WrongParent,
    Fault::EndlessReply,
    Fault::LostHistory,
    Fault::WrongHistory,
];

/// An endless list of disturbances, each with the wait before it. The same seed, the same list.
#[derive(Debug)]
pub struct Schedule {
    random: SmallRng,
    /// The kill points that are still to come in this turn, each with a flow that comes by.
    points: Vec<(KillPoint, usize)>,
    turns: u32,
}

impl Schedule {
    /// The list of `seed`.
    pub fn new(seed: u64) -> Self {
        Self { random: SmallRng::seed_from_u64(seed), points: Vec::new(), turns: 0 }
    }

    fn ms(&mut self, from: u64, to: u64) -> Duration {
        Duration::from_millis(self.random.random_range(from..to))
    }

    fn one_in(&mut self, n: u32) -> bool {
        self.random.random_range(0..n) == 0
    }

    fn victim(&mut self, flow: usize) -> Victim {
        let instance = self.random.random_range(0..INSTANCES);
        let down = if self.one_in(3) { self.ms(500, 4_000) } else { Duration::ZERO };
        Victim { flow, instance, down, then: None }
    }

    /// The next kill point of this turn; each turn has every point once.
    fn point(&mut self) -> (KillPoint, usize) {
        if self.points.is_empty() {
            self.turns += 1;
            for point in KillPoint::ALL {
                // Only the one that leads comes by a point of the source; others are surer to.
                let first = usize::from(self.turns == 1);
                let flows: Vec<_> =
                    (first..FLOWS.len()).filter(|flow| comes_by(*flow, point)).collect();
                self.points.push((point, flows[self.random.random_range(0..flows.len())]));
            }
            self.points.shuffle(&mut self.random);
        }
        self.points.pop().expect("a turn has points")
    }

    fn kill(&mut self) -> Disturbance {
        let mut victims: Vec<Victim> = Vec::new();
        for _ in 0..self.random.random_range(1..=3) {
            let victim = if self.one_in(3) {
                let flow = self.random.random_range(0..FLOWS.len());
                self.victim(flow)
            } else {
                let (point, flow) = self.point();
                // Each partition of an instance comes by a fence once.
                let times = match point {
                    KillPoint::BeforeFence | KillPoint::AfterFence | KillPoint::BeforeReading => 1,
                    _ => self.random.random_range(1..5),
                };
                Victim { then: Some((point, times)), ..self.victim(flow) }
            };
            victims.push(victim);
        }
        Disturbance::Kill(victims)
    }

    fn link(&mut self) -> Link {
        match self.random.random_range(0..6) {
            0..3 => Link::Broker,
            3..5 => Link::Server(self.random.random_range(0..SERVERS)),
            _ => Link::Receiver,
        }
    }

    fn fault(&mut self) -> Disturbance {
        let failing = Fault::PASSING.iter().copied().filter(|fault| !LYING.contains(fault));
        let failing: Vec<_> = failing.collect();
        let n = self.random.random_range(0..failing.len() + LYING.len());
        let (server, fault) = match failing.get(n) {
            Some(fault) => (self.random.random_range(0..SERVERS), *fault),
            None => (0, LYING[n - failing.len()]),
        };
        Disturbance::Fault(server, fault, self.ms(3_000, 12_000))
    }

    fn disturbance(&mut self) -> Disturbance {
        match self.random.random_range(0..100) {
            0..41 => self.kill(),
            41..49 => Disturbance::Absence {
                flow: self.random.random_range(0..FLOWS.len()),
                down: self.ms(3_000, 9_000),
            },
            49..59 => {
                let flow = self.random.random_range(0..FLOWS.len());
                Disturbance::Halt { victim: self.victim(flow), halt: self.ms(7_000, 14_000) }
            }
            59..67 => {
                let flow = self.random.random_range(0..FLOWS.len());
                Disturbance::Terminate(self.victim(flow))
            }
            67..71 => Disturbance::KillBroker,
            71..75 => Disturbance::HaltBroker(self.ms(2_000, 9_000)),
            75..84 => Disturbance::Cut(self.link(), self.random.random_range(1..4)),
            84..94 => self.fault(),
            _ => Disturbance::Stall(self.link(), self.ms(1_000, 7_000)),
        }
    }
}

impl Iterator for Schedule {
    type Item = (Duration, Disturbance);

    fn next(&mut self) -> Option<Self::Item> {
        let disturbance = self.disturbance();
        Some((self.ms(800, 4_500), disturbance))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn same_seed_same_schedule() {
        let first = |seed| Schedule::new(seed).take(100).collect::<Vec<_>>();
        assert_eq!(first(7), first(7));
        assert_ne!(first(7), first(8));
    }

    #[test]
    fn every_point_comes_in_every_turn_at_a_flow_that_comes_by() {
        let mut schedule = Schedule::new(7);
        for _ in 0..3 {
            let mut turn: Vec<_> = KillPoint::ALL.iter().map(|_| schedule.point()).collect();
            assert!(turn.iter().all(|(point, flow)| comes_by(*flow, *point)), "{turn:?}");
            turn.sort_unstable();
            let points: Vec<_> = turn.iter().map(|(point, _)| *point).collect();
            assert_eq!(points, KillPoint::ALL);
        }
    }

    #[test]
    fn every_kind_of_disturbance_comes() {
        let kinds: std::collections::BTreeSet<_> =
            Schedule::new(7).take(400).map(|(_, disturbance)| disturbance.kind()).collect();
        assert_eq!(kinds.len(), 13, "{kinds:?}");
    }
}
