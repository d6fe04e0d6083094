//! The progress of a walk along the chain.

/// The progress of a walk, and what it waits for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WalkProgress {
    /// Every ledger from this one up to where the walk began is known.
    pub known_down_to: u32,
    /// Why it waits; it retries by itself.
    pub waiting: Option<String>,
}
