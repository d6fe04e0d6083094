//! Counts of a receiver.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counts since the receiver started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Connections accepted.
    pub connections: u64,
    /// Messages that the handler accepted, with or without a chunk id.
    pub batches: u64,
    /// Chunks that were acknowledged: the handler accepted them, and the acknowledgement was written.
    pub acks: u64,
    /// Events in the messages that the handler accepted.
    pub entries: u64,
    /// Bytes of those events, before compression.
    pub bytes: u64,
    /// Messages that the handler failed on.
    pub refused: u64,
    /// Connections closed because of a malformed message or a failed handshake.
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
