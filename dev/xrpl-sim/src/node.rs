//! The server without its transport: chain, clock, subscribers.
//!
//! Each kind of output comes from one place: the content of ledgers from the [`FaultyChain`], every
//! reply's content from [`command::answer`], every announcement from [`Node::advance`]. Bytes leave by `session::write`
//! and `server::json_rpc`, and nowhere else. Those are the places of the faults.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use xrpl_codec::{Hash256, Ledger};

use crate::announcement::Announcement;
use crate::chain::Chain;
use crate::command;
use crate::fault::{
    Advanced, Announcing, Fault, Faults, FaultyChain, Planned, Schedule, cost, refusal,
};
use crate::json_rpc::Answer;
use crate::object::Object;
use crate::request::Request;
use crate::rpc_error::RpcError;
use crate::subscriptions::Subscriptions;

/// A node's key is no secret, and clients only show it.
const PUBLIC_KEY: &str = "n9MBE8piWmXDgDojWdwiv7CBvbmm1SSapGZnxggSXqm36xETNqny";

/// The network of another chain.
const OTHER_NETWORK_ID: u32 = 21_338;

/// One server.
pub(crate) struct Node {
    chain: FaultyChain,
    pub(crate) faults: Arc<Faults>,
    announcing: Announcing,
    pub(crate) subscriptions: Subscriptions,
    port: u16,
    started: Instant,
    newest_closed: Mutex<Instant>,
}

impl Node {
    pub(crate) fn new(chain: Box<dyn Chain>, schedule: Schedule, port: u16) -> Self {
        let started = Instant::now();
        let faults = Arc::new(Faults::new(schedule, *chain.range().end()));
        Self {
            chain: FaultyChain::new(chain, Arc::clone(&faults)),
            faults,
            announcing: Announcing::default(),
            subscriptions: Subscriptions::default(),
            port,
            started,
            newest_closed: Mutex::new(started),
        }
    }

    pub(crate) fn chain(&self) -> &dyn Chain {
        &self.chain
    }

    /// A ledger without faults.
    pub(crate) fn true_ledger(&self, index: u32) -> Option<Arc<Ledger>> {
        self.chain.true_ledger(index)
    }

    /// Turns a fault on, now or when it is planned.
    pub(crate) fn plan(&self, planned: Planned) {
        let _standing_still = self.subscriptions.lock();
        self.faults.plan(planned);
        self.chain.faults_changed();
    }

    /// Turns a fault off, whatever was planned.
    pub(crate) fn forget(&self, fault: Fault) {
        let _standing_still = self.subscriptions.lock();
        self.faults.forget(fault);
        self.chain.faults_changed();
    }

    /// Closes the next ledger and announces it. `false` when the chain has ended.
    pub(crate) fn advance(&self) -> std::io::Result<bool> {
        // Subscribers wait, so that a subscription's reply and its first announcement are neighbours in the chain.
        let mut subscribers = self.subscriptions.lock();
        let ledger = match self.chain.advance()? {
            Advanced::Ended => return Ok(false),
            Advanced::Unseen => return Ok(true),
            Advanced::Newest(ledger) => ledger,
        };
        *self.newest_closed.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
        for ledger in self.announcing.of(ledger, &self.faults) {
            subscribers.publish(&Announcement::new(self, &ledger));
        }
        Ok(true)
    }

    /// Why a command is refused because of a fault, if it is.
    pub(crate) fn refusal(&self, command: &str, request: &Request<'_>) -> Option<RpcError> {
        if !self.faults.any() {
            return None;
        }
        refusal(&self.faults, &self.chain, command, request)
    }

    /// Adds the cost of a command to the client's balance, where load counts; whether the client is dropped for it.
    pub(crate) fn charge(&self, command: Option<&str>) -> bool {
        let is_dropped = self.faults.is_on(Fault::Load) && self.faults.load.charge(cost(command));
        if is_dropped {
            self.faults.count(Fault::Load);
        }
        is_dropped
    }

    /// Whether a reply carries `warning: "load"`. Errors carry none.
    pub(crate) fn warns(&self) -> bool {
        let warns = self.faults.is_on(Fault::Load) && self.faults.load.warns();
        if warns {
            self.faults.count(Fault::Load);
        }
        warns
    }

    /// Whether clients are not served at all.
    pub(crate) fn is_barred(&self) -> bool {
        self.faults.happens(Fault::Barred)
            || self.faults.is_on(Fault::Load) && self.faults.load.is_over()
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

    /// The ledgers as `complete_ledgers` reports them.
    pub(crate) fn complete_ledgers(&self) -> String {
        self.chain.complete_ledgers()
    }

    /// The network id, where the server reports one.
    pub(crate) fn network_id(&self) -> Option<u32> {
        self.faults.happens(Fault::OtherNetwork).then_some(OTHER_NETWORK_ID)
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
        self.charge(Some(command));
        let mut result = match self.refusal(command, request) {
            Some(refusal) => return Err(refusal),
            None => command::answer(self, command, request)?,
        };
        if self.warns() {
            result.set("warning", "load");
        }
        Ok(result)
    }
}
