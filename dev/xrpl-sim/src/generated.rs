//! An endless chain generated from a seed.
//!
//! Real: header hashes, parent links, transaction roots, `LedgerHashes`, and the structure of every transaction, which is
//! a recorded one with other numbers. Not real: `account_hash` is pseudo-random, signatures are those of the recorded
//! transactions, metadata has the accounts as recorded, and `total_coins` decreases by ten drops a transaction, except
//! those that make a ledger large. Ledgers before the first have pseudo-random hashes and are not available.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::ops::RangeInclusive;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard};

use anyhow::Context;
use xrpl_codec::{
    Hash256, Ledger, LedgerHeader, LedgerTransaction, sha512_half, transaction_tree_root,
};

use crate::archive::Archive;
use crate::chain::Chain;
use crate::history::History;
use crate::pseudo_random::{PseudoRandom, pseudo_random_hash};
use crate::recent::Recent;
use crate::recorded::Recorded;
use crate::recorded_state::RecordedState;
use crate::template::Template;
use crate::time::ripple_now_s;
use crate::tip_file::{Closed, Origin, TipFile};
use crate::view::View;

/// When the chain begins: 2026-01-01T00:00:00Z, counted from 2000.
const GENESIS_CLOSE_TIME_S: u32 = 820_540_800;
/// Chain time between two ledgers, on average.
const CLOSE_INTERVAL_S: u32 = 4;
const CLOSE_TIME_RESOLUTION_S: u8 = 10;
const GENESIS_DROPS: u64 = 100_000_000_000_000_000;
const FEE_DROPS: u64 = 10;
/// Headers that are not made again when they are asked for: 8 MB of them.
const HEADERS_KEPT: usize = 65_536;
/// Ledgers whose books may be asked for at the same time without being read again.
const CHANGES_KEPT: usize = 16;

/// Distance of the sequences of one large ledger's transactions to those of the next.
const LARGE_SEQUENCES: u32 = 65_536;

/// Ledgers of unusual size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LargeLedgers {
    /// Each ledger whose index is a multiple of it is large.
    pub every: NonZeroU32,
    /// Bytes of all its blobs, at least; less than one transaction more.
    pub bytes: u32,
}

/// The parameters of a generated chain.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Recipe<'a> {
    pub(crate) seed: u64,
    /// Index of the first ledger, not 0.
    pub(crate) first: u32,
    /// Transactions in each ledger.
    pub(crate) transactions: u32,
    /// Ledgers that have closed before the server starts, at least.
    pub(crate) history: u32,
    pub(crate) large_ledgers: Option<LargeLedgers>,
    /// Whether ledgers have the close times of the clock, in place of times from the seed.
    pub(crate) real_time: bool,
    /// The directory of the tip, if it is to survive.
    pub(crate) directory: Option<&'a Path>,
}

/// A generated chain. A ledger is generated for each request, from seed, index, parent hash and close times.
pub(crate) struct Generated {
    seed: u64,
    first: u32,
    transactions: u32,
    large_ledgers: Option<LargeLedgers>,
    real_time: bool,
    templates: Vec<Template>,
    definitions: String,
    /// The recorded entries that the offers of a ledger are read on top of, and the ledger where they stood.
    below: (History, u32),
    tip: RwLock<Tip>,
    file: Mutex<Option<TipFile>>,
    headers: Recent<LedgerHeader>,
    changes: Recent<Arc<History>>,
}

/// The closed ledgers.
#[derive(Debug, Default)]
struct Tip {
    closed: Vec<Closed>,
    indexes: HashMap<Hash256, u32>,
}

impl Generated {
    /// Starts a chain, or continues the one in `recipe.directory`. At least one ledger is closed.
    pub(crate) fn new(archive: Archive, recipe: Recipe<'_>) -> anyhow::Result<Self> {
        let Recipe { seed, first, transactions, history, large_ledgers, real_time, directory } =
            recipe;
        anyhow::ensure!(first > 0, "the first ledger has the index 1 or more");
        let templates =
            archive.ledgers.iter().flat_map(|ledger| &ledger.transactions).map(Template::new);
        let templates: Vec<Template> =
            templates.filter_map(Result::transpose).collect::<Result<_, _>>()?;
        anyhow::ensure!(
            !templates.is_empty(),
            "the archive holds no transaction to serve as a template"
        );
        let large = large_ledgers.map(|it| [it.every.get().to_be_bytes(), it.bytes.to_be_bytes()]);
        let large = large.iter().flatten().map(<[u8; 4]>::as_slice);
        let blobs: Vec<&[u8]> = templates.iter().flat_map(Template::blobs).chain(large).collect();
        let origin =
            Origin { seed, first, transactions, templates: sha512_half(&blobs), real_time };
        let (file, closed) = match directory {
            Some(directory) => {
                TipFile::open(directory, origin).map(|(file, closed)| (Some(file), closed))?
            }
            None => (None, Vec::new()),
        };
        let definitions = archive.definitions.clone();
        let chain = Self {
            seed,
            first,
            transactions,
            large_ledgers,
            real_time,
            templates,
            definitions,
            below: Recorded::new(archive, None)?.into_history(),
            tip: RwLock::new(Tip {
                indexes: (first..).zip(&closed).map(|(index, it)| (it.hash, index)).collect(),
                closed,
            }),
            file: Mutex::new(file),
            headers: Recent::new(HEADERS_KEPT),
            changes: Recent::new(CHANGES_KEPT),
        };
        chain.check_newest().context("the chain on disk is damaged: use another data directory")?;
        let missing = (history.max(1) as usize).saturating_sub(chain.tip().closed.len());
        chain.close_many(missing).context("the chain cannot be kept on disk")?;
        Ok(chain)
    }

