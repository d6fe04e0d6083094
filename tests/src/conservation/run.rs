//! A run: everything between a chain and a receiver, while it is disturbed.

use std::time::{Duration, Instant};

use flow::host::KillPoint;
use flow::{SCHEMAS, Topic as _};
use schemas::{LedgerRecords, TransactionRecords};

use super::advance::Advance;
use super::comparison::Comparison;
use super::environment::Environment;
use super::fleet::Fleet;
use super::instance::{ARRIVED, Instance};
use super::outcome::Outcome;
use super::recoveries::Recoveries;
use super::schedule::INSTANCES;
use super::watch::Watch;
use super::{Disturbance, FLOWS, Recipe, Reference, Schedule};
use crate::{Lane, OUTGOING};

/// How often a run looks after everything.
const TURN: Duration = Duration::from_millis(50);
/// How long everything may take to be at work at first.
const BEGIN_S_MAX: u64 = 90;
/// Longer than it takes to get over anything: when nothing comes for so long, nothing more will.
const QUIET: Duration = Duration::from_secs(60);
/// The kill points that are still missing may take so many further disturbances.
const MORE_MAX: u32 = 60;
/// The network, which no other run on the same broker has.
const NETWORK: &str = "conservation";

/// What a run is to be.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The chain.
    pub recipe: Recipe,
    /// Partitions of each topic.
    pub partitions: u32,
    /// Time between two ledgers.
    pub interval: Duration,
    /// Whether every kill point has to be reached, whatever the number of kills.
    pub all_points: bool,
    /// Whether it says what it does.
    pub says: bool,
    /// How long nothing may come before it is taken for all that will.
    pub quiet: Duration,
}

impl Plan {
    /// All flows, two instances each.
    pub const fn new(seed: u64) -> Self {
        Self {
            recipe: Recipe { seed, first: 1_000, transactions: 5 },
            partitions: 4,
            interval: Duration::from_millis(250),
            all_points: false,
            says: false,
            quiet: QUIET,
        }
    }
}

/// A run in which nothing goes wrong: one instance of each flow, and so many ledgers at least.
pub fn undisturbed(seed: u64, ledgers: usize) -> Outcome {
    let flows = FLOWS.iter().map(|(name, _)| *name).collect();
    let mut run = Run::start_with(Plan::new(seed), flows, 1, None);
    run.begin();
    let what = "the ledgers are recorded";
    run.until(BEGIN_S_MAX, what, |run| run.written("ledger-record") >= ledgers);
    run.finish()
}

/// A run under way.
#[derive(Debug)]
pub struct Run {
    plan: Plan,
    lane: Lane,
    flows: Vec<&'static str>,
    pub(crate) fleet: Fleet,
    watch: Watch,
    recoveries: Recoveries,
    outcome: Outcome,
    clock: Option<Advance>,
    environment: Environment,
}

impl Run {
    /// Starts two instances of every flow.
    pub fn start(plan: Plan) -> Self {
        let flows: Vec<_> = FLOWS.iter().map(|(name, _)| *name).collect();
        Self::start_with(plan, flows, INSTANCES, None)
    }

    /// Starts so many instances of some flows, with a receiver that loses one of `forgets` chunks.
    pub(crate) fn start_with(
        plan: Plan,
        flows: Vec<&'static str>,
        instances: usize,
        forgets: Option<usize>,
    ) -> Self {
        let outcome = Outcome::begin(plan.recipe.seed, plan.says);
        let environment = Environment::start(plan.recipe, plan.partitions, forgets);
        let specs: Vec<_> = schemas::all().into_iter().map(|it| it.spec).chain([SCHEMAS]).collect();
        let lane = Lane::make_of(&environment.kafka, NETWORK, "live", plan.partitions, &specs);
        let watch = Watch::follow(&environment.kafka, &lane);
        let mut all = Vec::new();
        for _ in 0..instances {
            for name in &flows {
                let flow = FLOWS.iter().position(|(other, _)| other == name);
                let arguments = environment.arguments(name, plan.recipe.first);
                all.push(Instance::new(flow.expect("it is a flow"), name, arguments));
            }
        }
        outcome.note("the broker and the servers are there");
        let fleet = Fleet::new(lane.clone(), all);
        let recoveries = Recoveries::default();
        Self { plan, lane, flows, fleet, watch, recoveries, outcome, clock: None, environment }
    }

