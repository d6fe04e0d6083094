//! What a transaction is at a glance, without decoding all of it.

use std::borrow::Cow;

use crate::{AccountId, Definitions, Malformed};

/// A transaction at a glance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary<'d> {
    /// Name of the type, or `Unknown_<code>`.
    pub transaction_type: Cow<'d, str>,
    /// Name of the result, or `Unknown_<code>`.
    pub result: Cow<'d, str>,
    /// The sender; `None` where the account is empty (UNLModify).
    pub account: Option<AccountId>,
    /// The fee in drops.
    pub fee: u64,
    /// The sender's sequence number; 0 with a ticket.
    pub sequence: u32,
}

/// Reads type, result, sender, fee and sequence.
pub fn summary<'d>(
    _definitions: &'d Definitions,
    _tx_blob: &[u8],
    _meta_blob: &[u8],
) -> Result<Summary<'d>, Malformed> {
    unimplemented!()
}