    fn tip(&self) -> RwLockReadGuard<'_, Tip> {
        self.tip.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Checks that the newest ledger on disk is the one that the recipe generates.
    fn check_newest(&self) -> anyhow::Result<()> {
        let tip = self.tip();
        let Some(newest) = tip.closed.last() else { return Ok(()) };
        let index = self.first + u32::try_from(tip.closed.len() - 1)?;
        let parent =
            self.parent_in(&tip, index).context("the parent of the newest ledger is known")?;
        anyhow::ensure!(
            self.make(index, parent, self.close_time_of(index, newest)).hash == newest.hash,
            "ledger {index} has another hash"
        );
        Ok(())
    }

    /// Closes ledgers and writes them to disk at once. Returns the last one.
    fn close_many(&self, ledgers: usize) -> std::io::Result<Option<Arc<Ledger>>> {
        // The lock on the file makes closing exclusive.
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut index, mut parent) = {
            let tip = self.tip();
            let next = self.first + u32::try_from(tip.closed.len()).expect("indexes are 32 bits");
            (next, self.parent_in(&tip, next).expect("the newest ledger is known"))
        };
        let first_new = index;
        let now_s = ripple_now_s();
        let mut closed = Vec::with_capacity(ledgers);
        let mut newest = None;
        for later in (0..ledgers).rev() {
            let close_time = if self.real_time {
                // Those of before the start end now.
                let before =
                    u32::try_from(later).unwrap_or(u32::MAX).saturating_mul(CLOSE_INTERVAL_S);
                now_s.saturating_sub(before).max(parent.close_time.saturating_add(1))
            } else {
                self.scheduled_close_time_s(index)
            };
            let ledger = self.make(index, parent, close_time);
            parent = Closed { hash: ledger.hash, close_time };
            closed.push(parent);
            newest = Some(Arc::new(ledger));
            index += 1;
        }
        if let Some(file) = file.as_mut() {
            file.append(&closed)?;
        }
        let mut tip = self.tip.write().unwrap_or_else(PoisonError::into_inner);
        tip.indexes.extend((first_new..).zip(&closed).map(|(index, it)| (it.hash, index)));
        tip.closed.extend(closed);
        Ok(newest)
    }

    /// The parent of the ledger with this index, if it is known.
    fn parent_in(&self, tip: &Tip, index: u32) -> Option<Closed> {
        let before = index.checked_sub(1)?;
        let hash = self.hash_in(tip, before)?;
        let at = before.checked_sub(self.first).and_then(|at| tip.closed.get(at as usize));
        let close_time = match at {
            Some(closed) => self.close_time_of(before, closed),
            None if self.real_time => 0,
            None => self.scheduled_close_time_s(before),
        };
        Some(Closed { hash, close_time })
    }

    fn close_time_of(&self, index: u32, closed: &Closed) -> u32 {
        if self.real_time { closed.close_time } else { self.scheduled_close_time_s(index) }
    }

    fn hash_in(&self, tip: &Tip, index: u32) -> Option<Hash256> {
        match index.checked_sub(self.first) {
            Some(at) => tip.closed.get(at as usize).map(|closed| closed.hash),
            None if index == 0 => Some(Hash256::ZERO),
            None => Some(pseudo_random_hash(self.seed, "ledger", index)),
        }
    }

    /// The close time from the seed.
    fn scheduled_close_time_s(&self, index: u32) -> u32 {
        match (index + 1).checked_sub(self.first) {
            Some(0) if index == 0 => 0,
            Some(ledgers) => {
                let jitter = PseudoRandom::new(self.seed, "close time", index).below(3);
                let late = u32::try_from(jitter).expect("a number below 3 fits");
                GENESIS_CLOSE_TIME_S
                    .saturating_add(ledgers.saturating_mul(CLOSE_INTERVAL_S))
                    .saturating_add(late)
            }
            None => 0,
        }
    }

    /// Generates the transactions of the ledger with this index.
    fn transactions(&self, index: u32) -> Vec<LedgerTransaction> {
        let mut choice = PseudoRandom::new(self.seed, "transactions", index);
        let mut cast = |sequence: u32, position: u32| {
            let template = choice.below(self.templates.len() as u64);
            let template = usize::try_from(template).expect("an index of a list fits");
            self.templates[template].cast(sequence, position, index)
        };
        let before = (index - self.first).wrapping_mul(self.transactions);
        let mut transactions: Vec<_> = (0..self.transactions)
            .map(|position| cast(before.wrapping_add(position).wrapping_add(1), position))
            .collect();
        let Some(large) = self.large_ledgers.filter(|it| index.is_multiple_of(it.every.get()))
        else {
            return transactions;
        };
        let bytes_of = |it: &LedgerTransaction| it.tx_blob.len() + it.meta_blob.len();
        let mut bytes: usize = transactions.iter().map(bytes_of).sum();
        // Sequences from the top down, where those of other ledgers do not come.
        let top = u32::MAX.wrapping_sub((index / large.every).wrapping_mul(LARGE_SEQUENCES));
        for position in self.transactions.. {
            if bytes >= large.bytes as usize {
                break;
            }
            let transaction = cast(top.wrapping_sub(position), position);
            bytes += bytes_of(&transaction);
            transactions.push(transaction);
        }
        transactions
    }

    /// Generates the ledger with this index.
    fn make(&self, index: u32, parent: Closed, close_time: u32) -> Ledger {
        let transactions = self.transactions(index);
        let root = transaction_tree_root(
            transactions.iter().map(|it| (it.tx_blob.as_slice(), it.meta_blob.as_slice())),
        );
        let burnt = u64::from(index - self.first + 1) * u64::from(self.transactions) * FEE_DROPS;
        let header = LedgerHeader {
            index,
            total_coins: GENESIS_DROPS.saturating_sub(burnt),
            parent_hash: parent.hash,
            transaction_hash: root,
            account_hash: pseudo_random_hash(self.seed, "state", index),
            parent_close_time: parent.close_time,
            close_time,
            close_time_resolution: CLOSE_TIME_RESOLUTION_S,
            close_flags: 0,
        };
        self.headers.put(index, header);
        Ledger { hash: header.hash(), header, transactions }
    }

    /// The entries in the metadata of a ledger, on top of the recorded ones.
    fn changes(&self, index: u32) -> Arc<History> {
        if let Some(changes) = self.changes.get(index) {
            return changes;
        }
        let (below, at) = &self.below;
        let mut changes = History::default();
        if let Some(ledger) = self.ledger(index) {
            changes
                .apply(&ledger, |key| below.entry(key, *at).flatten().cloned())
                .expect("metadata of templates was read when they were recorded");
        }
        let changes = Arc::new(changes);
        self.changes.put(index, Arc::clone(&changes));
        changes
    }
}

