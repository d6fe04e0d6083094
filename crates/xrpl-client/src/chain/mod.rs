//! The chain of ledgers, walked by hashes: a gap is filled backwards from an announced ledger (`gap_fill.rs`), and the hashes
//! of a range are resolved by skip lists (`hashes.rs`).

mod chain_error;
mod fork_check;
mod gap_fill;
mod hash_resolver;
mod hashes;
mod skip_list_anchors;
mod walk;
mod walk_progress;

pub use chain_error::ChainError;
pub use gap_fill::{GapFill, ProvenHeader, fill_gap};
pub use hashes::{ChainHashes, ChainLink, hashes};
pub use walk_progress::WalkProgress;
