//! A simulated server that runs until it is stopped.

use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval_at, timeout};
use xrpl_codec::{Hash256, Ledger};

use crate::archive::Archive;
use crate::chain::Chain;
use crate::fault::{Fault, Planned, Schedule};
use crate::generated::{Generated, LargeLedgers, Recipe};
use crate::node::Node;
use crate::recorded::Recorded;
use crate::server;

/// How long open requests and connections have to end once the server stops.
const STOP_WAIT: Duration = Duration::from_secs(3);

/// What to simulate.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where to listen; port 0 is any free one.
    pub listen: SocketAddr,
    /// The ledgers.
    pub chain: ChainOptions,
    /// Time between two ledgers; `None` closes them only by [`Simulator::advance`].
    pub interval: Option<Duration>,
}

/// Which ledgers a server has.
#[derive(Clone, Debug)]
pub enum ChainOptions {
    /// Those of a recorded chain.
    Recorded {
        /// Which one.
        recording: Recording,
        /// The newest ledger at the start, from where the rest is played; all of it is there when `None`.
        play_from: Option<u32>,
    },
    /// An endless chain, the same for the same seed, first ledger and number of transactions.
    Generated {
        /// Everything follows from it.
        seed: u64,
        /// Index of the first ledger that the server holds, not 0.
        first_ledger: u32,
        /// Transactions in each ledger.
        transactions: u32,
        /// Ledgers that have closed before the start, at least.
        history: u32,
        /// The directory of the chain's hashes, so that a restart continues at its tip.
        data_dir: Option<PathBuf>,
    },
}

/// Special conditions: faults, large ledgers, close times.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conditions {
    /// The faults and their times.
    pub faults: Schedule,
    /// Large ledgers of a generated chain.
    pub large_ledgers: Option<LargeLedgers>,
    /// Whether a generated chain has the close times of the clock. Simulators of one seed then have different chains.
    pub real_time: bool,
}

/// A recorded chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recording {
    /// 24 ledgers with 129 transactions.
    Small,
    /// 349 ledgers with 2,856 transactions of 54 types.
    Large,
    /// An archive in a file.
    File(PathBuf),
}

impl Recording {
    /// The recorded chain.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn archive(&self) -> anyhow::Result<Archive> {
        match self {
            Self::Small => Archive::unpack(include_bytes!("../chains/small.archive"))
                .context("the small recorded chain is damaged"),
            Self::Large => Archive::unpack(include_bytes!("../chains/large.archive"))
                .context("the large recorded chain is damaged"),
            Self::File(path) => {
                let bytes = std::fs::read(path)
                    .with_context(|| format!("cannot read {}", path.display()))?;
                Archive::unpack(&bytes).with_context(|| format!("cannot use {}", path.display()))
            }
        }
    }
}

/// A server that runs. Dropping it stops it without a farewell to its clients.
pub struct Simulator {
    address: SocketAddr,
    node: Arc<Node>,
    stop: watch::Sender<bool>,
    server: JoinHandle<std::io::Result<()>>,
    clock: Option<JoinHandle<()>>,
}

impl Simulator {
    /// Starts a server. It answers when this returns.
    ///
    /// # Errors
    /// If the address is taken, the chain on disk is another one, or the recording cannot be read.
    pub async fn start(options: Options) -> anyhow::Result<Self> {
        Self::start_under(options, Conditions::default()).await
    }

