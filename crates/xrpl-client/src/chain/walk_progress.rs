//! How far a walk along the chain has come.

/// How far a walk has come, and what it waits for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WalkProgress {
    /// Every ledger from this one up to where the walk began is known.
    pub known_down_to: u32,
    /// Why it does not go on at this moment; it tries again by itself.
    pub waiting: Option<String>,
}
