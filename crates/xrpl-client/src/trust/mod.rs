//! Whom to believe, decided here and nowhere else. Nothing in this folder asks a server.
//!
//! | what servers say | decided in |
//! |---|---|
//! | which ledger is validated | [`LedgerQuorum`], `quorum.rs` |
//! | the bytes of a ledger | `ledger_reply.rs`, by `xrpl_codec::verify` |
//! | the hashes of earlier ledgers | `skip_lists.rs` |
//! | that the committed ledger is not on the chain | `fork.rs` |
//! | that a ledger does not exist | `attempts.rs` |
//!
//! `evidence.rs` keeps what a server said that is false. How long such a server is quarantined is in `pool/health.rs`.

mod attempts;
mod evidence;
mod fork;
mod ledger_reply;
mod quorum;
mod skip_lists;

pub(crate) use attempts::{Attempts, Outcome};
pub use evidence::Evidence;
pub(crate) use evidence::EvidenceLog;
pub(crate) use fork::{ForkVerdict, Vote, decide_fork, vote};
pub(crate) use ledger_reply::judge_ledger;
pub use quorum::{AgreedLedger, Disagreement, LedgerQuorum, Quorum};
pub(crate) use skip_lists::{ListedAnchor, false_listings, first_disputed};
