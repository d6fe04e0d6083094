//! Which ledgers files hold, and where: each is read and verified once before anything is written, and none stays in memory.

use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::PathBuf;

use anyhow::{Context as _, bail, ensure};
use flow::Pointer;
use flow::host::CancellationToken;
use records::reply::{self, ImportedLedger};
use schemas::LedgerEvent;

use super::reply_splitter::ReplySplitter;
use super::reply_text::{ReplyText, Spool};

/// The ledgers of files, in the order of their indexes.
pub(super) struct LedgerIndex {
    files: Vec<PathBuf>,
    texts: Vec<ReplyText>,
    spool: Spool,
    ledgers: Vec<IndexedLedger>,
}

/// A verified ledger, and where its reply lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct IndexedLedger {
    /// Index, hash, and the hash of the ledger before it.
    pub(super) event: LedgerEvent,
    file: usize,
    offset: u64,
    length: usize,
}

impl IndexedLedger {
    /// The ledger as a pointer.
    pub(super) fn pointer(&self) -> Pointer {
        Pointer { sequence: self.event.ledger_index.into(), hash: self.event.ledger_hash.to_vec() }
    }
}

impl LedgerIndex {
    /// Reads all files, and verifies all ledgers in them.
    ///
    /// # Errors
    /// When some file holds no ledger or one that does not verify: each such file is named, with the reason. When `stop` is cancelled.
    pub(super) fn read(files: &[PathBuf], stop: &CancellationToken) -> anyhow::Result<Self> {
        let mut index = Self {
            files: files.to_vec(),
            texts: Vec::new(),
            spool: Spool::new()?,
            ledgers: Vec::new(),
        };
        let mut refused = Vec::new();
        for (at, path) in files.iter().enumerate() {
            if let Err(error) = index.read_file(at, stop) {
                refused.push(format!("{}: {error:#}", path.display()));
            }
            ensure!(!stop.is_cancelled(), "stopped while reading the files: nothing was imported");
        }
        if !refused.is_empty() {
            bail!(
                "{} of {} files can't be imported, so none was:\n{}",
                refused.len(),
                files.len(),
                refused.join("\n")
            );
        }
        index.ledgers.sort_by_key(|ledger| ledger.event.ledger_index);
        Ok(index)
    }

    fn read_file(&mut self, at: usize, stop: &CancellationToken) -> anyhow::Result<()> {
        // A text that can't be made leaves its place to what is refused.
        self.texts.push(ReplyText::File(self.files[at].clone()));
        self.texts[at] = self.spool.text_of(&self.files[at])?;
        let mut splitter = ReplySplitter::new(self.spool.open(&self.texts[at])?);
        let (mut number, mut found) = (0, Vec::new());
        while let Some(reply) = splitter.next()? {
            number += 1;
            let ledger = verified(&reply.json).with_context(|| match number {
                1 => "no ledger".to_owned(),
                _ => format!("reply {number} is no ledger"),
            })?;
            found.push(IndexedLedger {
                event: event_of(&ledger),
                file: at,
                offset: reply.offset,
                length: reply.json.len(),
            });
            if stop.is_cancelled() {
                break;
            }
        }
        ensure!(number > 0, "it is empty: it holds no ledger");
        drop(splitter);
        self.ledgers.extend(found);
        Ok(())
    }

    /// The ledgers, in the order of their indexes.
    pub(super) fn ledgers(&self) -> &[IndexedLedger] {
        &self.ledgers
    }

    /// The ledger with this index.
    pub(super) fn find(&self, ledger_index: u32) -> Option<&IndexedLedger> {
        let found = self.ledgers.binary_search_by_key(&ledger_index, |it| it.event.ledger_index);
        self.ledgers.get(found.ok()?)
    }

    /// The file that holds a ledger, as it was named.
    pub(super) fn file_of(&self, ledger: &IndexedLedger) -> String {
        self.files[ledger.file].display().to_string()
    }

    /// Reads a ledger again, and verifies it again.
    ///
    /// # Errors
    /// When its file has changed.
    pub(super) fn load(&self, ledger: &IndexedLedger) -> anyhow::Result<ImportedLedger> {
        let read = || -> anyhow::Result<ImportedLedger> {
            let mut reader = self.spool.open(&self.texts[ledger.file])?;
            reader.seek(SeekFrom::Start(ledger.offset))?;
            let mut json = vec![0; ledger.length];
            reader.read_exact(&mut json)?;
            let found = verified(&json)?;
            ensure!(found.ledger.hash.0 == ledger.event.ledger_hash, "it holds another ledger");
            Ok(found)
        };
        read().with_context(|| {
            format!("{} has changed since it was read first", self.file_of(ledger))
        })
    }
}

fn verified(json: &[u8]) -> anyhow::Result<ImportedLedger> {
    let json = serde_json::from_slice(json).context("it is not JSON")?;
    Ok(reply::ledger(&json)?)
}

fn event_of(imported: &ImportedLedger) -> LedgerEvent {
    let ledger = &imported.ledger;
    LedgerEvent {
        ledger_index: ledger.header.index,
        ledger_hash: ledger.hash.0,
        parent_hash: ledger.header.parent_hash.0,
    }
}
