//! `subscribe` to the stream of validated ledgers.

use serde::Serialize;

use super::{Call, Reply, ValidatedLedger};
use crate::error::Error;

/// Subscribes a connection to the `ledger` stream.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct SubscribeCall {
    streams: [&'static str; 1],
}

impl Default for SubscribeCall {
    fn default() -> Self {
        Self { streams: ["ledger"] }
    }
}

impl Call for SubscribeCall {
    const COMMAND: &'static str = "subscribe";
    const REPLY_BYTES_MAX: usize = 1 << 20;
    /// The newest validated ledger; `None` from a server that has none yet.
    type Answer = Option<ValidatedLedger>;

    fn read(&self, reply: &Reply) -> Result<Option<ValidatedLedger>, Error> {
        Ok(ValidatedLedger::read(reply.result()))
    }
}
