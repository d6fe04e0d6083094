//! The command line.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, ValueEnum};

use crate::fault::{Planned, Schedule};
use crate::generated::LargeLedgers;
use crate::simulator::{ChainOptions, Conditions, Options, Recording};

/// A simulated XRP Ledger server for demos, tests and load tests.
///
/// Serves WebSocket and JSON-RPC on one port: a chain that was recorded from a real server, or an endless one generated
/// from a seed.
#[derive(Clone, Debug, Parser)]
#[command(version, after_help = SERVED)]
pub struct Args {
    /// The address to listen at; port 0 is a free one
    #[arg(long, env, default_value = "127.0.0.1:6006")]
    pub listen: SocketAddr,
    /// The chain
    #[arg(long, env, value_enum, default_value_t = ChainName::Generated)]
    pub chain: ChainName,
    /// A recorded chain in a file, in place of a built-in one
    #[arg(long, env, conflicts_with = "chain")]
    pub archive: Option<PathBuf>,
    /// The newest ledger of a recorded chain at the start, after which the rest is played [default: the last one]
    #[arg(long, env)]
    pub play_from: Option<u32>,
    /// Time between two ledgers, in milliseconds
    #[arg(long, env, default_value_t = 4_000, value_parser = clap::value_parser!(u64).range(1..))]
    pub interval_ms: u64,
    /// Ledgers per second, in place of the interval
    #[arg(long, env, conflicts_with = "interval_ms")]
    pub ledgers_per_s: Option<f64>,
    /// Parameters of a generated chain
    #[command(flatten)]
    pub generated: GeneratedArgs,
    /// A fault, always on or in a range: `silence`, `silence@100-120` by ledgers, `silence@5s-9s` by time; repeatable
    #[arg(long = "fault", env = "FAULT", value_name = "NAME[@FROM-TO]", value_delimiter = ',')]
    pub faults: Vec<Planned>,
    /// Add random transient faults; the same seed gives the same faults at the same ledgers
    #[arg(long, env)]
    pub fault_seed: Option<u64>,
}

/// Parameters of a generated chain.
#[derive(Clone, Debug, clap::Args)]
pub struct GeneratedArgs {
    /// Seed of a generated chain; the same seed gives the same bytes [default: 1]
    #[arg(long, env)]
    pub seed: Option<u64>,
    /// Index of the first ledger of a generated chain [default: 1]
    #[arg(long, env, value_parser = clap::value_parser!(u32).range(1..))]
    pub first_ledger: Option<u32>,
    /// Transactions in each ledger of a generated chain [default: 10]
    #[arg(long, env)]
    pub transactions: Option<u32>,
    /// Ledgers of a generated chain that have closed before the start, at least [default: 300]
    #[arg(long, env)]
    pub history: Option<u32>,
    /// The directory of a generated chain, so that a restart continues it
    #[arg(long, env)]
    pub data_dir: Option<PathBuf>,
    /// Give a generated chain the close times of the clock; then simulators of one seed have different chains
    #[arg(long, env)]
    pub real_time: bool,
    /// Make each ledger of a generated chain large whose index is a multiple of it
    #[arg(long, env, requires = "large_ledger_bytes")]
    pub large_ledger_every: Option<NonZeroU32>,
    /// Bytes of all transactions and metadata of a large ledger, at least
    #[arg(long, env, requires = "large_ledger_every")]
    pub large_ledger_bytes: Option<u32>,
}

/// What is served and what is not.
const SERVED: &str = "\
Commands: ledger, ledger_closed, ledger_current, ledger_entry, ledger_data, tx, transaction_entry, book_offers, fee,
server_info, server_state, server_definitions, subscribe and unsubscribe (streams ledger and transactions), ping, version.
Other commands, such as submit, account_info and account_tx, return unknownCmd.

State: ledger_data and ledger_entry need a ledger whose state was recorded, otherwise they return notImpl; ledger_entry of
a LedgerHashes entry is always served. The generated chain has no state: its headers, links, transaction roots and hashes are
valid, its account_hash is pseudo-random, and its signatures and metadata are those of recorded transactions. tx searches
the newest 1,000 ledgers, or those from min_ledger to max_ledger.";

/// A built-in chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ChainName {
    /// An endless chain generated from a seed
    Generated,
    /// 24 ledgers with 129 transactions, recorded
    RecordedSmall,
    /// 349 ledgers with 2,856 transactions of 54 types, recorded
    RecordedLarge,
}

impl Args {
    /// The options and conditions of the simulator.
    ///
    /// # Errors
    /// When arguments are invalid or contradict each other.
    pub fn options(self) -> anyhow::Result<(Options, Conditions)> {
        let interval = match self.ledgers_per_s {
            None => Duration::from_millis(self.interval_ms),
            Some(rate) => Duration::try_from_secs_f64(1.0 / rate)
                .ok()
                .filter(|interval| !interval.is_zero())
                .ok_or_else(|| anyhow::anyhow!("--ledgers-per-s has to be above 0"))?,
        };
        let recording = match (self.archive, self.chain) {
            (Some(path), _) => Some(Recording::File(path)),
            (None, ChainName::RecordedSmall) => Some(Recording::Small),
            (None, ChainName::RecordedLarge) => Some(Recording::Large),
            (None, ChainName::Generated) => None,
        };
        let large_ledgers = self.generated.large_ledgers();
        let real_time = self.generated.real_time;
        let chain = match recording {
            Some(recording) => {
                if let Some(name) = self.generated.given() {
                    anyhow::bail!("--{name} is for a generated chain, not for a recorded one");
                }
                ChainOptions::Recorded { recording, play_from: self.play_from }
            }
            None => {
                anyhow::ensure!(
                    self.play_from.is_none(),
                    "--play-from is for a recorded chain: give --chain as well"
                );
                self.generated.chain()
            }
        };
        let faults = Schedule { planned: self.faults, seed: self.fault_seed };
        let options = Options { listen: self.listen, chain, interval: Some(interval) };
        Ok((options, Conditions { faults, large_ledgers, real_time }))
    }
}

impl GeneratedArgs {
    fn chain(self) -> ChainOptions {
        ChainOptions::Generated {
            seed: self.seed.unwrap_or(1),
            first_ledger: self.first_ledger.unwrap_or(1),
            transactions: self.transactions.unwrap_or(10),
            history: self.history.unwrap_or(300),
            data_dir: self.data_dir,
        }
    }

    fn large_ledgers(&self) -> Option<LargeLedgers> {
        let (every, bytes) = self.large_ledger_every.zip(self.large_ledger_bytes)?;
        Some(LargeLedgers { every, bytes })
    }

    /// The name of an argument that was given.
    fn given(&self) -> Option<&'static str> {
        let given = [
            ("seed", self.seed.is_some()),
            ("first-ledger", self.first_ledger.is_some()),
            ("transactions", self.transactions.is_some()),
            ("history", self.history.is_some()),
            ("data-dir", self.data_dir.is_some()),
            ("real-time", self.real_time),
            ("large-ledger-every", self.large_ledger_every.is_some()),
        ];
        given.into_iter().find(|(_, is_given)| *is_given).map(|(name, _)| name)
    }
}
