//! What a receiver has seen.

use std::sync::atomic::{AtomicU64, Ordering};

/// What a receiver has seen since it was started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Connections accepted.
    pub connections: u64,
    /// Messages that the handler took, chunks and others.
    pub batches: u64,
    /// Chunks that were acknowledged: the handler took them, and the answer was written.
    pub acks: u64,
    /// Events in the messages that the handler took.
    pub entries: u64,
    /// Bytes of those events, before compression.
    pub bytes: u64,
    /// Messages that the handler refused.
    pub refused: u64,
    /// Connections closed because what came was not the protocol, or the handshake failed.
    pub malformed: u64,
}

#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) connections: AtomicU64,
    pub(crate) batches: AtomicU64,
    pub(crate) acks: AtomicU64,
    pub(crate) entries: AtomicU64,
    pub(crate) bytes: AtomicU64,
    pub(crate) refused: AtomicU64,
    pub(crate) malformed: AtomicU64,
}

impl Counters {
    pub(crate) fn read(&self) -> Counts {
        let read = |counter: &AtomicU64| counter.load(Ordering::Acquire);
        Counts {
            connections: read(&self.connections),
            batches: read(&self.batches),
            acks: read(&self.acks),
            entries: read(&self.entries),
            bytes: read(&self.bytes),
            refused: read(&self.refused),
            malformed: read(&self.malformed),
        }
    }
}

pub(crate) fn add(counter: &AtomicU64, count: u64) {
    counter.fetch_add(count, Ordering::AcqRel);
}