    /// Lets the chain go on.
    pub fn begin(&mut self) {
        self.clock = Some(Advance::start(&self.environment.servers, self.plan.interval));
    }

    /// Closes so many ledgers at once; returns how many of the chain are closed.
    pub(crate) fn close(&self, ledgers: u32) -> u32 {
        for server in self.environment.servers.iter() {
            server.advance(ledgers).expect("a chain in memory goes on");
        }
        let closed = self.environment.servers[0].ledgers();
        closed.end() - closed.start() + 1
    }

    /// How many ledgers have come all the way to the receiver, at least one event of each; of a chain with one transaction a
    /// ledger.
    pub(crate) fn through(&self) -> u32 {
        let topics = [TransactionRecords::SPEC.name, LedgerRecords::SPEC.name];
        let least = topics.map(|topic| self.environment.arrivals.through(topic)).into_iter().min();
        least.unwrap_or_default().saturating_sub(self.plan.recipe.first - 1)
    }

    /// What each instance has resident, in bytes.
    pub(crate) fn resident(&self) -> Vec<(&'static str, u64)> {
        let running = self.fleet.instances.iter().filter_map(|instance| {
            Some((instance.name(), instance.process.as_ref()?.resident_bytes()))
        });
        running.collect()
    }

    /// How many processes were killed so far.
    pub fn killed_so_far(&self) -> u32 {
        self.outcome.killed_so_far()
    }

    /// Lets the chain go on, waits until something of it has come out everywhere, then disturbs until so many processes were
    /// killed.
    pub fn disturb(&mut self, kills: u32) {
        self.begin();
        let watched = self.flows.clone();
        self.until(BEGIN_S_MAX, "every flow has begun", |run| {
            watched.iter().all(|flow| run.written(flow) > 0)
        });
        self.outcome.note("every flow has begun");
        let mut more = 0;
        for (wait, disturbance) in Schedule::new(self.plan.recipe.seed) {
            let is_enough = self.outcome.killed_so_far() >= kills;
            if is_enough && (!self.plan.all_points || self.has_all_points() || more == MORE_MAX) {
                break;
            }
            more += u32::from(is_enough);
            self.go_on(wait);
            self.apply(disturbance);
        }
    }

    fn has_all_points(&self) -> bool {
        KillPoint::ALL.iter().all(|point| self.outcome.points.contains_key(point))
    }

    fn apply(&mut self, disturbance: Disturbance) {
        *self.outcome.disturbances.entry(disturbance.kind()).or_default() += 1;
        let Self { fleet, environment, recoveries, outcome, .. } = self;
        match disturbance {
            Disturbance::Kill(victims) => {
                for victim in victims {
                    fleet.kill(victim, recoveries, outcome);
                }
            }
            Disturbance::Absence { flow, down } => fleet.kill_all(flow, down, recoveries, outcome),
            Disturbance::Halt { victim, halt } => fleet.halt(victim, halt, recoveries, outcome),
            Disturbance::Terminate(victim) => fleet.terminate(victim, outcome),
            Disturbance::KillBroker => {
                outcome.note("killed the broker");
                outcome.killed("kill broker");
                environment.kill_broker();
                outcome.note("the broker is back");
            }
            Disturbance::HaltBroker(halt) => {
                outcome.note(format!("halted the broker for {halt:?}"));
                environment.halt_broker(halt);
            }
            Disturbance::Cut(link, one_of) => {
                let n = environment.cut(link, one_of);
                outcome.note(format!("cut {n} connections: {link:?}"));
            }
            Disturbance::Fault(server, fault, lasts) => {
                outcome.note(format!("{fault} of server {server} for {lasts:?}"));
                environment.fault(server, fault, lasts);
            }
            Disturbance::Stall(link, stall) => {
                outcome.note(format!("stalled for {stall:?}: {link:?}"));
                environment.stall(link, stall);
            }
        }
    }

