//! What was false in a reply.

use xrpl_codec::{Hash256, Unverified};

/// A reply that is well formed and false. The server that gave it is quarantined.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidResponse {
    /// The bytes of a ledger break a rule.
    #[error(transparent)]
    Ledger(Unverified),
    /// The reply is about another ledger, or another entry, than the requested one.
    #[error("asked for {asked}, answered for {answered}")]
    OtherObject {
        /// What was asked for.
        asked: Hash256,
        /// What the reply names.
        answered: Hash256,
    },
    /// The server announced another hash for a ledger than the one that a quorum agrees on.
    #[error("ledger {index} was announced as {announced}, and others agree on {agreed}")]
    Outvoted {
        /// The ledger.
        index: u32,
        /// The announced hash.
        announced: Hash256,
        /// The hash that the others announced.
        agreed: Hash256,
    },
    /// A skip list (`LedgerHashes`) holds another hash of a ledger than the chain of headers does.
    #[error("skip list has {listed} for ledger {index}, its headers prove {proven}")]
    SkipList {
        /// The ledger.
        index: u32,
        /// The hash in the skip list.
        listed: Hash256,
        /// The hash that the header after it has.
        proven: Hash256,
    },
}
