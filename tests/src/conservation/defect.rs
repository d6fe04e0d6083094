//! Runs with one deliberate defect each, which show that the comparison finds it.

use std::time::Duration;

use super::instance::Instance;
use super::outcome::Outcome;
use super::run::{Plan, Run};
use super::{FLOWS, Recipe};
use crate::eventually;

/// Tells a defective flow at which of its batches its defect shows.
pub const DEFECT_AT: &str = "DEFECT_AT";
/// The flow in whose place a defective one is put.
const REPLACED: &str = "ledger-record";
/// So many of its records come out before and after the defect has shown.
const RECORDS: usize = 16;
const LIMIT_S: u64 = 60;

/// What is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Defect {
    /// Offsets are committed before the outputs, and the process dies between the two.
    OffsetsFirst,
    /// Outputs are written before the offsets, not in one transaction, and the process dies between the two.
    OutputsFirst,
    /// An input is skipped in silence.
    Gap,
    /// An instance that was halted goes on where it was, although another one has taken over.
    Unfenced,
    /// The receiver acknowledges a chunk before it has kept it.
    ForgetfulReceiver,
}

impl Defect {
    /// The binary that has the defect.
    const fn binary(self) -> &'static str {
        match self {
            Self::OffsetsFirst => "defective-offsets-first",
            Self::OutputsFirst => "defective-outputs-first",
            Self::Gap => "defective-gap",
            Self::Unfenced => "defective-unfenced",
            Self::ForgetfulReceiver => REPLACED,
        }
    }

    /// A short run with this defect and no other disturbance.
    pub fn run(self) -> Outcome {
        let plan = Plan {
            recipe: Recipe { seed: 11, first: 1_000, transactions: 1 },
            partitions: 2,
            interval: Duration::from_millis(100),
            quiet: Duration::from_secs(8),
            ..Plan::new(11)
        };
        let mut flows = vec!["ledger-source", "ledger-details", "ledger-transactions", REPLACED];
        let is_receiver = self == Self::ForgetfulReceiver;
        flows.extend(is_receiver.then_some("fluent-sink"));
        let mut run = Run::start_with(plan.clone(), flows, 1, is_receiver.then_some(7));
        if !is_receiver {
            run.fleet.instances.retain(|instance| instance.name() != REPLACED);
            let mut defective = self.instance(&plan);
            defective.tell_once(DEFECT_AT, "3".to_owned());
            run.fleet.instances.push(defective);
        }
        run.begin();
        if self == Self::Unfenced {
            self.let_another_take_over(&mut run, &plan);
        }
        let shown = run.written(REPLACED) + RECORDS;
        run.until(LIMIT_S, "the flow has gone on", |run| run.written(REPLACED) >= shown);
        run.finish()
    }

    fn instance(self, plan: &Plan) -> Instance {
        let flow = FLOWS.iter().position(|(name, _)| *name == REPLACED).expect("it is a flow");
        let (first, partitions) = (plan.recipe.first.to_string(), plan.partitions.to_string());
        let arguments = ["--first", &first, "--partitions", &partitions];
        Instance::new(flow, self.binary(), arguments.map(str::to_owned).to_vec())
    }

    /// Waits until the first instance has halted itself with a batch in hand, lets another one go on, then wakes the first.
    fn let_another_take_over(self, run: &mut Run, plan: &Plan) {
        run.until(LIMIT_S, "the first has begun", |run| run.written(REPLACED) > 0);
        let first = run.fleet.instances.last().and_then(|it| it.process.as_ref());
        let pid = first.expect("it runs").pid();
        eventually(LIMIT_S, "the first has halted itself", || is_halted(pid).then_some(()));
        run.fleet.instances.push(self.instance(plan));
        let taken = run.written(REPLACED) + RECORDS;
        run.until(LIMIT_S, "the other has taken over", |run| run.written(REPLACED) >= taken);
        let zombie = run.fleet.instances.iter().filter_map(|it| it.process.as_ref());
        let zombie = zombie.into_iter().find(|it| it.pid() == pid).expect("it is there");
        zombie.signal(nix::sys::signal::Signal::SIGCONT);
    }
}

fn is_halted(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit(") ").next().is_some_and(|rest| rest.starts_with('T'))
}
