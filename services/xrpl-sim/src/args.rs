//! What the command line says.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, ValueEnum};

use crate::simulator::{ChainOptions, Options, Recording};

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
    /// Seed of a generated chain: the same seed, the same bytes
    #[arg(long, env, default_value_t = 1)]
    pub seed: u64,
    /// Index of the first ledger of a generated chain
    #[arg(long, env, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub first_ledger: u32,
    /// Transactions in each ledger of a generated chain
    #[arg(long, env, default_value_t = 10)]
    pub transactions: u32,
    /// Ledgers of a generated chain that have closed before the start, at least
    #[arg(long, env, default_value_t = 300)]
    pub history: u32,
    /// Where a generated chain keeps its tip, so that a restart goes on there
    #[arg(long, env)]
    pub data_dir: Option<PathBuf>,
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
    /// What the simulator is to do.
    ///
    /// # Errors
    /// If an argument makes no sense, alone or beside another.
    pub fn options(self) -> anyhow::Result<Options> {
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
        let chain = match recording {
            Some(recording) => ChainOptions::Recorded { recording, play_from: self.play_from },
            None => {
                anyhow::ensure!(
                    self.play_from.is_none(),
                    "--play-from is for a recorded chain: give --chain as well"
                );
                ChainOptions::Generated {
                    seed: self.seed,
                    first_ledger: self.first_ledger,
                    transactions: self.transactions,
                    history: self.history,
                    data_dir: self.data_dir,
                }
            }
        };
        Ok(Options { listen: self.listen, chain, interval: Some(interval) })
    }
}
