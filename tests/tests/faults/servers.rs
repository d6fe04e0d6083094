//! Servers of one chain whose ledgers close at the same time.

use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::runtime::Runtime;
use xrpl_codec::Ledger;
use xrpl_sim::{ChainOptions, Conditions, Fault, Options, Planned, Schedule, Simulator};

/// Time between two ledgers.
const INTERVAL: Duration = Duration::from_millis(400);
/// Ledgers that there are from the start.
const HISTORY: u32 = 4;

/// Some servers and their clock.
pub(crate) struct Servers {
    simulators: Arc<Vec<Simulator>>,
    clock: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Servers {
    /// So many servers; ledgers close from now on.
    pub(crate) fn start(servers: usize) -> Self {
        Self::start_under(vec![Schedule::default(); servers])
    }

    /// A server for each of these schedules of faults; ledgers close from now on.
    pub(crate) fn start_under(schedules: Vec<Schedule>) -> Self {
        let simulators: Vec<_> = schedules.into_iter().map(simulator).collect();
        let simulators = Arc::new(simulators);
        let (stop, stopped) = mpsc::channel();
        let all = Arc::clone(&simulators);
        let clock = std::thread::spawn(move || {
            while stopped.recv_timeout(INTERVAL) == Err(RecvTimeoutError::Timeout) {
                for simulator in all.iter() {
                    simulator.advance(1).unwrap();
                }
            }
        });
        Self { simulators, clock: Some((stop, clock)) }
    }

    /// Where they listen.
    pub(crate) fn urls(&self) -> Vec<String> {
        self.simulators.iter().map(Simulator::url).collect()
    }

    /// Turns a fault on at some of them.
    pub(crate) fn turn_on(&self, planned: &Planned, which: &[usize]) {
        for server in which {
            self.simulators[*server].turn_on(planned.clone());
        }
    }

    /// Turns a fault off everywhere.
    pub(crate) fn turn_off(&self, fault: Fault) {
        for simulator in self.simulators.iter() {
            simulator.turn_off(fault);
        }
    }

    /// How often a fault was applied by each of these, at least.
    pub(crate) fn applied(&self, fault: Fault, which: &[usize]) -> u64 {
        let counts = which.iter().map(|server| self.simulators[*server].applied(fault));
        counts.min().expect("there is a server")
    }

    /// Lets others use up what an address may cost.
    pub(crate) fn burden(&self, cost: u64) {
        for simulator in self.simulators.iter() {
            simulator.burden(cost);
        }
    }

    /// Closes no more ledgers.
    pub(crate) fn stop_clock(&mut self) {
        if let Some((stop, clock)) = self.clock.take() {
            drop(stop);
            clock.join().unwrap();
        }
    }

    /// The first and the newest ledger.
    pub(crate) fn ledgers(&self) -> std::ops::RangeInclusive<u32> {
        let all = self.simulators.iter().map(Simulator::ledgers);
        all.max_by_key(|ledgers| *ledgers.end()).expect("there is a server")
    }

    /// The chain as it is when no fault is on.
    pub(crate) fn chain(&self) -> Vec<Arc<Ledger>> {
        let honest = self.simulators.last().expect("there is a server");
        self.ledgers().map(|index| honest.ledger(index).expect("it has closed")).collect()
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        self.stop_clock();
    }
}

fn simulator(faults: Schedule) -> Simulator {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    let runtime = RUNTIME.get_or_init(|| Runtime::new().unwrap());
    let chain = ChainOptions::Generated {
        seed: 11,
        first_ledger: 1,
        transactions: 2,
        history: HISTORY,
        data_dir: None,
    };
    let options = Options { listen: ([127, 0, 0, 1], 0).into(), chain, interval: None };
    let conditions = Conditions { faults, ..Conditions::default() };
    runtime.block_on(Simulator::start_under(options, conditions)).unwrap()
}