    /// Starts a server under special conditions.
    ///
    /// # Errors
    /// As [`Simulator::start`], and if a recorded chain is to have large ledgers.
    pub async fn start_under(options: Options, conditions: Conditions) -> anyhow::Result<Self> {
        let Conditions { faults, large_ledgers, real_time } = conditions;
        let Options { listen, chain, interval } = options;
        let listener = TcpListener::bind(listen)
            .await
            .with_context(|| format!("cannot listen on {listen}: give another address or port"))?;
        let address = listener.local_addr().context("the socket has no address")?;
        let chain =
            tokio::task::spawn_blocking(move || open(chain, large_ledgers, real_time)).await??;
        let node = Arc::new(Node::new(chain, faults, address.port()));
        let (stop, stopped) = watch::channel(false);
        let server = tokio::spawn(server::serve(Arc::clone(&node), listener, stopped.clone()));
        let clock = interval
            .map(|interval| tokio::spawn(close_ledgers(Arc::clone(&node), interval, stopped)));
        Ok(Self { address, node, stop, server, clock })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its address for WebSocket clients.
    pub fn url(&self) -> String {
        format!("ws://{}", self.address)
    }

    /// Its address for JSON-RPC clients.
    pub fn http_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The first and the newest ledger that it holds.
    pub fn ledgers(&self) -> RangeInclusive<u32> {
        self.node.chain().range()
    }

    /// The hash of a ledger that it has, or that one of them names.
    pub fn ledger_hash(&self, index: u32) -> Option<Hash256> {
        self.node.chain().hash_of(index)
    }

    /// A closed ledger with its true content, whatever faults clients see.
    pub fn ledger(&self, index: u32) -> Option<Arc<Ledger>> {
        self.node.true_ledger(index)
    }

    /// Closes the next ledgers now, each announced before the next; fewer where a recorded chain ends. Returns the
    /// index of the newest.
    ///
    /// # Errors
    /// If the tip cannot be kept on disk.
    pub fn advance(&self, ledgers: u32) -> std::io::Result<u32> {
        for _ in 0..ledgers {
            if !self.node.advance()? {
                break;
            }
        }
        Ok(*self.ledgers().end())
    }

    /// Turns a fault on: now, or when its plan says.
    pub fn turn_on(&self, planned: impl Into<Planned>) {
        self.node.plan(planned.into());
    }

    /// Turns a fault off, and forgets every plan of it.
    pub fn turn_off(&self, fault: Fault) {
        self.node.forget(fault);
    }

    /// How often a fault was applied.
    pub fn applied(&self, fault: Fault) -> u64 {
        self.node.faults.applied(fault)
    }

    /// How often a client was dropped, or turned away, for what it has cost.
    pub fn dropped(&self) -> u64 {
        self.node.faults.load.dropped()
    }

    /// Adds to the balance of the clients' address what others behind the same address have cost, in rippled's units;
    /// it matters while [`Fault::Load`] is on.
    pub fn burden(&self, cost: u64) {
        self.node.faults.load.charge(cost);
    }

    /// Says farewell to all clients and ends.
    ///
    /// # Errors
    /// If the server had failed before.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        self.stop.send_replace(true);
        match timeout(STOP_WAIT, &mut self.server).await {
            Ok(ended) => ended?.context("the server failed"),
            // A client that does not take the close frame is disconnected.
            Err(_) => Ok(()),
        }
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        self.server.abort();
        if let Some(clock) = &self.clock {
            clock.abort();
        }
    }
}

fn open(
    options: ChainOptions,
    large_ledgers: Option<LargeLedgers>,
    real_time: bool,
) -> anyhow::Result<Box<dyn Chain>> {
    Ok(match options {
        ChainOptions::Recorded { recording, play_from } => {
            anyhow::ensure!(
                large_ledgers.is_none(),
                "a recorded chain has its own ledgers, not large ones"
            );
            Box::new(Recorded::new(recording.archive()?, play_from)?)
        }
        ChainOptions::Generated { seed, first_ledger: first, transactions, history, data_dir } => {
            let recipe = Recipe {
                seed,
                first,
                transactions,
                history,
                large_ledgers,
                real_time,
                directory: data_dir.as_deref(),
            };
            Box::new(Generated::new(Recording::Large.archive()?, recipe)?)
        }
    })
}

/// Closes a ledger every `interval` until the chain ends or the server stops.
async fn close_ledgers(node: Arc<Node>, interval: Duration, mut stop: watch::Receiver<bool>) {
    let mut ticks = interval_at(tokio::time::Instant::now() + interval, interval);
    // A rate is kept on average, whatever a single ledger takes.
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    loop {
        tokio::select! {
            _ = stop.wait_for(|stopped| *stopped) => return,
            _ = ticks.tick() => {}
        }
        let node = Arc::clone(&node);
        match tokio::task::spawn_blocking(move || node.advance()).await {
            Ok(Ok(true)) => {}
            Ok(Ok(false)) => {
                return tracing::info!("the recorded chain has been played to its end");
            }
            Ok(Err(error)) => {
                return tracing::error!(%error, "the tip cannot be kept on disk, no more ledgers close");
            }
            Err(_) => return,
        }
    }
}
