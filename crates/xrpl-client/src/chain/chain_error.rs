//! Why ledgers do not make one chain.

use crate::{EndpointId, LedgerId};
use xrpl_codec::Hash256;

/// Why no chain can be had. All that may pass by itself is waited for instead, visibly, in
/// [`Progress`](super::Progress).
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
    /// A hash leads to a ledger of another index than it was said to be: whoever named it was wrong.
    #[error("ledger {ledger} has index {found}")]
    FalseIndex {
        /// The ledger as it was named.
        ledger: LedgerId,
        /// The index that its header has.
        found: u32,
    },
    /// The range does not end at or before the ledger that it is anchored at.
    #[error("ledgers up to {end} cannot be named by ledger {anchor}")]
    AboveAnchor {
        /// The end of the range.
        end: u32,
        /// The anchor.
        anchor: LedgerId,
    },
}
