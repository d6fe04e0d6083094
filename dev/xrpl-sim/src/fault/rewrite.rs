//! A chain that is another one from some ledger on, all its hashes valid.

use std::collections::{BTreeSet, HashMap};

use xrpl_codec::{Hash256, Ledger};

use super::lie;
use crate::chain::Chain;
use crate::pseudo_random::pseudo_random_hash;

/// How a ledger differs from the one in the chain below.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    /// By its parent only.
    Linked,
    /// By its state.
    State(&'static str),
    /// By a parent that there is not; the next ledger does not follow it.
    Parent,
    /// By the type of a transaction.
    Type,
}

/// Which ledgers differ.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Differences {
    /// Another network's chain, whole.
    pub(super) other_network: bool,
    /// A fork from this ledger on.
    pub(super) fork: Option<u32>,
    /// Ledgers with a wrong parent.
    pub(super) wrong_parents: BTreeSet<u32>,
    /// Ledgers with a transaction of an unknown type.
    pub(super) unknown_types: BTreeSet<u32>,
}

impl Differences {
    /// Whether some of it ends with the faults.
    pub(super) fn is_lying(&self) -> bool {
        self.other_network || self.fork.is_some() || !self.wrong_parents.is_empty()
    }

    fn of(&self, index: u32) -> Change {
        match self {
            _ if self.other_network => Change::State("other network"),
            _ if self.fork.is_some_and(|fork| index >= fork) => Change::State("fork"),
            _ if self.wrong_parents.contains(&index) => Change::Parent,
            _ if self.unknown_types.contains(&index) => Change::Type,
            _ => Change::Linked,
        }
    }
}

/// The ledgers that differ, from the first such ledger to the newest.
#[derive(Debug, Default)]
pub(super) struct Rewrite {
    first: u32,
    ledgers: Vec<Rewritten>,
    indexes: HashMap<Hash256, u32>,
}

#[derive(Clone, Copy, Debug)]
struct Rewritten {
    change: Change,
    hash: Hash256,
    /// What the next ledger names as its parent.
    link: Hash256,
}

impl Rewrite {
    /// Rewrites the ledgers of a chain.
    pub(super) fn of(chain: &dyn Chain, differences: &Differences) -> Self {
        let mut rewrite = Self::default();
        for index in chain.range() {
            rewrite.extend(chain, differences, index);
        }
        rewrite
    }

    /// Adds the next ledger.
    pub(super) fn extend(&mut self, chain: &dyn Chain, differences: &Differences, index: u32) {
        let change = differences.of(index);
        if self.ledgers.is_empty() {
            if change == Change::Linked {
                return;
            }
            self.first = index;
        }
        let Some(ledger) = chain.ledger(index) else { return };
        let (ledger, link) = changed(Ledger::clone(&ledger), self.parent(chain, index), change);
        self.indexes.insert(ledger.hash, index);
        self.ledgers.push(Rewritten { change, hash: ledger.hash, link });
    }

    /// Whether the chain is another one at this ledger.
    pub(super) fn is_at(&self, index: u32) -> bool {
        self.at(index).is_some()
    }

    /// The hash of a ledger that differs.
    pub(super) fn hash(&self, index: u32) -> Option<Hash256> {
        self.at(index).map(|rewritten| rewritten.hash)
    }

    /// The index of a ledger that differs.
    pub(super) fn index(&self, hash: Hash256) -> Option<u32> {
        self.indexes.get(&hash).copied()
    }

    /// A ledger as it differs.
    pub(super) fn apply(&self, chain: &dyn Chain, ledger: Ledger) -> Ledger {
        let index = ledger.header.index;
        match self.at(index) {
            Some(rewritten) => changed(ledger, self.parent(chain, index), rewritten.change).0,
            None => ledger,
        }
    }

    fn at(&self, index: u32) -> Option<&Rewritten> {
        self.ledgers.get(index.checked_sub(self.first)? as usize)
    }

    fn parent(&self, chain: &dyn Chain, index: u32) -> Hash256 {
        let before = index.saturating_sub(1);
        let link = self.at(before).map(|rewritten| rewritten.link);
        link.or_else(|| chain.hash_of(before)).unwrap_or_default()
    }
}

/// A ledger after its parent, and what the next one names.
fn changed(mut ledger: Ledger, parent: Hash256, change: Change) -> (Ledger, Hash256) {
    ledger.header.parent_hash = parent;
    ledger.hash = ledger.header.hash();
    let straight = ledger.hash;
    let index = ledger.header.index;
    match change {
        Change::Linked => {}
        Change::State(purpose) => {
            ledger.header.account_hash = pseudo_random_hash(0, purpose, index);
        }
        Change::Parent => ledger.header.parent_hash = pseudo_random_hash(0, "wrong parent", index),
        Change::Type => lie::put_unknown_type(&mut ledger),
    }
    ledger.hash = ledger.header.hash();
    let link = if change == Change::Parent { straight } else { ledger.hash };
    (ledger, link)
}
