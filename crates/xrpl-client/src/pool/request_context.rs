//! What a request is about, apart from its command.

use crate::endpoint_id::EndpointId;
use crate::ledger_id::LedgerId;

/// What decides which servers are asked, and what is kept as evidence.
#[derive(Debug, Clone)]
pub(super) struct RequestContext {
    /// The request in words, such as `ledger 5 (…)`.
    pub(super) what: String,
    /// The ledger that it is about, where known: servers that have it are asked first.
    pub(super) index: Option<u32>,
    /// Whether an invalid response shows itself, so that even a quarantined server may be asked at need.
    pub(super) proves_itself: bool,
    /// Whether an absence is taken for good: then every server that could have the ledger must have answered.
    pub(super) is_final: bool,
    /// The server whose earlier answer led nowhere: asked last among equals.
    pub(super) doubted: Option<EndpointId>,
}

impl RequestContext {
    /// A request that any server can answer.
    pub(super) fn general(what: String) -> Self {
        Self { what, index: None, proves_itself: true, is_final: false, doubted: None }
    }

    /// A request about a known ledger whose answer proves itself, now or in the chain that is built on it.
    pub(super) fn about(what: &str, ledger: LedgerId) -> Self {
        Self { index: Some(ledger.index), ..Self::general(format!("{what} {ledger}")) }
    }
}
