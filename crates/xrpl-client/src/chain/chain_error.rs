//! Why ledgers do not make one chain.

use xrpl_codec::Hash256;

use crate::endpoint_id::EndpointId;
use crate::ledger_id::LedgerId;

/// Why there is no chain. All that may pass by itself is waited for instead, visibly, in
/// [`WalkProgress`](super::WalkProgress).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChainError {
    /// Every server is on a chain that does not hold the committed ledger. Only an operator can tell what is right.
    #[error("every server contradicts the committed ledger {pointer}: forked")]
    Forked {
        /// The committed ledger.
        pointer: LedgerId,
        /// What each server has in its place.
        found: Vec<(EndpointId, Hash256)>,
    },
    /// The announced ledger is on another chain than the committed one, which some servers confirm.
    #[error("announced ledger {announced} is not on the chain of the committed ledger {pointer}")]
    NotOurs {
        /// The committed ledger.
        pointer: LedgerId,
        /// The announced one.
        announced: LedgerId,
        /// The servers that have the committed ledger.
        confirmed_by: Vec<EndpointId>,
        /// The servers that have another one in its place.
        contradicted_by: Vec<(EndpointId, Hash256)>,
    },
    /// The announced ledger comes before the committed one.
    #[error("announced ledger {announced} comes before the committed ledger {pointer}")]
    Behind {
        /// The committed ledger.
        pointer: LedgerId,
        /// The announced one.
        announced: LedgerId,
    },
    /// The ledger with this hash has another index than announced or listed.
    #[error("ledger {ledger} has index {found}")]
    FalseIndex {
        /// The ledger as announced or listed.
        ledger: LedgerId,
        /// The index that its header has.
        found: u32,
    },
    /// The range does not end at or before the head that it is resolved from.
    #[error("hashes of ledgers up to {end} can't be resolved from ledger {head}")]
    AboveHead {
        /// The end of the range.
        end: u32,
        /// The head.
        head: LedgerId,
    },
}