    /// Looks after everything once.
    pub(crate) fn turn(&mut self) {
        self.environment.tend();
        self.fleet.tend(&mut self.recoveries, &mut self.outcome);
        let (watch, arrivals) = (&self.watch, &self.environment.arrivals);
        self.recoveries.look(|output, partition| match output.strip_prefix(ARRIVED) {
            Some(topic) => arrivals.last(topic, partition.cast_unsigned()),
            None => watch.last(output, partition),
        });
        std::thread::sleep(TURN);
    }

    fn go_on(&mut self, wait: Duration) {
        let until = Instant::now() + wait;
        while Instant::now() < until {
            self.turn();
        }
    }

    /// Goes on until something holds.
    pub(crate) fn until(&mut self, limit_s: u64, what: &str, holds: impl Fn(&Self) -> bool) {
        let limit = Instant::now() + Duration::from_secs(limit_s);
        while !holds(self) {
            assert!(Instant::now() < limit, "not within {limit_s} s: {what}");
            self.turn();
        }
    }

    /// How many records a flow has brought out.
    pub(crate) fn written(&self, flow: &str) -> usize {
        match FLOWS.iter().find(|(name, _)| *name == flow) {
            Some((_, "")) => self.environment.arrivals.distinct(),
            Some((_, topic)) => self.watch.records(topic),
            None => 0,
        }
    }

    /// How many records a flow has to bring out in the end.
    fn expected(&self, flow: &str, reference: &Reference) -> usize {
        let (chain, last) = (&reference.chain, reference.chain.last());
        match FLOWS.iter().find(|(name, _)| *name == flow) {
            Some((_, "")) => {
                let runs = |topic: &&&str| {
                    FLOWS.iter().any(|(name, to)| to == *topic && self.flows.contains(name))
                };
                OUTGOING.iter().filter(runs).map(|topic| chain.records(topic, last)).sum()
            }
            Some((_, topic)) => chain.records(topic, last),
            None => 0,
        }
    }

    /// Stops the chain and all disturbances, waits until everything has come out or nothing more comes, and compares.
    pub fn finish(mut self) -> Outcome {
        self.clock = None;
        self.environment.calm();
        self.fleet.wake_all();
        let last = *self.environment.servers[0].ledgers().end();
        self.outcome.note(format!("the chain ends with the ledger {last}"));
        let reference = Reference::of(self.plan.recipe, last);
        self.outcome.note("the reference is there");
        let wanted: Vec<_> =
            self.flows.iter().map(|flow| (*flow, self.expected(flow, &reference))).collect();
        let mut progress = (0, Instant::now());
        loop {
            let written: Vec<_> = wanted.iter().map(|(flow, _)| self.written(flow)).collect();
            if written.iter().zip(&wanted).all(|(written, (_, all))| written >= all) {
                break;
            }
            let sum = written.iter().sum();
            if progress.0 != sum {
                progress = (sum, Instant::now());
            } else if progress.1.elapsed() > self.plan.quiet {
                self.outcome.note(format!("nothing more comes: {written:?} of {wanted:?}"));
                break;
            }
            self.turn();
        }
        self.outcome.note("everything has come out that will");
        self.fleet.end();
        let comparison = Comparison {
            kafka: &self.environment.kafka,
            lane: &self.lane,
            arrivals: &self.environment.arrivals,
            reference: &reference,
            flows: &self.flows,
        };
        self.outcome.differences = comparison.differences();
        self.outcome.ledgers = reference.chain.ledgers.len();
        self.outcome.transactions = reference.chain.transactions().count();
        self.outcome.recoveries = std::mem::take(&mut self.recoveries.done);
        self.outcome.cut = self.environment.cut_so_far();
        self.outcome.faults = std::mem::take(&mut self.environment.faults);
        self.outcome.end();
        self.outcome
    }
}
