//! A recorded chain, served whole or played ledger by ledger.

use std::collections::HashMap;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::Context;
use xrpl::{Hash256, Ledger};

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
