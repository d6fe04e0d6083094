//! What the command line says.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, ValueEnum};

use crate::fault::{Planned, Schedule};
use crate::generated::LargeLedgers;
use crate::simulator::{ChainOptions, Conditions, Options, Recording};

/// A faithful XRP Ledger server for demos, tests and load.
///
/// Serves WebSocket and JSON-RPC on one port: a chain that was recorded from a real server, or an endless one made
/// from a seed.
#[derive(Clone, Debug, Parser)]
#[command(version)]
pub struct Args {
    /// Where to listen; port 0 is any free one
    #[arg(long, env, default_value = "127.0.0.1:6006")]
    pub listen: SocketAddr,
    /// The ledgers to serve
    #[arg(long, env, value_enum, default_value_t = ChainName::Generated)]
    pub chain: ChainName,
    /// A recorded chain in a file, instead of one that is built in
    #[arg(long, env, conflicts_with = "chain")]
    pub archive: Option<PathBuf>,
    /// Newest ledger of a recorded chain at the start, from where the rest is played; without it all of it is there
    #[arg(long, env)]
    pub play_from: Option<u32>,
    /// Time between two ledgers, in milliseconds
    #[arg(long, env, default_value_t = 4_000, value_parser = clap::value_parser!(u64).range(1..))]
    pub interval_ms: u64,
    /// Ledgers in a second, instead of the time between two
    #[arg(long, env, conflicts_with = "interval_ms")]
    pub ledgers_per_s: Option<f64>,
    /// What a generated chain is made of
    #[command(flatten)]
    pub generated: GeneratedArgs,
    /// A fault, always on or in a range: `silence`, `silence@100-120` by ledgers, `silence@5s-9s` by time; repeatable
    #[arg(long = "fault", env = "FAULT", value_name = "NAME[@FROM-TO]", value_delimiter = ',')]
    pub faults: Vec<Planned>,
    /// Adds random faults that pass: the same seed, the same faults at the same ledgers
    #[arg(long, env)]
    pub fault_seed: Option<u64>,
}

/// What a generated chain is made of; a recorded one takes none of it.
#[derive(Clone, Debug, clap::Args)]
pub struct GeneratedArgs {
    /// Seed of a generated chain: the same seed, the same bytes [default: 1]
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
    /// Where a generated chain keeps its tip, so that a restart goes on there
    #[arg(long, env)]
    pub data_dir: Option<PathBuf>,
    /// Makes each ledger of a generated chain large whose index is a multiple of it
    #[arg(long, env, requires = "large_ledger_bytes")]
    pub large_ledger_every: Option<NonZeroU32>,
    /// Bytes of all transactions and metadata of a large ledger, at least
    #[arg(long, env, requires = "large_ledger_every")]
    pub large_ledger_bytes: Option<u32>,
}

/// A chain that is built in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ChainName {
    /// An endless chain made from a seed
    Generated,
    /// 24 ledgers with 129 transactions, recorded
    RecordedSmall,
    /// 349 ledgers with 2,856 transactions of 54 types, recorded
    RecordedLarge,
}

impl Args {
    /// What the simulator is to do, and under which conditions.
    ///
    /// # Errors
    /// If an argument makes no sense, alone or beside another.
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
        let chain = match recording {
            Some(recording) => {
                if let Some(name) = self.generated.given() {
                    anyhow::bail!(
                        "--{name} is for a generated chain, and a recorded one is to be served"
                    );
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
        Ok((options, Conditions { faults, large_ledgers }))
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
            ("large-ledger-every", self.large_ledger_every.is_some()),
        ];
        given.into_iter().find(|(_, is_given)| *is_given).map(|(name, _)| name)
    }
}
