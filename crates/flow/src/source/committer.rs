//! Commits the blocks of an ingestor, each linked to the one before, with its pointer in the same transaction.
//!
//! Opening a committer opens the ingestor's transactional id, which fences whoever had it and settles what was left open;
//! *then* reads the pointer to the end. So whoever holds one that is not fenced is alone, and what it knows as the latest
//! pointer is the latest.

use std::marker::PhantomData;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::api::collector::{Collector, Emitted};
use crate::api::source::Block;
use crate::kafka::transactional_producer::{
    ProducerRecord, TransactionError, TransactionalProducer,
};
use crate::record::pointer::{InvalidCommit, Pointer, check_commit};
use crate::record::record_order::SequenceId;
use crate::record::reject::Reject;
use crate::record::topic::{Topic, TopicSchema};
use crate::source::checkpoint::{Checkpoint, Checkpoints, Override};
use crate::source::ingestor::{Ingestor, IngestorState, OpenError};
use crate::source::pointer_reset::{InvalidReset, PointerReset};

/// Commits what an ingestor writes to `T`.
#[derive(Debug)]
pub struct Committer<T> {
    ingestor: Ingestor,
    transactor: TransactionalProducer,
    latest: Option<Pointer>,
    /// For each output partition the last sequence number written there.
    written: Vec<Option<u64>>,
    version: i32,
    outbox: Collector,
    topics: [String; 2],
    output: PhantomData<fn() -> T>,
}

