//! All instances of all flows of a run.

use std::time::Duration;

use super::instance::{End, Instance};
use super::outcome::Outcome;
use super::recoveries::Recoveries;
use super::{FLOWS, Victim};
use crate::Lane;

/// How long instances may take to end at last.
const END_S_MAX: u64 = 30;

/// The instances.
#[derive(Debug)]
pub(crate) struct Fleet {
    lane: Lane,
    pub(crate) instances: Vec<Instance>,
    /// Whose turn it is to be asked what it has in hand.
    next: usize,
}

impl Fleet {
    pub(crate) const fn new(lane: Lane, instances: Vec<Instance>) -> Self {
        Self { lane, instances, next: 0 }
    }

    /// Starts what is to be started, wakes what is to be woken, and takes note of what has ended.
    pub(crate) fn tend(&mut self, recoveries: &mut Recoveries, outcome: &mut Outcome) {
        for instance in &mut self.instances {
            let Some(end) = instance.tend(&self.lane) else { continue };
            let (name, held) = (instance.name(), instance.take_held());
            match end {
                End::AtPoint(point) => {
                    outcome.note(format!("{name} died at {}", point.name()));
                    outcome.killed("kill point");
                    *outcome.points.entry(point).or_default() += 1;
                    recoveries.begin("kill point", name, held);
                }
                End::Terminated => recoveries.begin("terminate", name, held),
                End::Crashed(how) => {
                    outcome.note(format!("ended by itself: {how}"));
                    outcome.crashes.push(how);
                }
            }
        }
        self.next = (self.next + 1) % self.instances.len();
        let next = &mut self.instances[self.next];
        if next.is_up() {
            next.ask(self.lane.partitions());
        }
    }

    /// The instance that is meant, or the other one of its flow if that does not run.
    fn find(&mut self, victim: Victim) -> Option<&mut Instance> {
        let mut of_flow: Vec<_> =
            self.instances.iter_mut().filter(|instance| instance.flow == victim.flow).collect();
        let n = of_flow.len();
        let up = (0..n).map(|i| (victim.instance + i) % n).find(|i| of_flow[*i].is_up())?;
        Some(of_flow.swap_remove(up))
    }

    /// SIGKILL.
    pub(crate) fn kill(&mut self, victim: Victim, into: &mut Recoveries, outcome: &mut Outcome) {
        let partitions = self.lane.partitions();
        let Some(instance) = self.find(victim) else { return };
        let held = instance.ask(partitions);
        instance.kill(victim.down);
        instance.take_held();
        instance.then = victim.then.or(instance.then);
        let then = instance.then.map_or_else(String::new, |(point, times)| {
            format!(", then at {}:{times}", point.name())
        });
        outcome.note(format!("killed {}, holding {}{then}", instance.name(), held.len()));
        outcome.killed("kill");
        into.begin("kill", instance.name(), held);
    }

    /// SIGKILL to all instances of a flow.
    pub(crate) fn kill_all(
        &mut self,
        flow: usize,
        down: Duration,
        into: &mut Recoveries,
        outcome: &mut Outcome,
    ) {
        let partitions = self.lane.partitions();
        for instance in self.instances.iter_mut().filter(|it| it.flow == flow && it.is_up()) {
            let held = instance.ask(partitions);
            instance.kill(down);
            instance.take_held();
            outcome.killed("absence");
            into.begin("absence", instance.name(), held);
        }
        outcome.note(format!("killed all of {} for {down:?}", FLOWS[flow].0));
    }

    /// SIGSTOP.
    pub(crate) fn halt(
        &mut self,
        victim: Victim,
        halt: Duration,
        into: &mut Recoveries,
        outcome: &mut Outcome,
    ) {
        let partitions = self.lane.partitions();
        let Some(instance) = self.find(victim) else { return };
        let held = instance.ask(partitions);
        instance.halt(halt);
        outcome.note(format!("halted {}, holding {}, for {halt:?}", instance.name(), held.len()));
        into.begin("halt", instance.name(), held);
    }

    /// SIGTERM.
    pub(crate) fn terminate(&mut self, victim: Victim, outcome: &mut Outcome) {
        let Some(instance) = self.find(victim) else { return };
        instance.terminate();
        outcome.note(format!("asked {} to end", instance.name()));
    }

    /// Wakes whoever is halted.
    pub(crate) fn wake_all(&mut self) {
        self.instances.iter_mut().for_each(Instance::go_on);
    }

    /// Ends all of them in order.
    pub(crate) fn end(&mut self) {
        for instance in &self.instances {
            if let Some(process) = &instance.process {
                process.signal(nix::sys::signal::Signal::SIGTERM);
            }
        }
        for instance in &mut self.instances {
            if let Some(process) = &mut instance.process {
                process.ended(END_S_MAX);
            }
        }
    }
}