impl Chain for Generated {
    fn range(&self) -> RangeInclusive<u32> {
        let closed = u32::try_from(self.tip().closed.len()).expect("indexes are 32 bits");
        self.first..=self.first + closed - 1
    }

    fn ledger(&self, index: u32) -> Option<Arc<Ledger>> {
        let (parent, close_time) = {
            let tip = self.tip();
            let closed = tip.closed.get(index.checked_sub(self.first)? as usize)?;
            (self.parent_in(&tip, index)?, self.close_time_of(index, closed))
        };
        Some(Arc::new(self.make(index, parent, close_time)))
    }

    fn header(&self, index: u32) -> Option<LedgerHeader> {
        if !self.range().contains(&index) {
            return None;
        }
        self.headers.get(index).or_else(|| Some(self.ledger(index)?.header))
    }

    fn index_of(&self, hash: Hash256) -> Option<u32> {
        self.tip().indexes.get(&hash).copied()
    }

    fn hash_of(&self, index: u32) -> Option<Hash256> {
        self.hash_in(&self.tip(), index)
    }

    fn close(&self) -> std::io::Result<Option<Arc<Ledger>>> {
        self.close_many(1)
    }

    fn state(&self, _index: u32) -> Option<RecordedState<'_>> {
        None
    }

    fn view(&self, index: u32) -> View<'_> {
        let (history, at) = &self.below;
        View { history, at: *at, above: Some((self.changes(index), index)) }
    }

    fn definitions(&self) -> &str {
        &self.definitions
    }
}
