//! The committer: commits the blocks of an ingestor, each linked to the one before, with its pointer in the same transaction.
//!
//! Opening a committer opens the ingestor's transactional id, which fences the committer before it and resolves what that one
//! left open; *then* it reads the pointer to the end. So a committer that is not fenced is the only one, and what it knows as the
//! latest pointer is the latest.

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
    producer: TransactionalProducer,
    latest: Option<Pointer>,
    /// For each output partition the last sequence number written there.
    written: Vec<Option<u64>>,
    version: i32,
    collector: Collector,
    topics: [String; 2],
    output: PhantomData<fn() -> T>,
}

/// Why a commit failed.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// It does not follow the latest one. Nothing was written.
    #[error(transparent)]
    Invalid(#[from] InvalidCommit),
    /// A record does not fit its topic. Nothing was written.
    #[error("unencodable")]
    Unencodable(#[source] Reject),
    /// Another committer of the same ingestor was opened. Nothing was written.
    #[error("producer fenced: another instance has taken over")]
    Fenced,
    /// Whether it was committed is known only after opening another committer.
    #[error("the transaction failed")]
    Failed(#[source] anyhow::Error),
}

/// Why an operator's reset of the pointer failed.
#[derive(Debug, thiserror::Error)]
pub enum ResetError {
    /// The ingestor could not be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// It is not allowed. Nothing was written.
    #[error(transparent)]
    Invalid(#[from] InvalidReset),
    /// It could not be committed.
    #[error(transparent)]
    Commit(#[from] CommitError),
}

impl From<TransactionError> for CommitError {
    fn from(error: TransactionError) -> Self {
        match error {
            TransactionError::Fenced => Self::Fenced,
            other => Self::Failed(other.into()),
        }
    }
}

impl From<TransactionError> for OpenError {
    fn from(error: TransactionError) -> Self {
        match error {
            TransactionError::Fenced => Self::Fenced,
            other => Self::Failed(other.into()),
        }
    }
}

impl<T: Topic> Committer<T> {
    /// Opens the ingestor, to go on behind its pointer, and fences any other committer of it.
    ///
    /// # Errors
    /// [`OpenError::Refused`] where the pointer is not for this binary, or there is none although the output is not empty.
    pub fn open(ingestor: &Ingestor) -> Result<Self, OpenError> {
        let (committer, state) = Self::fence(ingestor)?;
        if let (None, Some(newest)) = (&state.checkpoint, state.newest()) {
            return Err(OpenError::Refused(format!(
                "{} has no pointer, but {} has records up to {newest}: set it with `ekspiper pointer set`",
                ingestor.name, committer.topics[0]
            )));
        }
        Ok(committer)
    }

    /// Resets the pointer of an ingestor by hand. The active instance is fenced, and goes on from the new pointer when it has
    /// restarted.
    ///
    /// # Errors
    /// See [`ResetError`].
    pub fn reset_pointer(
        ingestor: &Ingestor,
        to: &Pointer,
        by: &str,
        why: &str,
    ) -> Result<PointerReset, ResetError> {
        let (mut committer, state) = Self::fence(ingestor)?;
        if let Some(checkpoint) = &state.checkpoint {
            committer.version = checkpoint.version;
        }
        let reset = PointerReset::new(&state, to);
        reset.check()?;
        let overridden = Override { by: by.to_owned(), why: why.to_owned(), at_ms: now_ms() };
        committer.set(to, overridden)?;
        Ok(reset)
    }

    fn fence(ingestor: &Ingestor) -> Result<(Self, IngestorState), OpenError> {
        let producer = TransactionalProducer::open(&ingestor.settings, &ingestor.name)?;
        let state = ingestor.state(&T::SPEC)?;
        let outputs = [TopicSchema::of::<T>(), TopicSchema::of::<Checkpoints>()];
        let committer = Self {
            producer,
            latest: state.pointer(),
            written: state.written.clone(),
            version: ingestor.version,
            collector: Collector::new(&outputs),
            topics: outputs.map(|output| ingestor.namespace.topic(&output.spec)),
            ingestor: ingestor.clone(),
            output: PhantomData,
        };
        Ok((committer, state))
    }

    /// The latest pointer; `None` when nothing was committed yet.
    pub fn latest(&self) -> Option<&Pointer> {
        self.latest.as_ref()
    }

    /// Commits blocks and the pointer to the last of them in one transaction. Returns how many records were written: a block
    /// that the output holds already, since an operator has set the pointer back, moves the pointer and is not written again.
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
        let (mut outputs, mut written) = (Emitted::default(), self.written.clone());
        let mut previous = Vec::with_capacity(blocks.len());
        for block in &blocks {
            let sequence = block.pointer.sequence;
            let partition = usize::try_from(sequence % u64::from(self.ingestor.partitions))
                .expect("a partition number fits");
            if written[partition].is_none_or(|end| end < sequence) {
                outputs.append(&mut self.encode(block)?, block.announced_ms);
                previous.push(written[partition].replace(sequence));
            }
        }
        let checkpoint = self.checkpoint(parent.as_ref(), &latest, &written);
        outputs.append(&mut self.encode_checkpoint(&checkpoint)?, None);
        self.write(&outputs, &previous, &[self.ingestor.name.as_bytes()])?;
        (self.latest, self.written) = (Some(latest), written);
        Ok(previous.len())
    }

    /// Sets the pointer, whatever it was.
    fn set(&mut self, to: &Pointer, overridden: Override) -> Result<(), CommitError> {
        let key = self.ingestor.override_key(overridden.at_ms);
        let mut checkpoint = self.checkpoint(self.latest.as_ref(), to, &self.written);
        checkpoint.overridden = Some(overridden);
        let mut outputs = self.encode_checkpoint(&checkpoint)?;
        outputs.append(&mut self.encode_checkpoint(&checkpoint)?, None);
        self.write(&outputs, &[], &[self.ingestor.name.as_bytes(), key.as_bytes()])?;
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

    fn encode(&mut self, block: &Block<T>) -> Result<Emitted, CommitError> {
        self.collector.clear();
        self.collector.belong_to(Some(block.pointer.sequence));
        self.collector.emit::<T>(&block.record).map_err(CommitError::Unencodable)?;
        Ok(self.collector.take())
    }

    fn encode_checkpoint(&mut self, checkpoint: &Checkpoint) -> Result<Emitted, CommitError> {
        self.collector.clear();
        self.collector.belong_to(None);
        self.collector.emit::<Checkpoints>(checkpoint).map_err(CommitError::Unencodable)?;
        Ok(self.collector.take())
    }

    /// Writes records, each with the sequence number of its `previous` one, then checkpoints under `keys`.
    fn write(
        &self,
        outputs: &Emitted,
        previous: &[Option<u64>],
        keys: &[&[u8]],
    ) -> Result<(), TransactionError> {
        let first_part = |sequence| SequenceId { sequence, part: 0 };
        let records = outputs.records().iter().enumerate().map(|(index, record)| {
            let checkpoint = index.checked_sub(previous.len());
            ProducerRecord {
                topic: &self.topics[record.topic],
                partition: match checkpoint {
                    Some(_) => 0,
                    None => record.order.partition(self.ingestor.partitions),
                },
                key: match checkpoint {
                    Some(nth) => keys[nth],
                    None => outputs.key(record),
                },
                value: outputs.value(record),
                order: Some(record.order),
                previous: previous.get(index).copied().flatten().map(first_part),
                announced_ms: record.announced_ms,
                extra_headers: &[],
            }
        });
        self.producer.commit(records, None)
    }
}

fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

fn signed(sequence: u64) -> i64 {
    i64::try_from(sequence).expect("a sequence number fits 63 bits")
}
