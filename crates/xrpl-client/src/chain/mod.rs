//! The chain of ledgers, walked by hashes: gaps filled backwards from an announced ledger, hashes of a range.

mod chain_error;
mod fill;
mod hashes;
mod naming;
mod progress;
mod stations;
mod verdict;
mod walk;

pub use chain_error::ChainError;
pub use fill::{Fill, ProvenHeader, fill};
pub use hashes::{ChainHashes, ChainLink, hashes};
pub use progress::Progress;
