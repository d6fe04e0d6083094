//! A chain as a server with faults shows it.

use std::ops::RangeInclusive;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use xrpl_codec::{Hash256, Ledger, LedgerHeader};

use super::lie;
use super::rewrite::{Differences, Rewrite};
use super::{Fault, Faults};
use crate::chain::Chain;
use crate::recorded_state::RecordedState;
use crate::view::View;

/// How many ledgers close at once.
const JUMP_LEDGERS: u32 = 2_000;
/// How many ledgers are missing.
const HOLE_LEDGERS: u32 = 8;
/// How far a stale server stays behind, in ledgers.
const STALE_LEDGERS: u32 = 20;

/// The chain below, and what the faults make of it.
pub(crate) struct FaultyChain {
    chain: Box<dyn Chain>,
    faults: Arc<Faults>,
    other: RwLock<Other>,
}

/// The other chain.
#[derive(Debug, Default)]
struct Other {
    differences: Differences,
    rewrite: Rewrite,
}

/// What closing a ledger has come to.
pub(crate) enum Advanced {
    /// The chain has ended.
    Ended,
    /// The server shows nothing new.
    Unseen,
    /// This is the newest ledger now.
    Newest(Arc<Ledger>),
}

impl FaultyChain {
    pub(crate) fn new(chain: Box<dyn Chain>, faults: Arc<Faults>) -> Self {
        let this = Self { chain, faults, other: RwLock::default() };
        this.faults_changed();
        this
    }

    /// Begins or ends another chain, as the faults say.
    pub(crate) fn faults_changed(&self) {
        if !self.faults.any() && !self.other().differences.is_lying() {
            return;
        }
        let mut other = self.other.write().unwrap_or_else(PoisonError::into_inner);
        let newest = *self.chain.range().end();
        let mut differences = other.differences.clone();
        differences.other_network = self.faults.is_on(Fault::OtherNetwork);
        differences.fork = self.faults.since(Fault::Fork).filter(|fork| *fork <= newest);
        if !self.faults.is_on(Fault::WrongParent) {
            differences.wrong_parents.clear();
        }
        if differences != other.differences {
            other.rewrite = Rewrite::of(&*self.chain, &differences);
            other.differences = differences;
        }
    }

    /// Closes the next ledger, or as many as the faults say.
    ///
    /// # Errors
    /// If the tip cannot be kept on disk.
    pub(crate) fn advance(&self) -> std::io::Result<Advanced> {
        let seen = *self.range().end();
        let index = *self.chain.range().end() + 1;
        self.faults.reached(index);
        let jumps = self.faults.since(Fault::Jump) == Some(index);
        for _ in 0..if jumps { JUMP_LEDGERS } else { 1 } {
            if self.chain.close()?.is_none() {
                self.faults.reached(*self.chain.range().end());
                break;
            }
            self.closed();
        }
        if jumps {
            self.faults.count(Fault::Jump);
        }
        self.faults_changed();
        if *self.chain.range().end() < index {
            return Ok(Advanced::Ended);
        }
        let newest = *self.range().end();
        if newest <= seen {
            self.faults.count(Fault::Stale);
            return Ok(Advanced::Unseen);
        }
        Ok(self.true_ledger(newest).map_or(Advanced::Unseen, Advanced::Newest))
    }

    /// Takes up the ledger that has just closed.
    fn closed(&self) {
        let index = *self.chain.range().end();
        self.faults.reached(index);
        let is_late = self.faults.is_on(Fault::LateLedger);
        if is_late {
            self.faults.late.closed(index);
        }
        let mut other = self.other.write().unwrap_or_else(PoisonError::into_inner);
        let Other { differences, rewrite } = &mut *other;
        if self.faults.happens(Fault::WrongParent) {
            differences.wrong_parents.insert(index);
        }
        if self.faults.happens(Fault::UnknownType) {
            differences.unknown_types.insert(index);
        }
        let forks = self.faults.since(Fault::Fork).filter(|fork| *fork <= index);
        differences.fork = differences.fork.or(forks);
        rewrite.extend(&*self.chain, differences, index);
        for (fault, happens) in
            [(Fault::Fork, forks.is_some()), (Fault::OtherNetwork, differences.other_network)]
        {
            if happens {
                self.faults.count(fault);
            }
        }
    }

    /// The ledger as the chain that is shown has it, without a lie.
    pub(crate) fn true_ledger(&self, index: u32) -> Option<Arc<Ledger>> {
        let ledger = self.chain.ledger(index)?;
        let other = self.other();
        match other.rewrite.is_at(index) {
            true => Some(Arc::new(other.rewrite.apply(&*self.chain, Ledger::clone(&ledger)))),
            false => Some(ledger),
        }
    }

