//! A recorded chain, served whole or played ledger by ledger.

use std::collections::HashMap;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::Context;
use xrpl_codec::{Hash256, Ledger, LedgerHeader};

use crate::archive::Archive;
use crate::chain::Chain;
use crate::history::History;
use crate::recorded_state::{RecordedState, StateLog};
use crate::view::View;

/// A recorded chain; ledgers after the tip are not there yet.
pub(crate) struct Recorded {
    ledgers: Vec<Arc<Ledger>>,
    first: u32,
    tip: AtomicU32,
    indexes: HashMap<Hash256, u32>,
    history: History,
    states: StateLog,
    definitions: String,
    hash_of: Box<dyn Fn(u32) -> Option<Hash256> + Send + Sync>,
}

impl Recorded {
    /// Serves an archive up to `tip`, or all of it.
    pub(crate) fn new(archive: Archive, tip: Option<u32>) -> anyhow::Result<Self> {
        let Archive { ledgers, states, definitions } = archive;
        let first = ledgers.first().context("an archive holds a ledger")?.header.index;
        let last = ledgers.last().context("an archive holds a ledger")?.header.index;
        let tip = tip.unwrap_or(last);
        anyhow::ensure!(
            (first..=last).contains(&tip),
            "the recorded chain has ledgers {first} to {last}, not {tip}"
        );
        let history = history(&ledgers, &states).context("recorded metadata cannot be read")?;
        let parent = ledgers[0].header.parent_hash;
        let hashes: Vec<Hash256> =
            std::iter::once(parent).chain(ledgers.iter().map(|it| it.hash)).collect();
        Ok(Self {
            indexes: ledgers.iter().map(|ledger| (ledger.hash, ledger.header.index)).collect(),
            ledgers,
            first,
            tip: AtomicU32::new(tip),
            history,
            states: StateLog::new(states),
            definitions,
            hash_of: Box::new(move |index| {
                hashes.get((index + 1).checked_sub(first)? as usize).copied()
            }),
        })
    }

    fn tip(&self) -> u32 {
        self.tip.load(Ordering::Acquire)
    }

    fn held(&self, index: u32) -> Option<&Arc<Ledger>> {
        self.ledgers.get(index.checked_sub(self.first)? as usize)
    }

    /// Entries at the last ledger of the recording, whatever the tip.
    pub(crate) fn into_history(self) -> (History, u32) {
        let last = self.first + u32::try_from(self.ledgers.len()).expect("indexes are 32 bits") - 1;
        (self.history, last)
    }
}

/// Follows the entries from the first recorded state on.
fn history(
    ledgers: &[Arc<Ledger>],
    states: &[crate::archive::StateChanges],
) -> anyhow::Result<History> {
    use crate::archive::Change;
    let base = states.first().context("an archive holds the first ledger's state")?;
    let entries = base.changes.iter().filter_map(|(key, change)| match change {
        Change::Entry(data) => Some((*key, data.as_slice())),
        Change::LedgerHashes | Change::Gone => None,
    });
    let mut history = History::begin(base.ledger_index, entries)?;
    for ledger in ledgers.iter().filter(|ledger| ledger.header.index > base.ledger_index) {
        history
            .apply(ledger, |_| None)
            .with_context(|| format!("ledger {}", ledger.header.index))?;
    }
    Ok(history)
}

impl Chain for Recorded {
    fn range(&self) -> RangeInclusive<u32> {
        self.first..=self.tip()
    }

    fn ledger(&self, index: u32) -> Option<Arc<Ledger>> {
        self.held(index).filter(|_| index <= self.tip()).cloned()
    }

    fn header(&self, index: u32) -> Option<LedgerHeader> {
        self.ledger(index).map(|ledger| ledger.header)
    }

    fn index_of(&self, hash: Hash256) -> Option<u32> {
        self.indexes.get(&hash).copied().filter(|index| *index <= self.tip())
    }

