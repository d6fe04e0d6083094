//! The server behind the envelopes: its chain, its clock, its subscribers.
//!
//! Whatever a client is told is told in one place for each kind: what ledgers hold comes from the [`Chain`], every
//! reply's content from [`Node::answer`], every announcement from [`Node::advance`]. Bytes leave by `session::write`
//! and `server::json_rpc`, and nowhere else.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use xrpl::Hash256;

use crate::announcement::Announcement;
use crate::chain::Chain;
use crate::command;
use crate::feed::Feed;
use crate::json_rpc::Answer;
use crate::object::Object;
use crate::request::Request;
use crate::rpc_error::RpcError;

/// A node's key is no secret, and clients only show it.
const PUBLIC_KEY: &str = "n9MBE8piWmXDgDojWdwiv7CBvbmm1SSapGZnxggSXqm36xETNqny";

/// One server.
pub(crate) struct Node {
    chain: Box<dyn Chain>,
    pub(crate) feed: Feed,
    port: u16,
    started: Instant,
    newest_closed: Mutex<Instant>,
}

impl Node {
    pub(crate) fn new(chain: Box<dyn Chain>, port: u16) -> Self {
        let started = Instant::now();
        Self { chain, feed: Feed::default(), port, started, newest_closed: Mutex::new(started) }
    }

    pub(crate) fn chain(&self) -> &dyn Chain {
        &*self.chain
    }

    /// Closes the next ledger and announces it. `false` when the chain has ended.
    pub(crate) fn advance(&self) -> std::io::Result<bool> {
        // Subscribers wait, so that a subscription's reply and its first announcement are neighbours in the chain.
        let mut subscribers = self.feed.lock();
        let Some(ledger) = self.chain.close()? else { return Ok(false) };
        *self.newest_closed.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
        subscribers.announce(&Announcement::new(self, &ledger));
        Ok(true)
    }

    /// The newest ledger.
    pub(crate) fn newest(&self) -> (u32, Hash256) {
        let index = *self.chain.range().end();
        (index, self.chain.hash_of(index).unwrap_or_default())
    }

    /// Whole seconds since the newest ledger closed here.
    pub(crate) fn newest_age_s(&self) -> u64 {
        self.newest_closed.lock().unwrap_or_else(PoisonError::into_inner).elapsed().as_secs()
    }

    /// The ledgers that are held, as `complete_ledgers` says it.
    pub(crate) fn complete_ledgers(&self) -> String {
        let range = self.chain.range();
        match (range.start(), range.end()) {
            (first, last) if first == last => first.to_string(),
            (first, last) => format!("{first}-{last}"),
        }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn uptime(&self) -> Duration {
        self.started.elapsed()
    }

    pub(crate) fn public_key(&self) -> &'static str {
        PUBLIC_KEY
    }

    /// Public servers hide their host's name behind a word.
    pub(crate) fn host_id(&self) -> &'static str {
        "TELL"
    }
}

impl Answer for Node {
    fn answer(&self, command: &str, request: &Request<'_>) -> Result<Object, RpcError> {
        command::answer(self, command, request)
    }
}