    /// The ledgers that are held, as `complete_ledgers` says it.
    pub(crate) fn complete_ledgers(&self) -> String {
        let (first, last) = self.range().into_inner();
        if self.faults.happens(Fault::EmptyHistory) || self.faults.is_on(Fault::NotSynced) {
            return "empty".to_owned();
        }
        let hole = self.hole(Fault::DisjointHistory);
        let hole = hole.filter(|hole| *hole.start() > first && *hole.start() <= last);
        let Some((from, to)) = hole.map(RangeInclusive::into_inner) else {
            return span(first, last);
        };
        self.faults.count(Fault::DisjointHistory);
        match to < last {
            true => format!("{},{}", span(first, from - 1), span(to + 1, last)),
            false => span(first, from - 1),
        }
    }

    fn hole(&self, fault: Fault) -> Option<RangeInclusive<u32>> {
        self.faults.since(fault).map(|since| since..=since + HOLE_LEDGERS - 1)
    }

    /// Whether the server has a ledger that it should have.
    fn holds(&self, index: u32) -> bool {
        if !self.faults.any() {
            return true;
        }
        for fault in [Fault::DisjointHistory, Fault::WrongHistory] {
            if self.hole(fault).is_some_and(|hole| hole.contains(&index)) {
                self.faults.count(fault);
                return false;
            }
        }
        let is_lost = self.chain.range().contains(&index) && !self.range().contains(&index);
        let cause = if index < *self.range().start() { Fault::LostHistory } else { Fault::Stale };
        if is_lost {
            self.faults.count(cause);
        }
        !is_lost
    }

    fn is_unprovable(&self, index: u32) -> bool {
        self.faults.since(Fault::UnprovableLedger) == Some(index)
    }

    fn other(&self) -> RwLockReadGuard<'_, Other> {
        self.other.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn lie_about(&self, ledger: Arc<Ledger>) -> Arc<Ledger> {
        let mut lie = Ledger::clone(&ledger);
        if self.faults.happens(Fault::FalseHeader) {
            lie::falsify_header(&mut lie.header);
        }
        for (fault, is_told) in [
            (Fault::FalseTransaction, self.faults.is_on(Fault::FalseTransaction)),
            (Fault::UnprovableLedger, self.is_unprovable(ledger.header.index)),
        ] {
            if is_told && lie::falsify_transaction(&mut lie) {
                self.faults.count(fault);
            }
        }
        if self.faults.is_on(Fault::MissingTransaction) && lie::leave_out(&mut lie) {
            self.faults.count(Fault::MissingTransaction);
        }
        Arc::new(lie)
    }
}

fn span(first: u32, last: u32) -> String {
    if first == last { first.to_string() } else { format!("{first}-{last}") }
}

impl Chain for FaultyChain {
    fn range(&self) -> RangeInclusive<u32> {
        let range = self.chain.range();
        if !self.faults.any() {
            return range;
        }
        let (first, last) = range.into_inner();
        let kept = |since: u32| since.saturating_sub(1).clamp(first, last);
        let lost = self.faults.since(Fault::LostHistory).map_or(first, kept);
        let stale = self.faults.since(Fault::Stale);
        let seen = stale.map_or(last, |since| kept(since).max(last.saturating_sub(STALE_LEDGERS)));
        lost.min(seen)..=seen
    }

    fn ledger(&self, index: u32) -> Option<Arc<Ledger>> {
        let ledger = self.true_ledger(index).filter(|_| self.holds(index))?;
        Some(if self.faults.any() { self.lie_about(ledger) } else { ledger })
    }

    fn header(&self, index: u32) -> Option<LedgerHeader> {
        if !self.holds(index) {
            return None;
        }
        if !self.other().rewrite.is_at(index) && !self.faults.is_on(Fault::FalseHeader) {
            return self.chain.header(index);
        }
        let mut header = self.true_ledger(index)?.header;
        if self.faults.happens(Fault::FalseHeader) {
            lie::falsify_header(&mut header);
        }
        Some(header)
    }

    fn index_of(&self, hash: Hash256) -> Option<u32> {
        let index = {
            let other = self.other();
            let below = || self.chain.index_of(hash).filter(|below| !other.rewrite.is_at(*below));
            other.rewrite.index(hash).or_else(below)?
        };
        Some(index).filter(|index| self.holds(*index))
    }

    fn hash_of(&self, index: u32) -> Option<Hash256> {
        let hash = self.other().rewrite.hash(index).or_else(|| self.chain.hash_of(index));
        hash.filter(|_| !self.faults.any() || index <= *self.range().end())
    }

    fn close(&self) -> std::io::Result<Option<Arc<Ledger>>> {
        Ok(match self.advance()? {
            Advanced::Newest(ledger) => Some(ledger),
            Advanced::Ended | Advanced::Unseen => None,
        })
    }

    fn state(&self, index: u32) -> Option<RecordedState<'_>> {
        self.chain.state(index).filter(|_| self.holds(index))
    }

    fn view(&self, index: u32) -> View<'_> {
        self.chain.view(index)
    }

    fn definitions(&self) -> &str {
        self.chain.definitions()
    }
}