    fn hash_of(&self, index: u32) -> Option<Hash256> {
        (self.hash_of)(index).filter(|_| index <= self.tip())
    }

    fn close(&self) -> std::io::Result<Option<Arc<Ledger>>> {
        let next = self.tip() + 1;
        let ledger = self.held(next).cloned();
        if ledger.is_some() {
            self.tip.store(next, Ordering::Release);
        }
        Ok(ledger)
    }

    fn state(&self, index: u32) -> Option<RecordedState<'_>> {
        self.states.at(index, &*self.hash_of)
    }

    fn view(&self, index: u32) -> View<'_> {
        View { history: &self.history, at: index, above: None }
    }

    fn definitions(&self) -> &str {
        &self.definitions
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::entry::EntryType;
    use crate::simulator::Recording;

    /// Offers, accounts, trust lines and fees, by key, as the recorded state has them.
    fn recorded_entries(chain: &Recorded, at: u32) -> Vec<(Hash256, Vec<u8>)> {
        let state = chain.state(at).unwrap();
        let is_followed =
            |data: &[u8]| EntryType::from_code(u16::from_be_bytes([data[1], data[2]])).is_some();
        state
            .after(None)
            .map(|(key, data)| (key, data.into_owned()))
            .filter(|(_, data)| is_followed(data))
            .collect()
    }

    fn followed_entries_equal_recorded_states(recording: &Recording) -> usize {
        let chain = Recorded::new(recording.archive().unwrap(), None).unwrap();
        let states: Vec<u32> =
            chain.range().filter(|index| chain.state(*index).is_some()).collect();
        for at in &states {
            let view = chain.view(*at);
            let recorded = recorded_entries(&chain, *at);
            for (key, data) in &recorded {
                let followed = view.entry(*key).map(crate::entry::Entry::to_bytes);
                assert_eq!(followed.as_ref(), Some(data), "entry {key} at ledger {at}");
            }
            let recorded: BTreeSet<Hash256> = recorded.into_iter().map(|(key, _)| key).collect();
            let invented = chain
                .history
                .keys()
                .find(|key| view.entry(*key).is_some() && !recorded.contains(key));
            assert_eq!(invented, None, "at ledger {at}");
        }
        states.len()
    }

    #[test]
    fn what_metadata_tells_equals_every_recorded_state() {
        assert_eq!(followed_entries_equal_recorded_states(&Recording::Small), 2);
        assert_eq!(followed_entries_equal_recorded_states(&Recording::Large), 98);
    }

    #[test]
    fn recorded_states_hash_to_what_the_headers_say() {
        let chain = Recorded::new(Recording::Large.archive().unwrap(), None).unwrap();
        for ledger in &chain.ledgers {
            let Some(state) = chain.state(ledger.header.index) else { continue };
            let entries: Vec<_> = state.after(None).collect();
            let root =
                xrpl_codec::state_tree_root(entries.iter().map(|(key, data)| (*key, &**data)));
            assert_eq!(root, ledger.header.account_hash, "at ledger {}", ledger.header.index);
        }
    }

    #[test]
    fn ledgers_after_the_tip_are_not_there_yet() {
        let chain = Recorded::new(Recording::Small.archive().unwrap(), Some(3)).unwrap();
        let next = chain.held(4).unwrap().hash;
        assert_eq!((chain.ledger(4), chain.index_of(next), chain.hash_of(4)), (None, None, None));
        assert_eq!(chain.close().unwrap().unwrap().hash, next);
        assert_eq!((chain.index_of(next), chain.range()), (Some(4), 2..=4));
        while chain.close().unwrap().is_some() {}
        assert_eq!(chain.range(), 2..=25);
    }

    #[test]
    fn a_tip_outside_the_recording_is_refused() {
        let error = Recorded::new(Recording::Small.archive().unwrap(), Some(26)).err().unwrap();
        assert_eq!(error.to_string(), "the recorded chain has ledgers 2 to 25, not 26");
    }
}
