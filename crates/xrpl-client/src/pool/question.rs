//! What the pool is asked, apart from the command.

use super::{EndpointId, LedgerId};

/// What decides who is asked, and what is kept as evidence.
#[derive(Debug, Clone)]
pub(super) struct Question {
    /// In words, such as `ledger 5 (…)`.
    pub(super) what: String,
    /// The ledger that it is about, where known: those who have it are asked first.
    pub(super) index: Option<u32>,
    /// Whether a false answer shows itself, so that even a server that lied may be asked at need.
    pub(super) proves_itself: bool,
    /// Whether an absence is taken for good: nobody may be left then who was not heard and could have it.
    pub(super) is_final: bool,
    /// Whose earlier answer nobody else could make sense of: asked last among equals.
    pub(super) doubted: Option<EndpointId>,
}

impl Question {
    /// A question that any server can answer, in words.
    pub(super) fn general(what: String) -> Self {
        Self { what, index: None, proves_itself: true, is_final: false, doubted: None }
    }

    /// A question about a known ledger whose answer proves itself, now or in the chain that is built on it.
    pub(super) fn about(what: &str, ledger: LedgerId) -> Self {
        Self { index: Some(ledger.index), ..Self::general(format!("{what} {ledger}")) }
    }
}
