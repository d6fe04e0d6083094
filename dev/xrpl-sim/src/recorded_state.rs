//! All ledger entries at the ledgers where they were recorded.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use xrpl_codec::Hash256;

use crate::archive::{Change, StateChanges};
use crate::ledger_hashes::{Found, ledger_hashes};

/// Every version of every entry, at the ledgers where the whole state was recorded.
#[derive(Debug, Default)]
pub(crate) struct StateLog {
    recorded: BTreeSet<u32>,
    /// By key: the ledger from which on the version stood, in order.
    versions: BTreeMap<Hash256, Vec<(u32, Change)>>,
}

impl StateLog {
    pub(crate) fn new(states: Vec<StateChanges>) -> Self {
        let mut log = Self::default();
        for StateChanges { ledger_index, changes } in states {
            log.recorded.insert(ledger_index);
            for (key, change) in changes {
                log.versions.entry(key).or_default().push((ledger_index, change));
            }
        }
        log
    }

    /// The state at a ledger, if it was recorded there. `hash_of` knows the ledgers before it.
    pub(crate) fn at<'a>(
        &'a self,
        ledger_index: u32,
        hash_of: &'a (dyn Fn(u32) -> Option<Hash256> + Sync),
    ) -> Option<RecordedState<'a>> {
        self.recorded.contains(&ledger_index).then_some(RecordedState {
            log: self,
            ledger_index,
            hash_of,
        })
    }
}

/// All ledger entries at one ledger.
#[derive(Clone, Copy)]
pub(crate) struct RecordedState<'a> {
    log: &'a StateLog,
    ledger_index: u32,
    hash_of: &'a (dyn Fn(u32) -> Option<Hash256> + Sync),
}

impl<'a> RecordedState<'a> {
    /// The entry under a key, in binary.
    pub(crate) fn entry(&self, key: Hash256) -> Option<Cow<'a, [u8]>> {
        self.read(key, self.log.versions.get(&key)?)
    }

    /// The entries whose keys follow `key`, in the order of their keys; all of them after none.
    pub(crate) fn after(
        &self,
        key: Option<Hash256>,
    ) -> impl Iterator<Item = (Hash256, Cow<'a, [u8]>)> {
        let from = key.map_or(Bound::Unbounded, Bound::Excluded);
        let state = *self;
        self.log
            .versions
            .range((from, Bound::Unbounded))
            .filter_map(move |(key, versions)| Some((*key, state.read(*key, versions)?)))
    }

    fn read(&self, key: Hash256, versions: &'a [(u32, Change)]) -> Option<Cow<'a, [u8]>> {
        let newer = versions.partition_point(|(from, _)| *from <= self.ledger_index);
        match &versions[..newer].last()?.1 {
            Change::Entry(data) => Some(Cow::Borrowed(data)),
            Change::Gone => None,
            Change::LedgerHashes => match ledger_hashes(self.ledger_index, key, self.hash_of)? {
                Found::Entry(data) => Some(Cow::Owned(data)),
                Found::NotYet => None,
            },
        }
    }
}
