//! The chain of a run.

use std::net::SocketAddr;

use xrpl_sim::{ChainOptions, Options};

/// What a chain is made from: the same recipe, the same bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recipe {
    /// Everything follows from it.
    pub seed: u64,
    /// The index of its first ledger.
    pub first: u32,
    /// Transactions in each ledger.
    pub transactions: u32,
}

impl Recipe {
    /// A server that holds so many ledgers of the chain at the start, and closes more when it is told to.
    pub fn server(self, ledgers: u32) -> Options {
        Options {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            chain: ChainOptions::Generated {
                seed: self.seed,
                first_ledger: self.first,
                transactions: self.transactions,
                history: ledgers,
                data_dir: None,
            },
            interval: None,
        }
    }
}