/// Why a commit did not come about.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// It does not follow the latest one. Nothing was written.
    #[error(transparent)]
    Invalid(#[from] InvalidCommit),
    /// A record does not fit its topic. Nothing was written.
    #[error("unencodable")]
    Unencodable(#[source] Reject),
    /// Another committer of the same ingestor was opened. Nothing was written.
    #[error("fenced: another instance has taken over")]
    Fenced,
    /// Only opening another committer tells whether it came about.
    #[error("the transaction failed")]
    Failed(#[source] anyhow::Error),
}

/// Why an operator's move of the pointer did not come about.
#[derive(Debug, thiserror::Error)]
pub enum ResetError {
    /// The ingestor could not be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// It is not allowed. Nothing was written.
    #[error(transparent)]
    Bad(#[from] InvalidReset),
    /// It could not be committed.
    #[error(transparent)]
    Commit(#[from] CommitError),
}

impl From<TransactionError> for CommitError {
    fn from(lost: TransactionError) -> Self {
        match lost {
            TransactionError::Fenced => Self::Fenced,
            other => Self::Failed(other.into()),
        }
    }
}

impl From<TransactionError> for OpenError {
    fn from(lost: TransactionError) -> Self {
        match lost {
            TransactionError::Fenced => Self::Fenced,
            other => Self::Failed(other.into()),
        }
    }
}

impl<T: Topic> Committer<T> {
    /// Opens the ingestor, to go on behind its pointer. Whoever else commits for it is fenced.
    ///
    /// # Errors
    /// [`OpenError::Refused`] where the pointer is not for this binary, or there is none although the output is not empty.
    pub fn open(ingestor: &Ingestor) -> Result<Self, OpenError> {
        let (committer, standing) = Self::take_over(ingestor)?;
        if standing.checkpoint.is_none()
            && let Some(newest) = standing.newest()
        {
            return Err(OpenError::Refused(format!(
                "{} has no pointer, but {} has records up to {newest}: say where the chain stands with `ekspiper pointer set`",
                ingestor.name, committer.topics[0]
            )));
        }
        Ok(committer)
    }

    /// Moves the pointer of an ingestor by hand. Whoever leads is fenced, and goes on from the new pointer when it has come
    /// back.
    ///
    /// # Errors
    /// See [`ResetError`].
    pub fn reset_pointer(
        ingestor: &Ingestor,
        to: &Pointer,
        by: &str,
        why: &str,
    ) -> Result<PointerReset, ResetError> {
        let (mut committer, standing) = Self::take_over(ingestor)?;
        if let Some(checkpoint) = &standing.checkpoint {
            committer.version = checkpoint.version;
        }
        let relocation = PointerReset::new(&standing, to);
        relocation.check()?;
        let overridden = Override { by: by.to_owned(), why: why.to_owned(), at_ms: now_ms() };
        committer.set(to, overridden)?;
        Ok(relocation)
    }

    fn take_over(ingestor: &Ingestor) -> Result<(Self, IngestorState), OpenError> {
        let transactor = TransactionalProducer::open(&ingestor.settings, &ingestor.name)?;
        let standing = ingestor.standing(&T::SPEC)?;
        let outputs = [TopicSchema::of::<T>(), TopicSchema::of::<Checkpoints>()];
        let committer = Self {
            transactor,
            latest: standing.pointer(),
            written: standing.written.clone(),
            version: ingestor.version,
            outbox: Collector::new(&outputs),
            topics: outputs.map(|output| ingestor.scope.topic(&output.spec)),
            ingestor: ingestor.clone(),
            output: PhantomData,
        };
        Ok((committer, standing))
    }

    /// The latest pointer; `None` when nothing was committed yet.
    pub fn latest(&self) -> Option<&Pointer> {
        self.latest.as_ref()
    }

    /// Commits blocks and the pointer to the last of them in one transaction, and says how many records were written: a block
    /// that the output holds already, since an operator has moved the pointer back, moves the pointer and is not written again.
    ///
    /// # Errors
    /// See [`CommitError`]. After [`CommitError::Invalid`] the committer goes on from where it was.
    pub fn commit(&mut self, blocks: Vec<Block<T>>) -> Result<usize, CommitError> {
        let parent = self.latest.clone();
        let mut latest = self.latest.clone();
        for block in &blocks {
            check_commit(latest.as_ref(), block.parent.as_ref(), &block.pointer)?;
            latest = Some(block.pointer.clone());
        }
        let Some(latest) = latest.filter(|_| !blocks.is_empty()) else { return Ok(0) };
        self.outbox.take();
        let mut written = self.written.clone();
        let mut previous = Vec::with_capacity(blocks.len());
        for block in &blocks {
            let sequence = block.pointer.sequence;
            let partition = usize::try_from(sequence % u64::from(self.ingestor.partitions))
                .expect("a partition number fits");
            if written[partition].is_none_or(|end| end < sequence) {
                self.put(block)?;
                previous.push(written[partition].replace(sequence));
            }
        }
        let checkpoint = self.checkpoint(parent.as_ref(), &latest, &written);
        self.outbox.belong_to(None);
        self.outbox.put::<Checkpoints>(&checkpoint).map_err(CommitError::Unencodable)?;
        let emitted = self.outbox.take();
        self.write(&emitted, &previous, &[self.ingestor.name.as_bytes()])?;
        (self.latest, self.written) = (Some(latest), written);
        Ok(previous.len())
    }

    /// Sets the pointer, whatever it was.
    fn set(&mut self, to: &Pointer, overridden: Override) -> Result<(), CommitError> {
        let key = self.ingestor.override_key(overridden.at_ms);
        let mut checkpoint = self.checkpoint(self.latest.as_ref(), to, &self.written);
        checkpoint.overridden = Some(overridden);
        self.outbox.belong_to(None);
        for _ in 0..2 {
            self.outbox.put::<Checkpoints>(&checkpoint).map_err(CommitError::Unencodable)?;
        }
        let emitted = self.outbox.take();
        self.write(&emitted, &[], &[self.ingestor.name.as_bytes(), key.as_bytes()])?;
        self.latest = Some(to.clone());
        Ok(())
    }

    fn checkpoint(
        &self,
        parent: Option<&Pointer>,
        to: &Pointer,
        written: &[Option<u64>],
    ) -> Checkpoint {
        Checkpoint {
            parent_sequence: parent.map_or(-1, |parent| signed(parent.sequence)),
            parent_hash: parent.map(|parent| parent.hash.clone()).unwrap_or_default(),
            sequence: signed(to.sequence),
            hash: to.hash.clone(),
            version: self.version,
            written: written.iter().map(|sequence| sequence.map_or(-1, signed)).collect(),
            overridden: None,
        }
    }

    fn put(&mut self, block: &Block<T>) -> Result<(), CommitError> {
        let mark = self.outbox.mark();
        self.outbox.belong_to(Some(block.pointer.sequence));
        self.outbox.put::<T>(&block.record).map_err(CommitError::Unencodable)?;
        self.outbox.stamp(mark, block.announced_ms);
        Ok(())
    }

    /// Writes records with what is `previous` to each, then checkpoints under `keys`.
    fn write(
        &self,
        emitted: &Emitted,
        previous: &[Option<u64>],
        keys: &[&[u8]],
    ) -> Result<(), TransactionError> {
        let place = |sequence| SequenceId { sequence, part: 0 };
        let records = emitted.records().iter().enumerate().map(|(index, record)| {
            let checkpoint = index.checked_sub(previous.len());
            ProducerRecord {
                topic: &self.topics[record.topic],
                partition: match checkpoint {
                    Some(_) => 0,
                    None => record.order.partition(self.ingestor.partitions),
                },
                key: match checkpoint {
                    Some(nth) => keys[nth],
                    None => emitted.key(record),
                },
                value: emitted.value(record),
                order: Some(record.order),
                previous: previous.get(index).copied().flatten().map(place),
                announced_ms: record.announced_ms,
                beside: &[],
            }
        });
        self.transactor.commit(records, None)
    }
}

fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

fn signed(sequence: u64) -> i64 {
    i64::try_from(sequence).expect("a sequence number fits 63 bits")
}
